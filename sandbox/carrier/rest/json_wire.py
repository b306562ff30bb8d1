"""The newer APIs, which speak JSON: reading a body strictly, and where they live.

https://www.twilio.com/docs/whatsapp/api/senders, /docs/content
"""

from typing import Any

from aiohttp import web

from sandbox.carrier.rest.wire import BODY, RestError


def body_of(request: web.Request, *known: str, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON object of a request. Raises `RestError` 20001 for what is unknown or missing, 20422 for no object."""
    body = request.get(BODY)
    if not isinstance(body, dict):
        raise RestError(400, 20422, "The body must be a JSON object")
    if unknown := body.keys() - set(known):
        raise RestError(400, 20001, f"Unknown parameter: {min(unknown)}")
    if missing := [name for name in required if not body.get(name)]:
        raise RestError(400, 20001, f"Missing required parameter: {missing[0]}")
    return body


def check_host(request: web.Request, host: str) -> None:
    """This API lives on a host of its own; a client says in a header which one it meant. Raises `RestError` 20404."""
    meant = request.headers.get("X-Twilio-Host", host)
    if meant != host:
        raise RestError(404, 20404, f"The requested resource {request.path} was not found on {meant}")
