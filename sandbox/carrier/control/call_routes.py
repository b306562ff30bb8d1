"""Placing calls and being the caller on them, `/_sandbox/calls…`, calls that nobody announced, and conferences."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox import noises, signals, speech
from sandbox.carrier import calls, persona_runner, personas, silences, traffic
from sandbox.carrier.control import shapes
from sandbox.carrier.control.wire import PREFIX, Refused, call_of, number_of, open_call_of, read, text_of
from sandbox.carrier.given import fill
from sandbox.carrier.personas import Persona
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Call, CallStatus, Carrier

PERSONAS = web.AppKey("personas", dict[str, Persona])
_DEFAULT_FROM = "+14155550123"
_COUGH_MS = 120
_OLDEST_ORPHAN_MS = 60 * 60 * 1000


def routes() -> list[web.RouteDef]:
    """The addresses for calls."""
    one = PREFIX + "/calls/{sid}"
    return [
        web.post(PREFIX + "/calls", _place),
        web.get(PREFIX + "/calls", _list),
        web.get(one, _detail),
        web.post(one + "/say", _say),
        web.post(one + "/press", _press),
        web.post(one + "/audio", _audio),
        web.post(one + "/cough", _cough),
        web.post(one + "/noise", _noise),
        web.post(one + "/hangup", _hang_up),
        web.get(one + "/heard.ulaw", _heard),
        web.get(one + "/spoken.ulaw", _spoken),
        web.get(one + "/stream.json", _streams),
        web.get(one + "/silences.json", _silences),
        web.get(one + "/keys.json", _keys),
        web.post(one + "/forget", _forget),
        web.post(PREFIX + "/orphans", _place_orphan),
        web.get(PREFIX + "/rooms", _rooms),
    ]


async def _place(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    body = await read(request, "to", "from", "persona", "steps", "voice", "given")
    try:
        call = _placed(carrier, request.app[PERSONAS], body)
    except calls.UnableToCall as unable:
        raise Refused(409, str(unable)) from unable
    return web.json_response({"sid": call.sid}, status=201)


def _placed(carrier: Carrier, known: dict[str, Persona], body: dict[str, Any]) -> Call:
    to, from_ = text_of(body, "to"), text_of(body, "from", "")
    given = body.get("given", {})
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Refused(400, "given must be an object of texts")
    if body.get("persona"):
        persona = known.get(text_of(body, "persona"))
        if persona is None:
            raise Refused(400, f"persona must be one of {', '.join(known)}")
        try:
            return traffic.place(carrier, persona=persona, to=to, from_=from_, given=given)
        except ValueError as wrong:
            raise Refused(400, f"given: {wrong}") from wrong
    voice = text_of(body, "voice", shapes.CALLER_VOICE)
    if "steps" not in body:
        return calls.place(carrier, to=to, from_=from_ or _DEFAULT_FROM, voice=voice)
    try:
        steps = fill(personas.read_steps(body["steps"]), given, dice=carrier.dice)
    except (ValueError, TypeError) as wrong:
        raise Refused(400, f"steps: {wrong}") from wrong
    call = calls.place(carrier, to=to, from_=from_ or _DEFAULT_FROM, caller="script", voice=voice)
    carrier.spawn(persona_runner.run(carrier, call=call, steps=steps))
    return call


async def _list(request: web.Request) -> web.Response:
    every = request.app[CARRIER].calls.values()
    return web.json_response({"calls": [shapes.call_row(call) for call in reversed(every)]})


async def _detail(request: web.Request) -> web.Response:
    return web.json_response(shapes.call_detail(request.app[CARRIER], call_of(request)))


async def _say(request: web.Request) -> web.Response:
    call, body = open_call_of(request), await read(request, "text")
    try:
        spoken = speech.say(text_of(body, "text"), voice=call.voice)
    except ValueError as nothing:
        raise Refused(400, str(nothing)) from nothing
    ends_at_ms = call.line.say(spoken.audio)
    return web.json_response({"ms": len(spoken.audio) / 8, "is_clip": spoken.is_clip, "ends_at_ms": ends_at_ms})


async def _press(request: web.Request) -> web.Response:
    carrier, call, body = request.app[CARRIER], open_call_of(request), await read(request, "digits")
    keys = text_of(body, "digits")
    if not keys or not set(keys) <= calls.KEYS:
        raise Refused(400, f"{keys!r} is not made of the keys 0-9 * # A-D")
    carrier.spawn(calls.press(carrier, call=call, keys=keys))
    return web.json_response({"digits": keys}, status=202)


async def _audio(request: web.Request) -> web.Response:
    call = open_call_of(request)
    sound = await request.read()
    return web.json_response({"ms": len(sound) / 8, "ends_at_ms": call.line.say(sound)})


async def _cough(request: web.Request) -> web.Response:
    carrier, call, body = request.app[CARRIER], open_call_of(request), await read(request, "ms")
    ms = number_of(body, "ms", _COUGH_MS)
    _check_sounds(cough_ms=ms)
    sound = noises.cough(int(ms), seed=carrier.dice.randrange(1_000))
    return web.json_response({"ms": len(sound) / 8, "ends_at_ms": call.line.say(sound)})


async def _noise(request: web.Request) -> web.Response:
    call, body = open_call_of(request), await read(request, "dbfs")
    level = body.get("dbfs")
    if isinstance(level, bool) or not isinstance(level, int):
        raise Refused(400, "dbfs must be a whole number")
    _check_sounds(noise_dbfs=level)
    call.line.hiss(noises.hiss(level))
    return web.json_response({"dbfs": level})


def _check_sounds(*, cough_ms: float | None = None, noise_dbfs: float | None = None) -> None:
    try:
        personas.check_sounds(cough_ms=cough_ms, noise_dbfs=noise_dbfs)
    except ValueError as wrong:
        raise Refused(400, str(wrong)) from wrong


async def _hang_up(request: web.Request) -> web.Response:
    call = call_of(request)
    if call.is_live:
        calls.hang_up(call, by="caller")
        await call.ended.wait()
    return web.json_response(shapes.call_row(call))


async def _heard(request: web.Request) -> web.Response:
    line = call_of(request).line
    line.run()
    return web.Response(body=bytes(line.outbound.past), content_type="audio/basic")


async def _spoken(request: web.Request) -> web.Response:
    line = call_of(request).line
    line.run()
    return web.Response(body=bytes(line.inbound.past), content_type="audio/basic")


async def _streams(request: web.Request) -> web.Response:
    with_frames = request.query.get("frames") == "1"
    call = call_of(request)
    kinds = {"streams": call.streams, "one_way": call.copies}
    shown = {name: [log.as_json(with_frames=with_frames) for log in logs] for name, logs in kinds.items()}
    return web.json_response(shown)


async def _silences(request: web.Request) -> web.Response:
    call = call_of(request)
    wanted = request.query.get("over_ms", "0")
    if request.query.keys() - {"over_ms"} or not wanted.isdecimal():
        raise Refused(400, "the only parameter is over_ms, a number of milliseconds")
    if call.line.answered_at_ms is None or call.line.is_forgotten:
        raise Refused(409, f"{call.sid} has no sound: it was never answered, or ended too long ago")
    found = silences.find(call.line, over_ms=int(wanted))
    return web.json_response(
        {
            "silences": [{"start_ms": start, "end_ms": end, "ms": end - start} for start, end in found],
            "longest_ms": max((end - start for start, end in found), default=0),
            "measured_ms": silences.measured_ms(call.line),
            "answered_at_ms": call.line.answered_at_ms,
        }
    )


async def _rooms(request: web.Request) -> web.Response:
    every = request.app[CARRIER].rooms.values()
    return web.json_response({"rooms": [shapes.room_row(room) for room in reversed(every)]})


async def _keys(request: web.Request) -> web.Response:
    call, track = call_of(request), request.query.get("track", "outbound")
    if request.query.keys() - {"track"} or track not in ("inbound", "outbound"):
        raise Refused(400, "the only parameter is track, inbound or outbound")
    call.line.run()
    heard = signals.find_keys(bytes(getattr(call.line, track).past))
    return web.json_response({"digits": "".join(each.key for each in heard), "keys": [asdict(each) for each in heard]})


async def _forget(request: web.Request) -> web.Response:
    call = call_of(request)
    await read(request)
    calls.forget(call)
    if call.is_live:
        await call.ended.wait()
    return web.json_response(shapes.call_row(call))


async def _place_orphan(request: web.Request) -> web.Response:
    carrier, body = request.app[CARRIER], await read(request, "to", "from", "status", "age_ms")
    status, age_ms = text_of(body, "status", CallStatus.IN_PROGRESS), number_of(body, "age_ms", 0)
    if status not in (CallStatus.RINGING, CallStatus.IN_PROGRESS) or age_ms > _OLDEST_ORPHAN_MS:
        raise Refused(400, f"status must be ringing or in-progress, and age_ms at most {_OLDEST_ORPHAN_MS}")
    to, from_ = text_of(body, "to"), text_of(body, "from", _DEFAULT_FROM)
    try:
        is_answered = status == CallStatus.IN_PROGRESS
        call = calls.place_orphan(carrier, to=to, from_=from_, is_answered=is_answered, age_ms=age_ms)
    except calls.UnableToCall as unable:
        raise Refused(409, str(unable)) from unable
    return web.json_response({"sid": call.sid}, status=201)
