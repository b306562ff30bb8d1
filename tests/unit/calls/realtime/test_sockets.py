"""The model's socket on either library once it is open: it is lost, it is pressed, and the fast lane of one of them."""

import asyncio
import socket
import struct
import time
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from calls.realtime import fast_socket
from calls.realtime import socket as plain_socket
from calls.realtime.client import RealtimeClient
from calls.realtime.fast_socket import FastSocket
from tests.unit.calls.realtime.model_played import SESSION, configured, either_library, events_of, heard, model

# --- losing -----------------------------------------------------------------------------------------------------------


@either_library
@pytest.mark.parametrize("how", ["closed", "reset"])
async def test_a_model_that_goes_ends_the_iteration(library: str, settings: Any, how: str) -> None:
    async def answer(connection: ServerConnection) -> None:
        await configured(connection)
        await connection.send("last words")
        if how == "reset":
            await connection.recv()
            sock = connection.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.transport.abort()

    async with model(settings, answer):
        client = await RealtimeClient.open(SESSION)
        client.send("go")
        assert await events_of(client) == [b"last words"]
        client.send("swallowed")
        await client.close()


async def _gone_silently(settings: Any) -> float:
    """How long it takes to notice a model that says nothing any more."""

    over = asyncio.Event()

    async def answer(connection: ServerConnection) -> None:
        await configured(connection)
        connection.transport.pause_reading()
        await over.wait()
        connection.transport.abort()

    async with model(settings, answer):
        client = await RealtimeClient.open(SESSION)
        began = time.monotonic()
        assert await events_of(client) == []
        noticed = time.monotonic()
        over.set()
        await client.close()
        return noticed - began


@either_library
async def test_a_model_that_says_nothing_any_more_is_noticed(
    library: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (fast_socket, plain_socket):
        monkeypatch.setattr(module, "_PING_EVERY_S", 0.1)
        monkeypatch.setattr(module, "_PONG_LIMIT_S", 0.2)
    assert 0.25 < await _gone_silently(settings) < 2.0


@either_library
async def test_a_model_that_answers_pings_may_be_silent(
    library: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (fast_socket, plain_socket):
        monkeypatch.setattr(module, "_PING_EVERY_S", 0.03)
        monkeypatch.setattr(module, "_PONG_LIMIT_S", 0.5)

    async def answer(connection: ServerConnection) -> None:
        await configured(connection)
        pinged = asyncio.Event()
        count = 0

        def on_frame(frame: Frame) -> None:
            nonlocal count
            if frame.opcode is Opcode.PING:
                count += 1
                if count == 3:
                    pinged.set()
            process(frame)

        process = connection.protocol.recv_frame
        connection.protocol.recv_frame = on_frame  # type: ignore[method-assign]
        await pinged.wait()
        await connection.send("still here")

    async with model(settings, answer):
        client = await RealtimeClient.open(SESSION)
        assert await events_of(client) == [b"still here"]
        await client.close()


# --- pressure ---------------------------------------------------------------------------------------------------------


@either_library
async def test_who_does_not_read_is_not_drowned(library: str, settings: Any) -> None:
    sent = 0

    async def answer(connection: ServerConnection) -> None:
        nonlocal sent
        await configured(connection)
        try:
            for sent in range(3000):
                await connection.send(f"{sent} " + "x" * 10_000)
        except ConnectionClosed:
            pass

    async with model(settings, answer):
        client = await RealtimeClient.open(SESSION)
        before, still = -1, 0
        while still < 300:
            still = still + 1 if sent == before else 0
            before = sent
            await asyncio.sleep(0.001 if still > 200 else 0)
        assert sent < 2999
        assert [int(event.split(b" ")[0]) for event in await events_of(client)] == list(range(3000))
        await client.close()


@either_library
async def test_a_model_that_does_not_read_is_given_up(library: str, settings: Any) -> None:
    over = asyncio.Event()

    async def answer(connection: ServerConnection) -> None:
        await configured(connection)
        connection.transport.pause_reading()
        await over.wait()
        connection.transport.abort()

    async with model(settings, answer):
        client = await RealtimeClient.open(SESSION)
        for _ in range(3000):
            client.send("x" * 10_000)
        assert await events_of(client) == []
        over.set()
        await client.close()


# --- the fast lane ----------------------------------------------------------------------------------------------------


async def _fast(settings: Any) -> FastSocket:
    settings.WEBSOCKETS = "picows"
    client = await RealtimeClient.open(SESSION)
    assert isinstance(client._socket, FastSocket)
    return client._socket


async def test_events_are_handed_over_in_order_beginning_with_what_has_waited(settings: Any) -> None:
    said = [f"{n} " + "ü" * (n % 100) for n in range(300)]

    async def answer(connection: ServerConnection) -> None:
        await configured(connection)
        for n, text in enumerate(said):
            await connection.send([text[:1], text[1:]] if n % 7 == 0 else text)
            if n % 50 == 0:
                await connection.ping()
        assert await connection.recv() == "0"

    async with model(settings, answer):
        settings.WEBSOCKETS = "picows"
        client, lost = await RealtimeClient.open(SESSION), asyncio.Event()
        got: list[str | bytes] = []
        assert client.listen(got.extend, lost.set)
        client.send("0")
        await lost.wait()
        assert got == said
        client.send("swallowed")
        await client.close()


async def test_the_other_library_has_no_such_lane(settings: Any) -> None:
    async with model(settings, configured):
        client = await RealtimeClient.open(SESSION)
        assert not client.listen(pytest.fail, pytest.fail)
        client.deafen()
        await client.close()


@pytest.mark.parametrize("pinged", [True, False])
async def test_an_event_does_not_wait_behind_the_ping_that_came_with_it(settings: Any, pinged: bool) -> None:
    async def answer(connection: ServerConnection) -> None:
        await configured(connection)
        await connection.recv()
        ping = Frame(Opcode.PING, b"?").serialize(mask=False) if pinged else b""
        connection.transport.write(Frame(Opcode.TEXT, b"now").serialize(mask=False) + ping)
        await heard(connection)

    async with model(settings, answer):
        fast, came = await _fast(settings), asyncio.get_running_loop().create_future()
        fast.listen(came.set_result, lambda: None)
        fast.post("go")
        assert await came == ["now"]
        await fast.close()


async def test_who_closes_is_told_nothing_more(settings: Any) -> None:
    async def answer(connection: ServerConnection) -> None:
        await configured(connection)
        await heard(connection)

    async with model(settings, answer):
        fast = await _fast(settings)
        told: list[object] = []
        fast.listen(told.append, lambda: told.append("lost"))
        await fast.close()
        assert told == []


async def test_a_taker_that_fails_loses_its_session(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    codes: list[int | None] = []

    async def answer(connection: ServerConnection) -> None:
        await configured(connection)
        await connection.recv()
        await connection.send("one")
        await connection.send("two")
        await connection.wait_closed()
        codes.append(connection.close_code)

    def fail(_: list[str | bytes]) -> None:
        raise ZeroDivisionError

    async with model(settings, answer):
        fast, lost = await _fast(settings), asyncio.Event()
        fast.listen(fail, lost.set)
        fast.post("go")
        await lost.wait()
    assert codes == [1011]
    assert "taking events failed" in caplog.text
