"""The two sockets of the phone page: the live list of calls, and the caller's ear and mouth on one call."""

import asyncio
import contextlib
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from sandbox import audio
from sandbox.carrier.control import agent_routes, call_routes, shapes
from sandbox.carrier.control.wire import PREFIX, call_of
from sandbox.carrier.line import BYTES_PER_MS
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Call, Carrier

_SHOWN_ENDED_MS = 30_000
_MOST_ROWS = 40
_SHORTEST_PAUSE_S = 0.2
_EAR_STEP_MS = 40
_MOST_MICROPHONE_BYTES = 300 * BYTES_PER_MS  # later sound is dropped rather than heard late


def routes() -> list[web.RouteDef]:
    """The addresses of the page's data and sockets."""
    return [
        web.get(PREFIX + "/phone.json", _phone),
        web.get(PREFIX + "/live", _live),
        web.get(PREFIX + "/calls/{sid}/ear", _ear),
    ]


async def _phone(request: web.Request) -> web.Response:
    personas, agents = request.app[call_routes.PERSONAS].values(), request.app[agent_routes.AGENTS].values()
    return web.json_response(
        {
            "personas": [shapes.persona_row(each) for each in personas],
            "agents": [shapes.agent_persona_row(each) for each in agents],
            "sentences": shapes.sentences(),
        }
    )


def _floor(carrier: Carrier) -> dict[str, Any]:
    now_ms = carrier.clock.now_ms()
    shown = [
        {**shapes.call_row(call), "age_ms": now_ms - (call.line.answered_at_ms or call.created_at_ms)}
        for call in reversed(carrier.calls.values())
        if call.ended_at_ms is None or now_ms - call.ended_at_ms < _SHOWN_ENDED_MS
    ]
    numbers = [shapes.number_row(number) for number in carrier.numbers.values()]
    return {"numbers": numbers, "agents": shapes.agent_rows(carrier), "calls": shown[:_MOST_ROWS]}


async def _live(request: web.Request) -> web.WebSocketResponse:
    """Sends the whole list when something changed (at most five times a second), and each second while it is stale."""
    carrier, ws = request.app[CARRIER], web.WebSocketResponse(heartbeat=20)
    await ws.prepare(request)
    sending = asyncio.create_task(_send_floor(carrier, ws))
    try:
        async for _ in ws:
            pass
    finally:
        sending.cancel()
    return ws


async def _send_floor(carrier: Carrier, ws: web.WebSocketResponse) -> None:
    sent: dict[str, Any] = {}
    while not ws.closed:
        changed = carrier.changed
        floor = _floor(carrier)
        if floor != sent:
            with contextlib.suppress(ConnectionError):
                await ws.send_json(floor)
            sent = floor
        await asyncio.sleep(_SHORTEST_PAUSE_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), timeout=1.0)


async def _ear(request: web.Request) -> web.WebSocketResponse:
    """Binary mu-law: what the caller hears (with `both=1` what they say too) goes out, a microphone may come in."""
    carrier, call, ws = request.app[CARRIER], call_of(request), web.WebSocketResponse(heartbeat=20)
    await ws.prepare(request)
    sending = asyncio.create_task(_send_sound(carrier, call, ws, both=request.query.get("both") == "1"))
    try:
        async for frame in ws:
            if frame.type is WSMsgType.BINARY and call.line.inbound.pending < _MOST_MICROPHONE_BYTES:
                call.line.say(frame.data)
    finally:
        sending.cancel()
    return ws


async def _send_sound(carrier: Carrier, call: Call, ws: web.WebSocketResponse, *, both: bool) -> None:
    answered, ended = asyncio.ensure_future(call.answered.wait()), asyncio.ensure_future(call.ended.wait())
    await asyncio.wait({answered, ended}, return_when=asyncio.FIRST_COMPLETED)
    answered.cancel()
    ended.cancel()
    sent = call.line.run()
    while not ws.closed:
        whole = call.line.run() // audio.FRAME_BYTES * audio.FRAME_BYTES
        if whole > sent:
            with contextlib.suppress(ConnectionError):
                await ws.send_bytes(_sound(call, sent, whole, both=both))
            sent = whole
        if not call.is_live:
            await ws.close()
            return
        await carrier.clock.sleep(_EAR_STEP_MS)


def _sound(call: Call, begin: int, end: int, *, both: bool) -> bytes:
    heard = bytes(call.line.outbound.past[begin:end])
    if not both:
        return heard
    sides = (audio.decode_mulaw(side) for side in (heard, bytes(call.line.inbound.past[begin:end])))
    mixed = sum(side.astype(np.int32) for side in sides)
    return audio.encode_mulaw(np.clip(mixed, -32768, 32767).astype(np.int16))
