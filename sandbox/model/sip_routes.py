"""`POST /v1/realtime/calls/{id}/{verb}`, as strict as the API, and the control routes about calls by SIP.

GET    /_sandbox/sip              every call, every webhook that was sent, and the switches
POST   /_sandbox/sip              switches: `webhooks` {url, secret, old_secret, late, duplicates, forged, …},
                                  `project`, `is_unreachable`
POST   /_sandbox/sip/calls        {"headers": {…}}: somebody comes by a trunk, on a silent line
DELETE /_sandbox/sip/calls/{id}   and hangs up
"""

import dataclasses
import hmac
import json
from typing import Any

from aiohttp import web

from sandbox.model.refusal import Refused, error_object
from sandbox.model.session_shape import MODELS, SESSION
from sandbox.model.sip import SipCall, State, Webhooks
from sandbox.model.state import STATE

routes = web.RouteTableDef()
_LEAST_STATUS, _MOST_STATUS = 400, 699


class _Wrong(Exception):
    """The answer to a request that is not accepted."""

    def __init__(self, status: int, message: str, *, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param


@routes.post("/v1/realtime/calls/{id}/{verb}")
async def verb(request: web.Request) -> web.Response:
    """Let in, turn away, refer or end a call."""
    state = request.app[STATE]
    state.note_traffic()
    try:
        _check_key(request, state.api_key)
        work = _VERBS.get(request.match_info["verb"])
        call = state.sip.find(request.match_info["id"])
        if work is None:
            raise _Wrong(404, "Unknown request URL.", code="unknown_url")
        if call is None:
            raise _Wrong(404, "No session found for the provided call_id.", code="call_id_not_found")
        work(request.app, call, await _body(request))
    except _Wrong as wrong:
        error = error_object(str(wrong), code=wrong.code, param=wrong.param)
        return web.json_response({"error": error}, status=wrong.status)
    except Refused as refused:
        error = error_object(refused.message, code=refused.code, param=refused.param)
        return web.json_response({"error": error}, status=400)
    finally:
        state.note_traffic()
    return web.Response()


def _check_key(request: web.Request, key: str) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), key.encode()):
        raise _Wrong(401, "Incorrect API key provided.", code="invalid_api_key")


async def _body(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    try:
        body = json.loads(text) if text.strip() else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _Wrong(400, "The body is not a JSON object.", code="invalid_json")
    return body


def _accept(app: web.Application, call: SipCall, body: dict[str, Any]) -> None:
    if call.state is not State.PENDING:
        raise _Wrong(400, "This call was accepted already.", code="call_already_accepted")
    SESSION(body, "")
    model = body.get("model")
    if model not in MODELS:
        raise _Wrong(400, f"The model {model!r} does not exist.", code="model_not_found", param="model")
    for side, settings in body.get("audio", {}).items():
        if "format" in settings:
            message = "The format of sound is agreed upon by SIP."
            raise _Wrong(400, message, code="invalid_value", param=f"audio.{side}.format")
    app[STATE].sip.accept(call, body)


def _reject(app: web.Application, call: SipCall, body: dict[str, Any]) -> None:
    status = body.get("status_code", 603)
    if set(body) - {"status_code"} or not isinstance(status, int) or not _LEAST_STATUS <= status <= _MOST_STATUS:
        raise _Wrong(400, "status_code is no SIP status of a refusal.", code="invalid_value", param="status_code")
    if call.state is not State.PENDING:
        raise _Wrong(400, "This call was accepted already.", code="call_already_accepted")
    app[STATE].sip.reject(call, status)


def _refer(app: web.Application, call: SipCall, body: dict[str, Any]) -> None:
    target = body.get("target_uri")
    if set(body) != {"target_uri"} or not isinstance(target, str) or not target.startswith(("tel:", "sip:", "sips:")):
        raise _Wrong(400, "target_uri must be a tel: or sip: address.", code="invalid_value", param="target_uri")
    _check_accepted(call)
    app[STATE].sip.refer(call, target)


def _hang_up(app: web.Application, call: SipCall, body: dict[str, Any]) -> None:
    if body:
        raise _Wrong(400, "There is nothing to be said with a hang-up.", code="unknown_parameter")
    _check_accepted(call)
    app[STATE].sip.hang_up(call)


def _check_accepted(call: SipCall) -> None:
    if call.state is not State.ACCEPTED:
        raise _Wrong(404, "No session found for the provided call_id.", code="call_id_not_found")


_VERBS = {"accept": _accept, "reject": _reject, "refer": _refer, "hangup": _hang_up}


# --- control ----------------------------------------------------------------------------------------------------------


@routes.get("/_sandbox/sip")
async def show(request: web.Request) -> web.Response:
    """Everything there is."""
    side = request.app[STATE].sip
    return web.json_response(
        {
            "calls": [call.view() for call in side.calls.values()],
            "sent": side.sent,
            "webhooks": dataclasses.asdict(side.webhooks),
            "project": side.project,
            "is_unreachable": side.is_unreachable,
        }
    )


@routes.post("/_sandbox/sip")
async def switch(request: web.Request) -> web.StreamResponse:
    """Set what the body names; the rest stays."""
    side, body = request.app[STATE].sip, await request.json()
    known = {each.name for each in dataclasses.fields(Webhooks)}
    given = body.get("webhooks", {})
    if set(body) - {"webhooks", "project", "is_unreachable"} or set(given) - known:
        return web.json_response({"error": "unknown switch"}, status=400)
    for name, value in given.items():
        setattr(side.webhooks, name, value)
    side.project = str(body.get("project", side.project))
    side.is_unreachable = bool(body.get("is_unreachable", side.is_unreachable))
    return await show(request)


@routes.post("/_sandbox/sip/calls")
async def come(request: web.Request) -> web.Response:
    """Somebody comes by a trunk."""
    body = await request.json()
    call = request.app[STATE].sip.invite({str(name): str(value) for name, value in body.get("headers", {}).items()})
    return web.json_response(call.view())


@routes.delete("/_sandbox/sip/calls/{id}")
async def go(request: web.Request) -> web.Response:
    """And hangs up."""
    side = request.app[STATE].sip
    call = side.calls.get(request.match_info["id"])
    if call is None:
        return web.json_response({"error": "no such call"}, status=404)
    side.over(call)
    return web.json_response(call.view())


async def close(app: web.Application) -> None:
    """On shutdown."""
    await app[STATE].sip.close()
