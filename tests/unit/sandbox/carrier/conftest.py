"""A carrier on loopback with a stepped clock, and a small application at the far side of its wire."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.carrier import app as carrier_app
from sandbox.carrier import calls
from sandbox.carrier.lockstep import Lockstep
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Call, Carrier
from sandbox.clock import Clock

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "0123456789abcdef0123456789abcdef"
NUMBER, OTHER_NUMBER, CALLER = "+14155550100", "+14155550101", "+14155552671"

Page = str | Callable[[web.Request, dict[str, str]], Awaitable[web.StreamResponse]]
MediaSocket = Callable[[web.WebSocketResponse, "Application"], Awaitable[None]]


@dataclass
class Application:
    """Answers webhooks from `pages` (TwiML by path), serves `/media` with `media`, and remembers what it got."""

    pages: dict[str, Page] = field(default_factory=dict)
    media: MediaSocket | None = None
    refuse_media: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    upgrades: list[dict[str, str]] = field(default_factory=list)
    base: str = ""

    @property
    def media_url(self) -> str:
        return self.base.replace("http://", "ws://") + "/media/"

    def got(self, path: str) -> list[dict[str, str]]:
        """The parameters of every request to `path`, in order."""
        return [each["params"] for each in self.requests if each["path"] == path]

    def events(self, event: str) -> list[dict[str, Any]]:
        """Stream messages of one kind, in order."""
        return [message for message in self.messages if message["event"] == event]

    async def page(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        params = form if request.method == "POST" else dict(request.query)
        facts = {"path": request.path, "method": request.method, "params": params, "headers": request.headers}
        self.requests.append({**facts, "raw": request.raw_path, "form": form})
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=204)
        if isinstance(page, str):
            return web.Response(text=page, content_type="text/xml")
        return await page(request, params)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        self.upgrades.append(dict(request.headers) | {"raw": request.raw_path})
        if self.refuse_media:
            return web.Response(status=self.refuse_media)
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        await (self.media or self.listen)(ws, self)
        return ws

    def answer_start(self, *texts_of: Callable[[dict[str, Any]], str]) -> None:
        """Let the socket answer `start` with these messages, and remember everything."""

        async def serve(ws: web.WebSocketResponse, _application: "Application") -> None:
            async for frame in ws:
                message = json.loads(frame.data)
                self.messages.append(message)
                if message["event"] == "start":
                    for text in texts_of:
                        await ws.send_str(text(message))

        self.media = serve

    async def listen(self, ws: web.WebSocketResponse, _application: "Application") -> None:
        """Only remember what comes."""
        async for frame in ws:
            if frame.type is aiohttp.WSMsgType.TEXT:
                self.messages.append(json.loads(frame.data))


@dataclass
class World:
    """The carrier, the application, and the hand on the clock."""

    carrier: Carrier
    application: Application
    base: str
    http: aiohttp.ClientSession

    def configure(self, **settings: str) -> None:
        """Set fields of the first number; the voice URL is `/voice` unless told otherwise."""
        number = self.carrier.number_of(NUMBER)
        assert number is not None
        for name, value in {"voice_url": self.application.base + "/voice", **settings}.items():
            setattr(number, name, value)

    async def call(self, **facts: str) -> Call:
        """Call the configured number; answers once the first webhook was answered."""
        call = calls.place(self.carrier, **{"to": NUMBER, "from_": CALLER, **facts})
        await self.step(0)
        return call

    async def streaming_call(self, *, action: str = "", url: str = "") -> Call:
        """A call whose document connects a stream; `/after` follows it, or `action`."""
        attributes = f'action="{action}"' if action else ""
        status = f'statusCallback="{self.application.base}/stream-status"'
        stream = f'<Stream url="{url or self.application.media_url}" name="ai" {status}>'
        self.configure()
        self.application.pages |= {
            "/voice": f"<Response><Connect {attributes}>{stream}"
            '<Parameter name="token" value="k3J"/></Stream></Connect><Redirect>/after</Redirect></Response>',
            "/after": "<Response><Say>anchor</Say></Response>",
            "/ended": "<Response><Say>anchor</Say></Response>",
        }
        return await self.call()

    async def rest(
        self, method: str, path: str, *, auth: tuple[str, str] | None = (ACCOUNT, TOKEN), **facts: Any
    ) -> Any:
        """One raw REST request below the account's address: status and JSON."""
        headers = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        url = f"{self.base}/2010-04-01/Accounts/{ACCOUNT}{path}"
        async with self.http.request(method, url, headers=headers, **facts) as response:
            return response.status, await response.json()

    async def raw(self, method: str, path: str, **facts: Any) -> aiohttp.ClientResponse:
        """A REST request whose answer is not JSON."""
        headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        return await self.http.request(
            method, f"{self.base}/2010-04-01/Accounts/{ACCOUNT}{path}", headers=headers, **facts
        )

    async def step(self, ms: float, *, until: Callable[[], bool] = lambda: False) -> bool:
        """Step the clock in ticks, each time waiting until the sockets are quiet."""
        await self.settle()
        return await Lockstep(self.carrier, None).advance(ms, in_step=True, quiet_ms=3, until=until)

    async def settle(self) -> None:
        """Wait until nothing crosses the sockets at this moment of the clock."""
        for _ in range(25):
            await asyncio.sleep(0)
        await Lockstep(self.carrier, None).quiet(0.004)

    async def until_ended(self, call: Call, *, within_ms: float = 60_000) -> None:
        """Step until the call is over and its last reports are out."""
        assert await self.step(within_ms, until=lambda: not call.is_live), "the call did not end in time"
        await self.step(600)

    def problems(self) -> list[tuple[str, object]]:
        """Errors and warnings of the ledger as (kind, code)."""
        return [(str(e["kind"]), e["code"]) for e in self.carrier.ledger.since() if e["kind"] in ("error", "warning")]


WorldFactory = Callable[..., AbstractAsyncContextManager[World]]


@asynccontextmanager
async def _serve(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
def open_world(tmp_path: Path) -> WorldFactory:
    """Start carrier and application: `async with open_world() as world`."""

    @asynccontextmanager
    async def opened(*, stepped: bool = True, api_keys: dict[str, str] | None = None) -> AsyncIterator[World]:
        application = Application()
        app = web.Application()
        app.add_routes([web.get("/media/", application.socket), web.route("*", "/{path:.*}", application.page)])
        carrier_web = carrier_app.make_app(
            clock=Clock(stepped=stepped),
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            numbers=[NUMBER, OTHER_NUMBER],
            var_dir=tmp_path / "var",
            base_url="http://carrier.invalid",
            api_keys=api_keys,
        )
        async with _serve(app) as base, _serve(carrier_web) as carrier_base, aiohttp.ClientSession() as http:
            application.base = base
            carrier = carrier_web[CARRIER]
            carrier.base_url = carrier_base
            yield World(carrier, application, carrier_base, http)

    return opened
