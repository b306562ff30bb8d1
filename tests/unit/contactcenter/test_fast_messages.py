"""An open WebSocket of the class on picows: messages, what is wrong with them, how it ends; on either event loop."""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Frame, Opcode

from tests.unit.contactcenter.on_loopback import HANDSHAKE, answering, echo, masked, on_either_loop, run, serving

COMPRESSED = b"\xc1\x81\0\0\0\0x"  # the first reserved bit; the library does not make such frames


@on_either_loop
def test_text_and_bytes_go_both_ways_in_one_piece_or_in_many(loop: str) -> None:
    async def scene() -> None:
        async with serving(echo) as s:
            client = await s.client(max_size=None)
            for said in ("", "grüß Gott", "x" * 126, "y" * 70_000, "z" * 2_000_000, b"", b"\xff\x00", b"b" * 9000):
                await client.send(said)
                assert await client.recv() == said
            await client.send(["one ", "", "message", " ü"])
            assert await client.recv() == "one message ü"
            await client.send([b"\xff", b"\xfe" * 70_000])
            assert await client.recv() == b"\xff" + b"\xfe" * 70_000
            await client.close()

    run(loop, scene())


@on_either_loop
def test_many_messages_at_once_keep_their_order(loop: str) -> None:
    async def scene() -> None:
        async with serving(echo) as s:
            client = await s.client()
            said = [f"{n} " + "." * (n % 300) for n in range(5000)]

            async def say() -> None:
                for text in said:
                    await client.send(text)

            talking = asyncio.create_task(say())
            assert [await client.recv() for _ in said] == said
            await talking
            await client.close()

    run(loop, scene())


@on_either_loop
def test_a_ping_is_answered_between_the_parts_of_a_message(loop: str) -> None:
    async def scene() -> None:
        async with serving(echo) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(masked(Opcode.TEXT, b"o", fin=False))
            writer.write(masked(Opcode.PING, b"there?"))
            writer.write(masked(Opcode.CONT, b"ne"))
            assert await reader.readexactly(13) == b"\x8a\x06there?" + b"\x81\x03one"
            writer.transport.abort()

    run(loop, scene())


WRONG = {
    "a part of nothing": (masked(Opcode.CONT, b"of nothing"), 1002),
    "another message within one": (masked(Opcode.TEXT, b"a", fin=False) + masked(Opcode.TEXT, b"b"), 1002),
    "compressed": (COMPRESSED, 1002),
    "not masked": (Frame(Opcode.TEXT, b"unmasked").serialize(mask=False), 1002),
    "half a code": (b"\x88\x81\0\0\0\0x", 1002),
    "not UTF-8": (masked(Opcode.TEXT, b"\xff"), 1007),
    "not UTF-8, in parts": (masked(Opcode.TEXT, b"\xff", fin=False) + masked(Opcode.CONT, b""), 1007),
    "too big together": (masked(Opcode.TEXT, b"x" * 60_000, fin=False) + masked(Opcode.CONT, b"x" * 60_000), 1009),
}


@pytest.mark.parametrize("wrong", WRONG)
@on_either_loop
def test_a_client_that_does_it_wrongly_hears_why_and_the_application_too(loop: str, wrong: str) -> None:
    said, code = WRONG[wrong]

    async def scene() -> None:
        async with serving(echo, ws_max_size=100_000) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)
            head = await reader.readexactly(4)
            assert (head[0], int.from_bytes(head[2:4])) == (0x88, code)
            writer.write(masked(Opcode.CLOSE, head[2:]))
            await reader.read()
            assert (await s.told("disconnect"))["code"] == code
            writer.transport.abort()

    run(loop, scene())


@on_either_loop
def test_a_frame_of_a_megabyte_is_refused_where_less_is_allowed(loop: str) -> None:
    async def scene() -> None:
        async with serving(echo, ws_max_size=64 * 1024) as s:
            client = await s.client()
            await client.send("fits")
            assert await client.recv() == "fits"
            with suppress(ConnectionClosed):  # while it still sends, or as soon as it listens
                await client.send("x" * 1_000_000)
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (await s.told("disconnect"))["code"] == 1009

    run(loop, scene())


# --- keeping alive ----------------------------------------------------------------------------------------------------


