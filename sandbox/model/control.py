"""The model stand-in's control routes, for tests and for a look behind the scenes: `/_sandbox/…`.

GET    /_sandbox/sessions                     every session, newest last
GET    /_sandbox/sessions/{id}                one session in full: events both ways with times, errors, items, usage
GET    /_sandbox/sessions/{id}/received.ulaw  the audio bytes the client appended, in order (session input format)
GET    /_sandbox/sessions/{id}/appends.json   when each piece of sound arrived
GET    /_sandbox/sessions/{id}/spoken.ulaw    the audio bytes sent to the client, in order (session output format)
POST   /_sandbox/sessions/{id}/send           {"odd": "not_json"} or {"error": {…}}: send it now
POST   /_sandbox/sessions/{id}/close          {"code": 1011} or {"abrupt": true}: end the connection now
POST   /_sandbox/sessions/{id}/stall          from now on this one is open and silent, pings and close unanswered
GET    /_sandbox/responses                    the newest questions to /v1/responses, with what became of them
POST   /_sandbox/script                       {"rules": [{hears, says, …}]}: tried before all other rules
DELETE /_sandbox/script                       only the standing rules again
GET    /_sandbox/faults, POST, DELETE         the switches of faults.Faults; DELETE switches all off
"""

import dataclasses
import json
from typing import Any

from aiohttp import web

from sandbox.model.faults import OddEvent
from sandbox.model.refusal import error_object
from sandbox.model.script import Rule
from sandbox.model.session import Session
from sandbox.model.state import STATE

routes = web.RouteTableDef()
_RAW_AUDIO = "application/octet-stream"


@routes.get("/_sandbox/sessions")
async def list_sessions(request: web.Request) -> web.Response:
    """Every session, in short."""
    return web.json_response({"sessions": [_summary(one) for one in request.app[STATE].sessions.values()]})


@routes.get("/_sandbox/sessions/{id}")
async def show_session(request: web.Request) -> web.Response:
    """One session, in full."""
    session = _find(request)
    detail = {
        "session": session.settings,
        "received": session.wire.received,
        "sent": session.wire.sent,
        "errors": session.wire.errors,
        "items": [
            item.view() | {"audio_ms": item.audio_ms, "source": item.source, "at_ms": round(item.at_ms, 1)}
            for item in session.conversation.items
        ],
        "responses": [response.view() | response.record() for response in session.speaking.responses],
    }
    return web.json_response(_summary(session) | detail)


@routes.get("/_sandbox/sessions/{id}/received.ulaw")
async def received_audio(request: web.Request) -> web.Response:
    """What the client appended, byte for byte."""
    return web.Response(body=bytes(_find(request).listening.buffer.received), content_type=_RAW_AUDIO)


@routes.get("/_sandbox/sessions/{id}/spoken.ulaw")
async def spoken_audio(request: web.Request) -> web.Response:
    """What the model said, byte for byte."""
    return web.Response(body=bytes(_find(request).wire.spoken), content_type=_RAW_AUDIO)


@routes.get("/_sandbox/sessions/{id}/appends.json")
async def append_times(request: web.Request) -> web.Response:
    """When each piece of sound arrived."""
    times = _find(request).wire.append_times_ms
    return web.json_response({"at_ms": [round(at, 2) for at in times]})


@routes.post("/_sandbox/sessions/{id}/send")
async def send_now(request: web.Request) -> web.Response:
    """Send something odd, or an error event, into a live session."""
    session, body = _find(request), await _read_object(request, known=("odd", "error"))
    if "odd" in body:
        try:
            session.wire.emit_odd(OddEvent(body["odd"]))
        except ValueError as error:
            raise _bad_request(str(error)) from error
    elif isinstance(body.get("error"), dict):
        session.wire.emit_error(error_object("An error.", code=None, error_type="server_error") | body["error"])
    else:
        raise _bad_request("give 'odd' or 'error'")
    return web.json_response({})


@routes.post("/_sandbox/sessions/{id}/close")
async def close_now(request: web.Request) -> web.Response:
    """End a live session's connection, with a close code or by dropping it."""
    session, body = _find(request), await _read_object(request, known=("code", "abrupt"))
    session.wire.close(None if body.get("abrupt") else int(body.get("code", 1011)), "closed by control")
    return web.json_response({})


