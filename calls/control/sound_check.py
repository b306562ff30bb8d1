"""The last step of going live: the telephone of whoever checks rings, a sentence is said, a key proves that it came.

It goes through the door like every call, to a seat of the staff directory and nowhere else. What it proves no reading
of settings can: that the carrier takes our dial, fetches our document with a signature we take, and reports the end.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from agents.models import Agent
from calls import lifecycle
from calls.control import dialing, dialled
from calls.lifecycle import LEG_ENDED, CallFact, LegStatus
from calls.models import Call, CallEvent, Leg, Number
from compliance import audit
from compliance.verdict import StaffEntry

_RING_S = 25
_LONGEST_S = 120
PLACED, HEARD, NOT_HEARD = "sound_check", "sound_heard", "sound_not_heard"


class UnableToTest(Exception):
    """Nobody is rung; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the newest sound check stands. `status`: the leg's, empty while there is none."""

    call: Call
    at: datetime
    status: str
    is_heard: bool
    is_over: bool


def ring(*, agent: Agent | None, number: Number | None, by: str, now: datetime) -> Call:
    """Ring the seat of whoever asks, showing this number of ours. Raises UnableToTest."""
    if agent is None:
        raise UnableToTest(
            "There is no telephone of yours in the directory. Add yourself as an agent with a seat in the admin."
        )
    if number is None:
        raise UnableToTest("There is no active number of ours to call from.")
    with transaction.atomic():
        call = Call.placed(
            by=by,
            now=now,
            number=number,
            customer_address=agent.address,
            our_address=number.e164,
            are_words_kept=False,
        )
        call.note(PLACED, at=now, source="system", key=PLACED, by=by)
        audit.note(act="sound_check", subject=f"call:{call.pk}", by=by, now=now)
    try:
        dialing.dial_staff(
            call=call,
            to=agent.address,
            directory=StaffEntry(address=agent.address, label=agent.label),
            errand=f"sound-check:{call.pk}",
            url="/twilio/sound-check/",
            status_callback="/twilio/sound-check/status/",
            ring_s=_RING_S,
            time_limit_s=_LONGEST_S,
            by=by,
            now=now,
        )
    except dialing.Refused as refused:
        why = " ".join(reason.sentence for reason in refused.reasons)
        _came_to_nothing(call, why, now=now)
        raise UnableToTest(why) from refused
    except dialing.UnableToDial as problem:
        if not problem.may_ring:
            _came_to_nothing(call, str(problem), now=now)
        raise UnableToTest(str(problem)) from problem
    return call


def _came_to_nothing(call: Call, why: str, *, now: datetime) -> None:
    call.advance(
        CallFact.NOT_DIALLED,
        at=now,
        source="system",
        key="not dialled",
        reason=lifecycle.EndedReason.NOT_DIALLED,
        why=why[:200],
    )


def answered(*, leg_sid: str, is_heard: bool, now: datetime) -> None:
    """A key came after the sentence, or none did."""
    leg = Leg.known(leg_sid)
    if leg is not None:
        kind = HEARD if is_heard else NOT_HEARD
        leg.call.note(kind, at=now, source="carrier", key=kind)


def reported(
    *,
    leg_sid: str,
    to: str,
    from_: str,
    status: str,
    sequence: int | None,
    duration_s: int | None,
    sip_response_code: str,
    at: datetime,
    now: datetime,
) -> None:
    """The carrier tells how the leg stands; its end is the call's."""
    leg = Leg.known(leg_sid)
    if leg is None:  # told before the carrier's own answer to our request
        leg = dialled.recognise(to=to, from_=from_, leg_sid=leg_sid, status=status, now=now)
    if leg is None:
        return
    leg.report(
        status,
        at=at,
        source="carrier",
        sequence=sequence,
        duration_s=duration_s,
        sip_response_code=sip_response_code,
    )
    if leg.status in LEG_ENDED:
        leg.call.advance(
            CallFact.LEG_ENDED,
            at=at,
            source="carrier",
            key=f"ended:{leg_sid}",
            reason=lifecycle.reason_of_leg(LegStatus(leg.status)),
            status=leg.status,
        )


def newest() -> Outcome | None:
    """How the newest sound check stands; None when there was none."""
    placed = CallEvent.objects.filter(kind=PLACED).select_related("call").order_by("-pk").first()
    if placed is None:
        return None
    leg = placed.call.legs.order_by("pk").first()
    return Outcome(
        call=placed.call,
        at=placed.at,
        status="" if leg is None else leg.status,
        is_heard=placed.call.events.filter(kind=HEARD).exists(),
        is_over=not placed.call.is_live,
    )