@on_either_loop
def test_a_client_that_answers_no_ping_is_lost(loop: str) -> None:
    async def scene() -> None:
        async with serving(echo, ws_ping_interval=0.05, ws_ping_timeout=0.05) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(2) == b"\x89\x00"
            assert (await s.told("disconnect"))["code"] == 1006
            await reader.read()
            writer.transport.abort()

    run(loop, scene())


def test_a_client_that_answers_pings_stays() -> None:
    async def scene() -> None:
        async with serving(echo, ws_ping_interval=0.02, ws_ping_timeout=0.02) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(5):
                assert await reader.readexactly(2) == b"\x89\x00"
                writer.write(masked(Opcode.PONG, b""))
            writer.write(masked(Opcode.TEXT, b"here"))
            assert (await reader.readuntil(b"here")).endswith(b"\x81\x04here")
            writer.transport.abort()

    run("uvloop", scene())


# --- the end ----------------------------------------------------------------------------------------------------------


@on_either_loop
@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "away"), (4321, "ours")])
def test_how_the_client_closes_is_told(loop: str, code: int, reason: str) -> None:
    async def scene() -> None:
        async with serving(answering({"type": "websocket.accept"})) as s:
            client = await s.client()
            await client.send("last words")
            await client.close(code, reason)
            assert (client.close_code, client.protocol.close_rcvd_then_sent) == (code, False)
            assert (await s.told("receive"))["text"] == "last words"
            assert await s.told("disconnect") == {"type": "websocket.disconnect", "code": code, "reason": reason}

    run(loop, scene())


def test_a_client_that_closes_without_a_code_has_given_none() -> None:
    async def scene() -> None:
        async with serving(echo) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(masked(Opcode.CLOSE, b""))
            assert await reader.read() == b"\x88\x02" + (1000).to_bytes(2)
            assert (await s.told("disconnect"))["code"] == 1005
            writer.close()

    run("uvloop", scene())


@on_either_loop
def test_how_the_application_closes_is_told(loop: str) -> None:
    async def scene() -> None:
        async with serving(echo) as s:
            client = await s.client()
            await client.send("close 4001 enough")
            with pytest.raises(ConnectionClosedError) as closed:
                await client.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "enough")
            assert (await s.told("disconnect"))["code"] == 4001

    run(loop, scene())


@pytest.mark.parametrize(("fails", "code"), [(True, 1011), (False, 1000)])
def test_an_application_that_just_ends_closes(fails: bool, code: int) -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        assert not fails

    async def scene() -> None:
        async with serving(app) as s:
            client = await s.client()
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == code

    run("uvloop", scene())


@on_either_loop
@pytest.mark.parametrize("how", ["reset", "hung up"])
def test_a_client_that_vanishes_is_lost_and_cannot_be_spoken_to(loop: str, how: str) -> None:
    async def scene() -> None:
        spoken: asyncio.Queue[type[BaseException]] = asyncio.Queue()

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            assert (await receive())["code"] == 1006
            assert (await receive())["code"] == 1006  # however often it is asked for
            for message in ({"type": "websocket.send", "text": "hello?"}, {"type": "websocket.close"}):
                try:
                    await send(message)
                except OSError as error:
                    spoken.put_nowait(type(error))

        async with serving(app) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            if how == "reset":
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()
            assert (await spoken.get()).__name__ == "ClientDisconnected"

    run(loop, scene())


@on_either_loop
def test_a_server_that_stops_says_1012_while_the_client_speaks(loop: str) -> None:
    async def scene() -> None:
        async with serving(echo) as s:
            client = await s.client()
            await client.send("hello")
            await client.recv()
            await s.stop()
            with suppress(ConnectionClosedError):
                while True:
                    await client.send("still talking")
                    await client.recv()
            assert client.close_code == 1012
            assert (await s.told("disconnect"))["code"] == 1012

    run(loop, scene())


def test_a_server_that_stops_does_not_wait_long_for_a_client_that_says_nothing() -> None:
    async def scene() -> None:
        async with serving(echo) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            await s.stop()
            assert await reader.read() == b"\x88\x02" + (1012).to_bytes(2)
            writer.close()

    run("uvloop", scene())


def test_a_server_that_stops_answers_who_waits_for_an_answer() -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async def scene() -> None:
        async with serving(app) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await s.told("connect")
            await s.stop()
            assert (await reader.read()).startswith(b"HTTP/1.1 500 ")
            writer.close()

    run("uvloop", scene())
