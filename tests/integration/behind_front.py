"""A front between real sockets, the clients before it and the processes behind it played by the test."""

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from deploy import front_routes
from deploy.front import Front
from deploy.front_routes import Routes, Upstream

LIMIT_S = 5.0
HANDSHAKE = (
    b"GET /twilio/media/%b HTTP/1.1\r\nHost: us.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"X-Twilio-Signature: c2lnbmVk\r\n\r\n"
)
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Own: 1\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"


class Peer:
    """One end of a connection, seen as bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def until(self, words: bytes) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(words), LIMIT_S)

    async def rest(self) -> bytes:
        """Everything until the end; a connection that is reset has an end too."""
        try:
            return await asyncio.wait_for(self.reader.read(), LIMIT_S)
        except ConnectionResetError:
            return b"reset"

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Behind:
    """One process behind the front, played by the test."""

    upstream: Upstream
    server: asyncio.Server | None = None
    connections: asyncio.Queue[Peer] = field(default_factory=asyncio.Queue)
    start: Callable[[], Awaitable[None]] | None = None

    async def next(self) -> Peer:
        return await asyncio.wait_for(self.connections.get(), LIMIT_S)

    async def answer(self, words: bytes = PLAIN) -> bytes:
        """Answer the next request on a connection of its own; its head."""
        peer = await self.next()
        head = await peer.until(b"\r\n\r\n")
        await peer.say(words)
        peer.writer.close()
        return head


@dataclass
class Scene:
    """A front with two web processes and two bridges behind it."""

    port: int
    web: list[Behind]
    bridges: list[Behind]
    open: list[Peer] = field(default_factory=list)

    async def client(self) -> Peer:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port, limit=2**22))
        self.open.append(peer)
        return peer

    async def stream(self, *, name: bytes = b"", bridge: int) -> tuple[Peer, Peer]:
        """A carrier's socket on a bridge: both ends of it."""
        carrier = await self.client()
        await carrier.say(HANDSHAKE % name)
        far = await self.bridges[bridge].next()
        await far.until(b"\r\n\r\n")
        await far.say(SWITCHED)
        assert await carrier.until(b"\r\n\r\n") == SWITCHED
        return carrier, far


async def behind(name: str, stack: AsyncExitStack, answer_s: float = LIMIT_S, wait_s: float = 0.0) -> Behind:
    found = Behind(Upstream(name, "127.0.0.1", 0, answer_s, wait_s))

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections.put_nowait(Peer(reader, writer))
        stack.callback(writer.close)

    async def start() -> None:
        found.server = await asyncio.start_server(accept, "127.0.0.1", found.upstream.port, limit=2**22)
        stack.callback(found.server.close)
        found.upstream.port = found.server.sockets[0].getsockname()[1]

    found.start = start
    await start()
    return found


@contextmanager
def a_loop(make: Callable[[], asyncio.AbstractEventLoop]) -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own, as the front has."""
    loop = make()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


Build = Callable[..., Awaitable[Scene]]


@asynccontextmanager
async def fronts(loop: asyncio.AbstractEventLoop) -> AsyncIterator[Build]:
    """What builds fronts that run on this loop; they end with the block."""

    def there(work: Coroutine[Any, Any, Any]) -> Awaitable[Any]:
        return asyncio.wait_for(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop)), LIMIT_S)

    async with AsyncExitStack() as stack:

        async def make(*, believe: str = "", answer_s: float = LIMIT_S, wait_s: float = 0.0) -> Scene:
            web = [await behind(f"web-{n}", stack) for n in (1, 2)]
            bridges = [await behind(f"vm-{n}", stack, answer_s, wait_s) for n in (1, 2)]
            routes = Routes([one.upstream for one in web], [one.upstream for one in bridges])
            running = Front(routes, believes=front_routes.believed(believe))
            server = await there(running.listen("127.0.0.1", 0))
            scene = Scene(server.sockets[0].getsockname()[1], web, bridges)

            async def end() -> None:
                loop.call_soon_threadsafe(server.close)
                for peer in scene.open:
                    peer.writer.close()
                await there(running.finish())

            stack.push_async_callback(end)
            return scene

        yield make
