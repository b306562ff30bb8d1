"""The account behind the key: the models it may use and the webhook endpoints of its project.

GET  /v1/models                          https://developers.openai.com/api/docs/api-reference/models
GET  /v1/webhook_endpoints, POST; GET /v1/webhook_endpoints/{id}, POST
POST /_sandbox/account                   {"models": [names], "webhooks": [{"name", "url", "events"}], "refuses_key"}
DELETE /_sandbox/account                 as it was
"""

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.model.refusal import error_object
from sandbox.model.session_shape import MODELS
from sandbox.model.state import STATE

EVENTS = ("realtime.call.incoming", "live.transport.incoming", "batch.completed", "response.completed")
routes = web.RouteTableDef()


@dataclass(slots=True)
class Webhook:
    """Who is told of what."""

    id: str
    name: str
    url: str
    event_types: list[str]


@dataclass(slots=True)
class AccountBook:
    """What the key may use and whom the project tells."""

    models: list[str] = field(default_factory=lambda: list(MODELS))
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    refuses_key: bool = False


BOOK: web.AppKey[list[AccountBook]] = web.AppKey("account_book", list[AccountBook])  # one, which may be replaced


def _book(request: web.Request) -> AccountBook:
    return request.app[BOOK][0]


def _error(status: int, message: str, *, code: str | None = None) -> web.HTTPException:
    body = json.dumps({"error": error_object(message, code=code)})
    kinds: dict[int, type[web.HTTPException]] = {401: web.HTTPUnauthorized, 404: web.HTTPNotFound}
    return kinds.get(status, web.HTTPBadRequest)(text=body, content_type="application/json")


def _check_key(request: web.Request) -> None:
    state = request.app[STATE]
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if _book(request).refuses_key or not secrets.compare_digest(key.encode(), state.api_key.encode()):
        raise _error(401, "Incorrect API key provided.", code="invalid_api_key")


@routes.get("/v1/models")
async def list_models(request: web.Request) -> web.Response:
    """Every model the key may use."""
    _check_key(request)
    rows = [{"id": name, "object": "model", "created": 0, "owned_by": "system"} for name in _book(request).models]
    return web.json_response({"object": "list", "data": rows})


@routes.get("/v1/webhook_endpoints")
async def list_webhooks(request: web.Request) -> web.Response:
    """The project's endpoints, newest first."""
    _check_key(request)
    told = request.app[STATE].sip.webhooks.url  # who is told of calls, as it was set up at the start
    known = {one.url for one in _book(request).webhooks.values()}
    own = [Webhook("we_sip", "Calls by SIP", told, ["realtime.call.incoming"])] if told and told not in known else []
    rows = [_as_json(one) for one in (*reversed(_book(request).webhooks.values()), *own)]
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else (None, None)
    page = {"object": "list", "data": rows, "has_more": False, "first_id": first, "last_id": last}
    return web.json_response(page)


@routes.get("/v1/webhook_endpoints/{id}")
async def one_webhook(request: web.Request) -> web.Response:
    """One endpoint."""
    _check_key(request)
    return web.json_response(_as_json(_find(request)))


@routes.post("/v1/webhook_endpoints/{id}")
async def change_webhook(request: web.Request) -> web.Response:
    """Change what it is told of, its name or its address."""
    _check_key(request)
    found, body = _find(request), await _object(request)
    unknown = body.keys() - {"event_types", "name", "url"}
    if unknown:
        raise _error(400, f"Unknown parameter: '{min(unknown)}'.", code="unknown_parameter")
    events = body.get("event_types", found.event_types)
    if not events or not set(events) <= set(EVENTS):
        raise _error(400, "Invalid value: 'event_types'.", code="invalid_value")
    found.event_types = list(events)
    found.name, found.url = str(body.get("name", found.name)), str(body.get("url", found.url))
    return web.json_response(_as_json(found))


def _find(request: web.Request) -> Webhook:
    found = _book(request).webhooks.get(request.match_info["id"])
    if found is None:
        raise _error(404, "No such webhook endpoint.", code="not_found")
    return found


def _as_json(one: Webhook) -> dict[str, Any]:
    return {
        "id": one.id,
        "object": "webhook_endpoint",
        "name": one.name,
        "url": one.url,
        "event_types": one.event_types,
        "created_at": int(time.time()),
    }


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _error(400, "The body is not a JSON object.")
    return body


@routes.post("/_sandbox/account")
async def set_account(request: web.Request) -> web.Response:
    """What the body names; the rest stays."""
    book, body = _book(request), await _object(request)
    if unknown := body.keys() - {"models", "webhooks", "refuses_key"}:
        raise _error(400, f"unknown: {', '.join(sorted(unknown))}")
    book.models = [str(name) for name in body.get("models", book.models)]
    book.refuses_key = body.get("refuses_key", book.refuses_key) is True
    if "webhooks" in body:
        made = [_made(one) for one in body["webhooks"]]
        book.webhooks = {one.id: one for one in made}
    return web.json_response({"webhooks": [_as_json(one) for one in book.webhooks.values()]})


def _made(wanted: dict[str, Any]) -> Webhook:
    try:
        return Webhook("we_" + secrets.token_hex(12), wanted["name"], wanted["url"], list(wanted["events"]))
    except (KeyError, TypeError) as wrong:
        raise _error(400, "a webhook has a name, a url and events") from wrong


@routes.delete("/_sandbox/account")
async def reset_account(request: web.Request) -> web.Response:
    """As it was."""
    request.app[BOOK][0] = AccountBook()
    return web.json_response({})
