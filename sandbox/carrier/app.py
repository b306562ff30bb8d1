"""The carrier as one aiohttp application: REST, control routes and the phone page, and what runs while it is up."""

import asyncio
import functools
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox.carrier import agents, debugger, personas, softphone, traffic
from sandbox.carrier.control import (
    account_routes,
    agent_routes,
    call_routes,
    line_routes,
    live_routes,
    page_routes,
    switch_routes,
    text_routes,
    whatsapp_routes,
)
from sandbox.carrier.control import wire as control_wire
from sandbox.carrier.ledger import Ledger
from sandbox.carrier.lockstep import Lockstep, ModelProbe
from sandbox.carrier.rest import (
    account_resource,
    call_create,
    call_resource,
    caller_id_resource,
    conference_resource,
    content_resource,
    market_resource,
    media_resource,
    newer,
    number_resource,
    participant_create,
    participant_resource,
    recording_resource,
    sender_resource,
    sip_domain_resource,
    sip_list_resource,
    stream_resource,
    transcription_resource,
    trunk_parts,
    trunk_resource,
)
from sandbox.carrier.rest import wire as rest_wire
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Carrier, Number
from sandbox.carrier.values import ModelSide
from sandbox.clock import Clock

_TRAFFIC = web.AppKey("traffic", int)
_PARTS = (
    *(call_resource, call_create, conference_resource, participant_resource, participant_create),
    *(recording_resource, number_resource, stream_resource, transcription_resource, account_resource, newer),
    *(market_resource, trunk_resource, trunk_parts, sip_list_resource, sip_domain_resource, caller_id_resource),
    *(account_routes, sender_resource, content_resource, whatsapp_routes),
    *(agent_routes, call_routes, line_routes, live_routes, page_routes, softphone, text_routes),
)
_LARGEST_BODY = 16 * 1024 * 1024


def make_app(
    *,
    clock: Clock,
    account_sid: str,
    auth_token: str,
    numbers: Iterable[str],
    var_dir: Path,
    base_url: str,
    model_probe: ModelProbe | None = None,
    model_side: ModelSide | None = None,
    api_keys: Mapping[str, str] | None = None,
    lines: int = 0,
    agents_at: Mapping[str, str] | None = None,
) -> web.Application:
    """The carrier for one account, with `numbers` (E.164) and nothing configured on them yet.

    `base_url` is where it will be reached (recording addresses name it); `lines` simulated customers are kept on
    the line; `agents_at` says who picks up at which address; recordings and the ledger go to `var_dir`; `api_keys`
    are SK… identifiers and their secrets.
    """
    var_dir.mkdir(parents=True, exist_ok=True)
    carrier = Carrier(
        clock=clock,
        account_sid=account_sid,
        auth_token=auth_token,
        var_dir=var_dir,
        ledger=Ledger(clock=clock, path=var_dir / "ledger.jsonl"),
        base_url=base_url.rstrip("/"),
        api_keys=dict(api_keys or {}),
        model_side=model_side,
    )
    carrier.ledger.tell = functools.partial(debugger.heard_of, carrier)
    for e164 in numbers:
        number = _new_number(clock, e164)
        carrier.numbers[number.sid] = number
    app = web.Application(middlewares=[control_wire.middleware, rest_wire.middleware], client_max_size=_LARGEST_BODY)
    app[CARRIER] = carrier
    app[call_routes.PERSONAS] = personas.load_all()
    app[agent_routes.AGENTS] = agents.everybody()
    for where, name in (agents_at or {}).items():
        carrier.agents[where] = app[agent_routes.AGENTS][name]
    app[_TRAFFIC] = lines
    for part in _PARTS:
        app.add_routes(part.routes())
    media_resource.add_to(app)
    switch_routes.add_to(app, stepper=Lockstep(carrier, model_probe))
    app.cleanup_ctx.append(_running)
    return app


def _new_number(clock: Clock, e164: str) -> Number:
    sid = "PN" + hashlib.sha256(e164.encode()).hexdigest()[:32]
    return Number(sid=sid, e164=e164, created_at_ms=clock.now_ms(), updated_at_ms=clock.now_ms(), friendly_name=e164)


async def _running(app: web.Application) -> AsyncIterator[None]:
    carrier = app[CARRIER]
    carrier.http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True)
    if app[_TRAFFIC]:
        carrier.spawn(traffic.keep(carrier, lines=app[_TRAFFIC], personas=list(app[call_routes.PERSONAS].values())))
    yield
    while carrier.tasks:  # ending a call starts its reports, so look again
        for task in list(carrier.tasks):
            task.cancel()
        await asyncio.gather(*carrier.tasks, return_exceptions=True)
    await carrier.http.close()
    carrier.ledger.close()
