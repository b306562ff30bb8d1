"""The telephone in a browser: `ws://…/softphone/`, a plain socket in place of the carrier's WebRTC.

JSON text in both directions. Sound is base64 of mu-law, 8000 Hz, in frames of 20 ms. The page says:

    {"type": "hello", "token": "eyJ…"}                  first of all, and again to renew the token
    {"type": "accept" | "reject", "call_sid": "CA…"}    what rings
    {"type": "hangup"}                                  the call that is on
    {"type": "audio", "payload": "…"}                   what the microphone takes
    {"type": "mute", "muted": true}                     its sound is dropped from here on
    {"type": "digits", "digits": "12#"}                 keys

and is told:

    {"type": "ready", "identity": "agent_3"}
    {"type": "refused", "code": 20104, "message": "…"}  no good token: the socket closes with 4401
    {"type": "incoming", "call_sid", "from", "to", "parameters": {}}
    {"type": "answered", "call_sid"}                    it was accepted here: sound flows
    {"type": "audio", "payload": "…"}
    {"type": "ended", "call_sid", "reason"}             the call's last status, or "answered-elsewhere"
    {"type": "problem", "message": "…"}                 a message that makes no sense; the socket stays open

A page that is on a call is not rung. Who closes the page hangs up.
"""

import asyncio
import base64
import binascii
import contextlib
import json
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from sandbox.audio import BYTES_PER_MS
from sandbox.carrier import access_token, commands
from sandbox.carrier.handsets import Handset
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Carrier

PATH = "/softphone/"
CLOSED_UNWELCOME = 4401
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HELLO_MS = 5_000
_JITTER_MS = 40
_LONGEST_PENDING = 300 * BYTES_PER_MS  # later sound is dropped rather than heard late
_LARGEST_MESSAGE = 64 * 1024


class _Nonsense(Exception):
    """A message that makes no sense now."""


def routes() -> list[web.RouteDef]:
    """The address of the socket."""
    return [web.get(PATH, _serve)]


async def _serve(request: web.Request) -> web.StreamResponse:
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).hostname not in _LOOPBACK:
        return web.json_response({"error": "pages of other machines are refused"}, status=403)
    ws = web.WebSocketResponse(heartbeat=20, max_msg_size=_LARGEST_MESSAGE)
    await ws.prepare(request)
    await _Socket(request.app[CARRIER], ws).run()
    return ws


class _Socket:
    """One open page."""

    def __init__(self, carrier: Carrier, ws: web.WebSocketResponse) -> None:
        self._carrier, self._ws = carrier, ws
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._handset: Handset | None = None

    async def run(self) -> None:
        """Serve the page until it goes away."""
        sending = asyncio.create_task(self._send_all())
        too_late = asyncio.create_task(self._close_without_hello())
        try:
            async for frame in self._ws:
                if frame.type is not WSMsgType.TEXT:
                    continue
                try:
                    await self._take(frame.data)
                except _Nonsense as nonsense:
                    self._send({"type": "problem", "message": str(nonsense)})
                except access_token.Unwelcome as unwelcome:
                    await self._refuse(unwelcome)
        finally:
            too_late.cancel()
            self._leave()
            sending.cancel()

    async def _close_without_hello(self) -> None:
        await self._carrier.clock.sleep(_HELLO_MS)
        if self._handset is None:
            await self._refuse(access_token.Unwelcome(20101, "no hello with a token came"))

    async def _refuse(self, unwelcome: access_token.Unwelcome) -> None:
        self._carrier.ledger.add("error", code=unwelcome.code, message=f"softphone: {unwelcome}")
        with contextlib.suppress(ConnectionError):
            await self._ws.send_json({"type": "refused", "code": unwelcome.code, "message": str(unwelcome)})
        await self._ws.close(code=CLOSED_UNWELCOME, message=str(unwelcome).encode()[:100])

    def _send(self, message: dict[str, Any]) -> None:
        self._out.put_nowait(message)

    async def _send_all(self) -> None:
        while True:
            message = await self._out.get()
            if message["type"] != "audio":
                self._carrier.stir()
            with contextlib.suppress(ConnectionError):
                await self._ws.send_json(message)

    def _leave(self) -> None:
        handset = self._handset
        if handset is None:
            return
        handset.is_open = False
        self._carrier.handsets[handset.identity].remove(handset)
        for answer in handset.ringing.values():
            if not answer.done():
                answer.set_result(False)
        if handset.call is not None and handset.call.is_live:
            commands.hang_up(handset.call, by="caller")
        self._carrier.announce()

    async def _take(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError as broken:
            raise _Nonsense(f"not JSON: {broken}") from broken
        match message:
            case {"type": "hello", "token": str(token)}:
                self._hello(token)
            case _ if self._handset is None:
                raise access_token.Unwelcome(20101, "the first message must be hello with a token")
            case {"type": "audio", "payload": str(payload)}:
                self._hear(self._handset, payload)
            case _:
                self._carrier.stir()
                self._obey(self._handset, message)

    def _hello(self, token: str) -> None:
        carrier = self._carrier
        found = access_token.read(
            token,
            account_sid=carrier.account_sid,
            api_keys=carrier.api_keys,
            now_s=carrier.clock.date().timestamp(),
        )
        identity = f"client:{found.identity}"
        if self._handset is None:
            self._handset = Handset(identity, found.expires_at_s, self._send)
            carrier.handsets.setdefault(identity, []).append(self._handset)
        elif self._handset.identity != identity:
            raise access_token.Unwelcome(20106, "a new token must be for the same identity")
        self._handset.expires_at_s = found.expires_at_s
        carrier.announce()  # whatever is ringing already may ring here
        carrier.stir()
        self._send({"type": "ready", "identity": found.identity})

    def _obey(self, handset: Handset, message: Any) -> None:
        match message:
            case {"type": "accept" | "reject" as answer, "call_sid": str(sid)}:
                if sid not in handset.ringing or handset.ringing[sid].done():
                    raise _Nonsense(f"{sid} does not ring here")
                handset.ringing[sid].set_result(answer == "accept")
            case {"type": "mute", "muted": bool(is_muted)}:
                handset.is_muted = is_muted
            case {"type": "hangup"} if handset.call is not None:
                commands.hang_up(handset.call, by="caller")
            case {"type": "digits", "digits": str(keys)} if handset.call and keys and set(keys) <= commands.KEYS:
                self._carrier.spawn(commands.press(self._carrier, call=handset.call, keys=keys))
            case _:
                raise _Nonsense("unknown, or not possible now")

    def _hear(self, handset: Handset, payload: str) -> None:
        try:
            sound = base64.b64decode(payload, validate=True)
        except (binascii.Error, ValueError) as broken:
            raise _Nonsense(f"audio: {broken}") from broken
        if handset.call is None or handset.is_muted:
            return
        line = handset.call.line
        line.run()
        if not line.inbound.pending:
            line.say(b"\xff" * _JITTER_MS * BYTES_PER_MS)
        if line.inbound.pending < _LONGEST_PENDING:
            line.say(sound)
