"""The WebSocket class on picows: who is let in, and what the application is told of it, on either event loop."""

import asyncio
from typing import Any

import pytest
from uvicorn.protocols.utils import ClientDisconnected
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.frames import Opcode

from contactcenter import fast_frames
from tests.unit.contactcenter.on_loopback import HANDSHAKE, answering, echo, masked, on_either_loop, run, serving

with_either_parser = pytest.mark.parametrize("http", ["h11", "httptools"])


@on_either_loop
@with_either_parser
def test_an_accepted_client_has_the_headers_and_the_subprotocol_it_was_given(loop: str, http: str) -> None:
    accept = {"type": "websocket.accept", "subprotocol": "b", "headers": [(b"x-own", b"1"), (b"x-own", b"2")]}

    async def scene() -> None:
        async with serving(answering(accept), http=http, root_path="/root") as s:
            client = await s.client("/a%20b?c=d", subprotocols=["a", "b"], additional_headers={"X-Asked": "yes"})
            assert client.subprotocol == "b"
            assert client.response is not None
            assert client.response.headers.get_all("x-own") == ["1", "2"]
            assert client.response.headers["Server"] == "uvicorn"
            (scope,) = s.scopes
            assert scope["type"] == "websocket"
            assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/root/a b", b"/root/a%20b", b"c=d")
            assert (scope["root_path"], scope["scheme"], scope["http_version"]) == ("/root", "ws", "1.1")
            assert scope["subprotocols"] == ["a", "b"]
            assert (b"x-asked", b"yes") in scope["headers"]
            assert scope["server"] == ("127.0.0.1", s.port)
            assert scope["client"] == client.local_address
            await client.close()

    run(loop, scene())


def test_a_proxy_that_is_believed_says_who_the_client_is() -> None:
    async def scene() -> None:
        async with serving(echo, forwarded_allow_ips="127.0.0.1") as s:
            said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            client = await s.client(additional_headers=said)
            assert s.scopes[0]["client"][0] == "203.0.113.9"
            assert s.scopes[0]["scheme"] == "wss"
            await client.close()

    run("uvloop", scene())


@on_either_loop
def test_who_is_refused_hears_403(loop: str) -> None:
    async def scene() -> None:
        async with serving(answering({"type": "websocket.close"})) as s:
            with pytest.raises(InvalidStatus) as refused:
                await s.client()
            assert refused.value.response.status_code == 403
            assert (await s.told("disconnect"))["code"] == 1006

    run(loop, scene())


def test_an_application_may_refuse_in_its_own_words() -> None:
    words = (
        {"type": "websocket.http.response.start", "status": 429, "headers": [(b"retry-after", b"5")]},
        {"type": "websocket.http.response.body", "body": b"not ", "more_body": True},
        {"type": "websocket.http.response.body", "body": b"now"},
    )

    async def scene() -> None:
        async with serving(answering(*words)) as s:
            with pytest.raises(InvalidStatus) as refused:
                await s.client()
            response = refused.value.response
            assert (response.status_code, response.body, response.headers["Retry-After"]) == (429, b"not now", "5")

    run("uvloop", scene())


@on_either_loop
def test_a_connection_that_cannot_be_taken_over_is_not_left_open(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no such option")

    monkeypatch.setattr(fast_frames, "WSProtocol", fail)

    async def scene() -> None:
        async with serving(echo) as s:
            with pytest.raises((InvalidMessage, ConnectionError)):
                await s.client()
            assert (await s.told("connect"))["type"] == "websocket.connect"

    run(loop, scene())


@pytest.mark.parametrize("leaves", ["by a fault", "without a word"])
def test_an_application_that_leaves_before_it_accepts_is_a_500(leaves: str) -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert leaves != "by a fault"

    async def scene() -> None:
        async with serving(app) as s:
            with pytest.raises(InvalidStatus) as refused:
                await s.client()
            assert refused.value.response.status_code == 500

    run("uvloop", scene())


def test_a_client_that_leaves_before_it_is_accepted_is_noticed() -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        assert (await receive())["code"] == 1006
        with pytest.raises(ClientDisconnected):
            await send({"type": "websocket.accept"})

    async def scene() -> None:
        async with serving(app) as s:
            _, writer = await s.raw()
            writer.write(HANDSHAKE)
            await s.told("connect")
            writer.transport.abort()
            await s.told("disconnect")

    run("uvloop", scene())


@on_either_loop
def test_what_is_said_before_the_answer_is_heard_after_it(loop: str) -> None:
    """And a browser's `Connection: keep-alive, Upgrade` is good enough."""

    async def scene() -> None:
        asked, may_accept = asyncio.Event(), asyncio.Event()

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            asked.set()
            await may_accept.wait()
            await echo(scope, receive, send)

        async with serving(app) as s:
            reader, writer = await s.raw()
            writer.write(HANDSHAKE)
            await asked.wait()
            long = b"x" * 5000
            writer.write(masked(Opcode.TEXT, b"early") + masked(Opcode.TEXT, long))
            await writer.drain()
            may_accept.set()
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 ")
            assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
            assert await reader.readexactly(7) == b"\x81\x05early"
            assert await reader.readexactly(5004) == b"\x81\x7e" + (5000).to_bytes(2) + long
            writer.transport.abort()

    run(loop, scene())
