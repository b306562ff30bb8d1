"""What all control routes share: reading JSON strictly, refusing in one shape, and keeping strangers out."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Call

PREFIX = "/_sandbox"

_CSP = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


class Refused(Exception):
    """The control request makes no sense: 400 wrong shape, 404 no such thing, 409 not possible now."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@web.middleware
async def middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refusals as JSON; pages of other origins may neither look nor act; nothing is loaded from elsewhere."""
    is_page = request.path == "/" or request.path.startswith("/phone/")
    if not is_page and not request.path.startswith(PREFIX + "/"):
        return await handler(request)
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        return web.json_response({"error": "requests from other sites are refused"}, status=403)
    try:
        response = await handler(request)
    except Refused as refused:
        return web.json_response({"error": str(refused)}, status=refused.status)
    except web.HTTPNotFound:
        return web.json_response({"error": f"there is nothing at {request.path}"}, status=404)
    if is_page:
        response.headers.update({"Content-Security-Policy": _CSP, "X-Content-Type-Options": "nosniff"})
        response.headers["Cache-Control"] = "no-store"
    return response


async def read(request: web.Request, *known: str) -> dict[str, Any]:
    """The JSON object of a request; an empty body is an empty object. Raises `Refused` for anything unknown."""
    text = await request.text()
    try:
        body = json.loads(text) if text.strip() else {}
    except ValueError as broken:
        raise Refused(400, f"the body is not JSON: {broken}") from broken
    if not isinstance(body, dict):
        raise Refused(400, "the body must be a JSON object")
    unknown = body.keys() - set(known)
    if unknown:
        raise Refused(400, f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    return body


def text_of(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """A text of the body. Raises `Refused` when it is missing or no text."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise Refused(400, f"{name} must be a text")
    return value


def number_of(body: dict[str, Any], name: str, default: float) -> float:
    """A number of the body, 0 or above. Raises `Refused`."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Refused(400, f"{name} must be a number, 0 or above")
    return float(value)


def call_of(request: web.Request, sid: str = "") -> Call:
    """The call in the address (or `sid`). Raises `Refused` 404."""
    wanted = sid or request.match_info["sid"]
    call = request.app[CARRIER].calls.get(wanted)
    if call is None:
        raise Refused(404, f"there is no call {wanted}")
    return call


def open_call_of(request: web.Request) -> Call:
    """The call in the address, answered and not ended. Raises `Refused` 409 otherwise."""
    call = call_of(request)
    if not call.line.is_open:
        raise Refused(409, f"{call.sid} is {call.status}: nobody is on the line")
    return call
