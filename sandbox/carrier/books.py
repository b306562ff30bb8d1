"""Calls and conferences on the books: entered, and forgotten when they are old."""

from typing import Any

from sandbox.carrier import geography, recordings
from sandbox.carrier.line import Line
from sandbox.carrier.state import Call, CallStatus, Carrier, Number, new_sid

_ENDED_KEPT = 200
_ENDED_KEPT_WITH_SOUND = 100


def new_leg(carrier: Carrier, *, to: str, from_: str, number: Number | None, **facts: Any) -> Call:
    """A call that we place, queued and on the books."""
    agent = carrier.agents.get(to)
    call = Call(
        sid=new_sid("CA"),
        number=number,
        to=to,
        from_=from_,
        line=Line(carrier.clock),
        created_at_ms=carrier.clock.now_ms(),
        caller=agent.name if agent else "nobody",
        voice=agent.voice if agent else "caller",
        status=CallStatus.QUEUED,
        params=geography.params(from_=from_, to=to),
        **{"direction": "outbound-api", **facts},
    )
    enter(carrier, call)
    carrier.announce()
    return call


def enter(carrier: Carrier, call: Call) -> None:
    """A new call is on the books; the oldest ones leave them."""
    carrier.calls[call.sid] = call
    _forget_old(carrier)


def _forget_old(carrier: Carrier) -> None:
    """Days of traffic must not fill memory and disk: old calls lose their sound, older ones everything."""
    ended = [each for each in carrier.calls.values() if not each.is_live]
    for old in ended[:-_ENDED_KEPT_WITH_SOUND]:
        old.line.forget()
    for room in [each for each in carrier.rooms.values() if not each.is_live][:-_ENDED_KEPT_WITH_SOUND]:
        recordings.forget(carrier, call=room)
        del carrier.rooms[room.sid]
    for older in ended[:-_ENDED_KEPT]:
        recordings.forget(carrier, call=older)
        del carrier.calls[older.sid]
