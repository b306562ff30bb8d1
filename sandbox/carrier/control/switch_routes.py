"""Time, faults and poisons, the ledger: `/_sandbox/clock`, `/faults`, `/ledger`, …"""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.audio import FRAME_MS
from sandbox.carrier import poisons
from sandbox.carrier.control.wire import PREFIX, Refused, call_of, number_of, read, text_of
from sandbox.carrier.ear import Ear
from sandbox.carrier.lockstep import Lockstep
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Call, CallStatus, Carrier

_STEPPER = web.AppKey("lockstep", Lockstep)
_STEPPING = web.AppKey("stepping", asyncio.Lock)
_QUIET_MS = 10.0
_FAULT_SECTIONS = ("seed", "callbacks", "stream", "recordings", "rest", "rest_delays")
_CLOCK_FIELDS = ("advance_ms", "lockstep", "quiet_ms", "tick_ms", "until")


def add_to(app: web.Application, *, stepper: Lockstep) -> None:
    """Register the switches."""
    app[_STEPPER], app[_STEPPING] = stepper, asyncio.Lock()
    app.add_routes(_routes())


def _routes() -> list[web.RouteDef]:
    return [
        web.get(PREFIX + "/clock", _time),
        web.post(PREFIX + "/clock", _advance),
        web.get(PREFIX + "/faults", _show_faults),
        web.post(PREFIX + "/faults", _set_faults),
        web.delete(PREFIX + "/faults", _clear_faults),
        web.get(PREFIX + "/poisons", _poisons),
        web.get(PREFIX + "/ledger", _ledger),
        web.put(PREFIX + "/connectors/{name}", _connect_payments),
        web.delete(PREFIX + "/connectors/{name}", _disconnect_payments),
    ]


async def _time(request: web.Request) -> web.Response:
    clock = request.app[CARRIER].clock
    return web.json_response(
        {"now_ms": clock.now_ms(), "date": clock.date().isoformat(), "clock": "stepped" if clock.stepped else "real"}
    )


async def _advance(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    if not carrier.clock.stepped:
        raise Refused(409, "the clock is real: start with --clock stepped to step it")
    body = await read(request, *_CLOCK_FIELDS)
    ms, quiet_ms = number_of(body, "advance_ms", 0.0), number_of(body, "quiet_ms", _QUIET_MS)
    tick_ms = number_of(body, "tick_ms", FRAME_MS)
    in_step, until = body.get("lockstep", False), _condition(request, carrier, body.get("until"))
    if not isinstance(in_step, bool):
        raise Refused(400, "lockstep must be true or false")
    if request.app[_STEPPING].locked():
        raise Refused(409, "the clock is being advanced by another request")
    async with request.app[_STEPPING]:
        began_ms = carrier.clock.now_ms()
        reached = await request.app[_STEPPER].advance(
            ms, in_step=in_step, quiet_ms=quiet_ms, tick_ms=max(tick_ms, FRAME_MS), until=until
        )
        now_ms = carrier.clock.now_ms()
    return web.json_response({"now_ms": now_ms, "advanced_ms": now_ms - began_ms, "reached": reached})


def _condition(request: web.Request, carrier: Carrier, wanted: Any) -> Callable[[], bool]:
    """What to stop at, from `until`. Raises `Refused` for a shape that is not known."""
    match wanted:
        case None:
            return lambda: False
        case {"idle": True, **rest} if not rest:
            return lambda: not any(call.is_live for call in carrier.calls.values())
        case {"entry": str(kind), **rest} if not rest:
            entries = carrier.ledger.since()
            last = int(str(entries[-1]["id"])) if entries else 0
            return lambda: bool(carrier.ledger.since(last, kind=kind))
        case {"call": str(sid), "status": str(status), **rest} if not rest and status in list(CallStatus):
            call = call_of(request, sid)
            return lambda: call.status == status
        case {"call": str(sid), "stream": str(state), **rest} if not rest:
            return _stream_is(call_of(request, sid), state)
        case {"call": str(sid), "is_in_room": bool(wanted), **rest} if not rest:
            visits = call_of(request, sid).visits
            return lambda: bool(visits and visits[-1].left_at_ms is None) == wanted
        case {"call": str(sid), "silent_ms": int(silent_ms), **rest} if not rest:
            return _has_spoken_and_is_silent(request, sid, silent_ms)
    raise Refused(400, "until must be idle, entry, or call with one of status, stream, is_in_room and silent_ms")


def _stream_is(call: Call, state: str) -> Callable[[], bool]:
    """The call's newest stream is in this state; a new one that was open and is closed already counts as open."""
    before = len(call.streams)

    def holds() -> bool:
        if not call.streams:
            return False
        now = call.streams[-1].state
        return now == state or (state == "open" and now == "closed" and len(call.streams) > before)

    return holds


def _has_spoken_and_is_silent(request: web.Request, sid: str, silent_ms: int) -> Callable[[], bool]:
    line = call_of(request, sid).line
    line.run()
    ear = Ear(line.outbound)
    ear.attend()

    def holds() -> bool:
        line.run()
        ear.listen()
        return ear.spoken_ms > 0 and ear.silent_ms >= silent_ms

    return holds


def _faults_json(carrier: Carrier) -> dict[str, Any]:
    faults = carrier.faults
    return {
        "seed": faults.seed,
        "callbacks": [dataclasses.asdict(rule) for rule in faults.callbacks],
        "stream": dataclasses.asdict(faults.stream),
        "recordings": dataclasses.asdict(faults.recordings),
        "rest": dataclasses.asdict(faults.rest),
        "rest_delays": [dataclasses.asdict(rule) for rule in faults.rest_delays],
    }


async def _show_faults(request: web.Request) -> web.Response:
    return web.json_response(_faults_json(request.app[CARRIER]))


async def _set_faults(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    body = await read(request, *_FAULT_SECTIONS)
    try:
        carrier.faults.change(body)
    except ValueError as wrong:
        raise Refused(400, str(wrong)) from wrong
    return web.json_response(_faults_json(carrier))


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[CARRIER].faults.clear()
    return web.Response(status=204)


async def _poisons(_request: web.Request) -> web.Response:
    rows = [
        {"name": poison.name, "group": group, "about": poison.about}
        for group, kinds in poisons.GROUPS.items()
        for poison in kinds
    ]
    return web.json_response({"poisons": rows})


async def _ledger(request: web.Request) -> web.Response:
    since = request.query.get("since", "0")
    if not since.isdecimal():
        raise Refused(400, "since must be the id of an entry")
    kind, call_sid = request.query.get("kind", ""), request.query.get("call", "")
    entries = request.app[CARRIER].ledger.since(int(since), kind=kind, call_sid=call_sid)
    return web.json_response({"entries": entries})


async def _connect_payments(request: web.Request) -> web.Response:
    body = await read(request, "refuses")
    request.app[CARRIER].connectors[request.match_info["name"]] = text_of(body, "refuses", "")
    return web.Response(status=204)


async def _disconnect_payments(request: web.Request) -> web.Response:
    request.app[CARRIER].connectors.pop(request.match_info["name"], None)
    return web.Response(status=204)