@routes.post("/_sandbox/sessions/{id}/stall")
async def stall_now(request: web.Request) -> web.Response:
    """Let a live session's connection stall: a network that swallows everything."""
    session = _find(request)
    await _read_object(request, known=())
    session.stall()
    return web.json_response({})


@routes.get("/_sandbox/responses")
async def list_text_answers(request: web.Request) -> web.Response:
    """Questions in text, oldest first."""
    return web.json_response({"responses": [dataclasses.asdict(one) for one in request.app[STATE].text_answers]})


@routes.post("/_sandbox/script")
async def extend_script(request: web.Request) -> web.Response:
    """Put rules in front of all others."""
    body = await _read_object(request, known=("rules",))
    try:
        rules = [Rule.parse(entry) for entry in body["rules"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _bad_request(f"not a list of rules: {error}") from error
    script = request.app[STATE].script
    script.put_first(rules)
    return web.json_response({"extra_rules": len(script.extra)})


@routes.delete("/_sandbox/script")
async def reset_script(request: web.Request) -> web.Response:
    """Forget the added rules."""
    request.app[STATE].script.clear()
    return web.json_response({"extra_rules": 0})


@routes.get("/_sandbox/faults")
async def show_faults(request: web.Request) -> web.Response:
    """The switches as they stand."""
    return web.json_response(dataclasses.asdict(request.app[STATE].faults))


@routes.post("/_sandbox/faults")
async def set_faults(request: web.Request) -> web.Response:
    """Switch on what the body names; the rest stays."""
    faults = request.app[STATE].faults
    try:
        faults.set(await _read_object(request))
    except ValueError as error:
        raise _bad_request(str(error)) from error
    return web.json_response(dataclasses.asdict(faults))


@routes.delete("/_sandbox/faults")
async def clear_faults(request: web.Request) -> web.Response:
    """Behave again."""
    request.app[STATE].faults.clear()
    return web.json_response(dataclasses.asdict(request.app[STATE].faults))


def _summary(session: Session) -> dict[str, Any]:
    ended, wire = session.speaking.ended, session.wire
    usages = [response.usage for response in ended if response.usage]
    return {
        "id": session.id,
        "model": session.settings["model"],
        "state": "open" if session.closed_at_ms is None else "closed",
        "opened_at_ms": _rounded(session.opened_at_ms),
        "expires_at_ms": _rounded(session.expires_at_ms),
        "closed_at_ms": _rounded(session.closed_at_ms),
        "closed_by": session.closed_by,
        "close_code": session.close_code,
        "is_stalled": wire.is_stalled,
        "audio_received_ms": session.listening.buffer.total_ms,
        "audio_received_bytes": len(session.listening.buffer.received),
        "audio_spoken_bytes": len(wire.spoken),
        "appends": len(wire.append_times_ms),
        "first_append_at_ms": _rounded(wire.first_append_at_ms),
        "last_append_at_ms": _rounded(wire.last_append_at_ms),
        "longest_append_gap_ms": _rounded(wire.longest_append_gap_ms),
        "responses_ended": len(ended),
        "error_count": len(wire.errors),
        "usage": {
            name: sum(usage[name] for usage in usages) for name in ("total_tokens", "input_tokens", "output_tokens")
        },
    }


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 1)


def _find(request: web.Request) -> Session:
    session = request.app[STATE].sessions.get(request.match_info["id"])
    if session is None:
        raise web.HTTPNotFound(text=json.dumps({"error": "no such session"}), content_type="application/json")
    return session


async def _read_object(request: web.Request, *, known: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The body, an empty one being an empty object; with `known`, nothing else may be in it."""
    text = await request.text()
    try:
        body = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as error:
        raise _bad_request("the body is not JSON") from error
    if not isinstance(body, dict):
        raise _bad_request("the body is not a JSON object")
    unknown = set() if known is None else body.keys() - set(known)
    if unknown:
        raise _bad_request(f"unknown: {', '.join(sorted(unknown))}")
    return body


def _bad_request(message: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": message}), content_type="application/json")
