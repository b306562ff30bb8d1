"""Daphne's WebSockets with their lane, without a network: what came before, order, faults, the end."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from websockets.frames import Opcode

from contactcenter.daphne_lane import LaneServer, WebSocketFactory
from contactcenter.text_lane import EXTENSION
from tests.unit.contactcenter.on_loopback import HANDSHAKE, masked

LOG = "contactcenter.daphne_lane"
A_LOT = "x" * 70_000


class Wire(StringTransport):
    """A socket whose other end is the test; daphne's HTTP channel has brought it here, and is its producer still."""

    def __init__(self) -> None:
        super().__init__()
        self.registerProducer(self, True)

    def texts(self) -> list[str]:
        """The text messages that were sent since this was last asked."""
        data, found = self.value(), []
        self.clear()
        while data:
            assert data[0] == 0x81, data[:20]
            head = {126: 4, 127: 10}.get(data[1], 2)
            size = int.from_bytes(data[2:head]) if head > 2 else data[1]
            found.append(data[head : head + size].decode())
            data = data[head + size :]
        return found


class Scene:
    """One accepted connection."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.scope: dict[str, Any] = {}
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.is_accepted, self.may_read = asyncio.Event(), asyncio.Event()

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scope = scope
        await receive()
        await send({"type": "websocket.accept"})
        self.is_accepted.set()
        await self.may_read.wait()
        while True:
            event = await receive()
            self.told.put_nowait(event)
            if event["type"] == "websocket.disconnect":
                return

    @property
    def lane(self) -> Any:
        return self.scope["extensions"][EXTENSION]

    def say(self, text: str) -> None:
        self.protocol.dataReceived(masked(Opcode.TEXT, text.encode()))


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    server = LaneServer(scene.app, endpoints=["tcp:0"])
    server.connections = {}
    factory = WebSocketFactory(server, server="")
    factory.setProtocolOptions(allowNullOrigin=True, openHandshakeTimeout=0, closeHandshakeTimeout=0)
    scene.protocol = factory.buildProtocol(None)
    scene.protocol._raw_query_string = b"x=1"
    scene.protocol.makeConnection(scene.wire)
    scene.protocol.dataReceived(HANDSHAKE)
    await scene.is_accepted.wait()
    assert scene.wire.value().startswith(b"HTTP/1.1 101")
    scene.wire.clear()
    yield scene
    (details,) = server.connections.values()
    details["application_instance"].cancel()
    await asyncio.wait([details["application_instance"]])


async def test_what_came_before_is_heard_first_and_the_rest_as_it_comes(scene: Scene) -> None:
    got: list[str] = []
    scene.say("one")
    scene.protocol.dataReceived(masked(Opcode.BINARY, b"bytes"))
    scene.say("two")
    scene.lane.listen(got.append)
    assert got == ["one", "two"]
    scene.say("grüß Gott")
    scene.say(A_LOT)
    assert got[2:] == ["grüß Gott", A_LOT]
    scene.may_read.set()
    assert await scene.told.get() == {"type": "websocket.receive", "bytes": b"bytes"}


async def test_who_does_not_listen_goes_the_plain_way(scene: Scene) -> None:
    scene.may_read.set()
    scene.say("plain")
    assert await scene.told.get() == {"type": "websocket.receive", "text": "plain"}


async def test_texts_leave_in_order_beside_the_plain_way(scene: Scene) -> None:
    assert scene.lane.send_texts(["one", "", "ü" * 100, A_LOT])
    scene.protocol.handle_reply({"type": "websocket.send", "text": json.dumps("plain")})
    assert scene.lane.send_texts(["last"])
    assert scene.wire.texts() == ["one", "", "ü" * 100, A_LOT, '"plain"', "last"]


async def test_who_reads_slowly_is_waited_for(scene: Scene) -> None:
    assert scene.lane.send_texts(["one"])
    scene.wire.producer.pauseProducing()
    assert not scene.lane.send_texts(["two"])
    waiting = asyncio.ensure_future(scene.lane.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    scene.wire.producer.resumeProducing()
    await waiting
    assert scene.lane.send_texts(["three"])
    assert scene.wire.texts() == ["one", "two", "three"]


@pytest.mark.parametrize("code", [1000, 1008, 1011, 4001])
async def test_the_application_may_close_with_any_code(scene: Scene, code: int) -> None:
    scene.protocol.handle_reply({"type": "websocket.close", "code": code})
    assert scene.wire.value() == b"\x88\x02" + code.to_bytes(2)
    scene.protocol.handle_reply({"type": "websocket.close", "code": 1000})  # it is closing already
    assert scene.wire.value() == b"\x88\x02" + code.to_bytes(2)


async def test_a_fault_in_taking_ends_this_connection_and_is_said(scene: Scene, caplog: Any) -> None:
    def fail(text: str) -> None:
        raise ZeroDivisionError

    scene.lane.listen(fail)
    scene.say("one")
    assert scene.wire.value() == b"\x88\x02" + (1011).to_bytes(2)
    scene.say("two")  # is not taken any more
    assert [one.message for one in caplog.records if one.name == LOG] == ["taking a message failed"]
    with pytest.raises(ConnectionResetError):
        scene.lane.send_texts(["too late"])


@pytest.mark.parametrize("how", ["closed", "lost"])
async def test_the_end_is_told_by_asgi_and_frees_who_waits(scene: Scene, how: str) -> None:
    got: list[str] = []
    scene.lane.listen(got.append)
    assert scene.lane.send_texts(["one"])
    scene.wire.producer.pauseProducing()
    waiting = asyncio.ensure_future(scene.lane.drained())
    if how == "closed":
        scene.protocol.dataReceived(masked(Opcode.CLOSE, (1000).to_bytes(2)))
    scene.protocol.connectionLost(Failure(ConnectionDone() if how == "closed" else ConnectionLost()))
    await waiting
    scene.may_read.set()
    assert await scene.told.get() == {"type": "websocket.disconnect", "code": 1000 if how == "closed" else 1006}
    with pytest.raises(ConnectionResetError):
        scene.lane.send_texts(["too late"])
