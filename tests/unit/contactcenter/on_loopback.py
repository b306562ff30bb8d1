"""A real uvicorn on loopback with our WebSocket class, on either event loop; the application is the test's."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
import uvicorn
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode

from contactcenter.fast_ws import FastWebSocket

HANDSHAKE = (
    b"GET /here?x=1 HTTP/1.1\r\nHost: us.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
LIMIT_S = 5.0
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
on_either_loop = pytest.mark.parametrize("loop", LOOPS)
App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Answer = TypeVar("Answer")


def run(loop: str, scene: Coroutine[Any, Any, Answer]) -> Answer:
    """Play one scene on an event loop of its own."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(asyncio.wait_for(scene, LIMIT_S))


class Serving:
    """The running server; `events` is what the application was told, `scopes` where."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.scopes: list[dict[str, Any]] = []
        self.port = 0
        self.server: uvicorn.Server | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def told(self, kind: str) -> dict[str, Any]:
        """The next event of this kind the application has received."""
        while (event := await self.events.get())["type"] != f"websocket.{kind}":
            pass
        return event

    async def client(self, path: str = "/", **options: Any) -> ClientConnection:
        options.setdefault("compression", None)
        options.setdefault("ping_interval", None)
        options.setdefault("proxy", None)
        return await connect(f"{self.url}{path}", **options)

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection whose bytes are the test's."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def stop(self) -> None:
        assert self.server is not None
        self.server.should_exit = True


@asynccontextmanager
async def serving(app: App, **options: Any) -> AsyncIterator[Serving]:
    """Serve until the block ends, and wait until every connection and task of the server has ended."""
    scene = Serving()

    async def noted(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scene.scopes.append(scope)

        async def heard() -> dict[str, Any]:
            event: dict[str, Any] = await receive()
            scene.events.put_nowait(event)
            return event

        await app(scope, heard, send)

    options.setdefault("timeout_graceful_shutdown", 5)
    config = uvicorn.Config(noted, ws=FastWebSocket, lifespan="off", log_config=None, **options)
    config.load()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what an application does wrong here is meant
    scene.server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        scene.port = listener.getsockname()[1]
        listener.listen()
        task = asyncio.create_task(scene.server.serve([listener]))
        try:
            yield scene
        finally:
            scene.server.should_exit = True
            await task
            assert not scene.server.server_state.connections
            assert not scene.server.server_state.tasks


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Accept, and say everything again; `close CODE REASON` closes."""
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text")
        if text is not None and text.startswith("close "):
            _, code, reason = text.split(" ", 2)
            await send({"type": "websocket.close", "code": int(code), "reason": reason})
        elif text is not None:
            await send({"type": "websocket.send", "text": text})
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})


def answering(*messages: dict[str, Any]) -> App:
    """An application that says this to the request and then listens until the end."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        for message in messages:
            await send(message)
        while (await receive())["type"] != "websocket.disconnect":
            pass

    return app


def masked(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """A frame as clients write it."""
    return Frame(opcode, data, fin).serialize(mask=True)
