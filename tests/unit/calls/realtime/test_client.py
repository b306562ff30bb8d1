"""The model's client on either library: against a WebSocket server of another make, and against the sandbox's model."""

import asyncio
import json
import socket
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from calls.metrics import MODEL_SOCKETS_OPEN
from calls.realtime import client as client_module
from calls.realtime import fast_socket, wire
from calls.realtime.client import ModelUnavailable, RealtimeClient
from sandbox.clock import Clock
from sandbox.model.app import make_app
from tests.unit.calls.realtime.model_played import (
    KEY,
    LIMIT_S,
    SESSION,
    configured,
    either_library,
    events_of,
    heard,
    model,
)

# --- opening ----------------------------------------------------------------------------------------------------------


@either_library
async def test_a_session_is_opened_and_spoken_in_and_closed(library: str, settings: Any) -> None:
    asked: list[Request] = []
    said: list[str] = []

    async def answer(connection: ServerConnection) -> None:
        assert connection.request is not None
        asked.append(connection.request)
        await configured(connection)
        for text in ("one", "zwei ü", "x" * 100_000):
            await connection.send(text)
        await connection.send(["in ", "", "parts ü"])
        await connection.send(b"\xff")
        said.extend(await heard(connection))
        assert connection.close_code == 1000

    async with model(settings, answer):
        before = MODEL_SOCKETS_OPEN._value.get()
        client = await RealtimeClient.open(SESSION)
        assert MODEL_SOCKETS_OPEN._value.get() == before + 1
        assert client.left_ms() is None
        texts = "one", "zwei ü", "x" * 100_000, "in parts ü"
        assert await events_of(client, 5) == [*(text.encode() for text in texts), b"\xff"]
        client.send("well")
        client.send("ü" * 70_000)
        await client.close()
        await client.close()
        client.send("swallowed")
        assert await events_of(client) == []
        assert MODEL_SOCKETS_OPEN._value.get() == before
    (request,) = asked
    assert request.path == "/v1/realtime?model=gpt-realtime-2.1"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["OpenAI-Project"] == "proj_1"
    assert "Sec-WebSocket-Extensions" not in request.headers
    assert said == ["well", "ü" * 70_000]


@either_library
async def test_how_long_a_session_lives_is_told_by_the_servers_clock(library: str, settings: Any) -> None:
    async def answer(connection: ServerConnection) -> None:
        await configured(connection, expires_at=1_000_060)
        await heard(connection)

    def late(_: ServerConnection, __: Request, response: Response) -> None:
        del response.headers["Date"]
        response.headers["Date"] = "Mon, 12 Jan 1970 13:46:40 GMT"  # 1,000,000

    async with model(settings, answer, process_response=late):
        client = await RealtimeClient.open(SESSION)
        left_ms = client.left_ms()
        assert left_ms is not None
        assert 50_000 < left_ms <= 60_000
        await client.close()


@either_library
@pytest.mark.parametrize(("status", "for_good"), [(401, True), (404, True), (429, False), (503, False), (301, False)])
async def test_a_refusal_says_whether_trying_again_helps(
    library: str, settings: Any, status: int, for_good: bool
) -> None:
    def refuse(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(status, "no\n")

    async with model(settings, heard, process_request=refuse):  # type: ignore[arg-type]
        with pytest.raises(ModelUnavailable) as refused:
            await RealtimeClient.open(SESSION)
        assert (str(refused.value), refused.value.is_permanent) == (f"refused {status}", for_good)


@either_library
@pytest.mark.parametrize(("code", "for_good"), [("invalid_value", True), ("server_error", False)])
async def test_a_session_that_is_refused(library: str, settings: Any, code: str, for_good: bool) -> None:
    gone = asyncio.Event()

    async def answer(connection: ServerConnection) -> None:
        await connection.send("no JSON")
        await connection.send(json.dumps({"type": "error", "error": {"code": code}}))
        await heard(connection)
        gone.set()

    async with model(settings, answer):
        with pytest.raises(ModelUnavailable) as refused:
            await RealtimeClient.open(SESSION)
        assert (str(refused.value), refused.value.is_permanent) == (f"session refused: {code}", for_good)
        await gone.wait()


@either_library
async def test_nobody_there(library: str, settings: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        with pytest.raises(ModelUnavailable, match="ConnectionRefusedError"):
            await RealtimeClient.open(SESSION)


@either_library
@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"220 mail\r\n\r\n"])
async def test_somebody_else_there(library: str, settings: Any, says: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(says)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        with pytest.raises(ModelUnavailable, match="refused"):
            await RealtimeClient.open(SESSION)


@either_library
@pytest.mark.parametrize("silent", ["in the handshake", "after it"])
async def test_a_model_that_does_not_answer_is_given_up_and_its_socket_closed(
    library: str, settings: Any, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "OPEN_LIMIT_S", 0.1)
    monkeypatch.setattr(fast_socket, "_CLOSE_LIMIT_S", 0.1)
    monkeypatch.setattr(fast_socket, "_HANDSHAKE_LIMIT_S", 0.2)
    gone = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read()
        writer.close()
        gone.set()

    async def listen(connection: ServerConnection) -> None:
        await heard(connection)
        gone.set()

    if silent == "after it":
        async with model(settings, listen):
            with pytest.raises(ModelUnavailable, match="timed out"):
                await RealtimeClient.open(SESSION)
            await gone.wait()
    else:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            settings.OPENAI_BASE_URL = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            with pytest.raises(ModelUnavailable, match="timed out"):
                await RealtimeClient.open(SESSION)
            await asyncio.wait_for(gone.wait(), LIMIT_S)


# --- the sandbox's model ----------------------------------------------------------------------------------------------


@either_library
async def test_with_the_sandbox_a_session_is_configured_and_answers(library: str, settings: Any) -> None:
    async with TestServer(make_app(clock=Clock(stepped=True), api_key=KEY)) as server, asyncio.timeout(LIMIT_S):
        settings.OPENAI_BASE_URL = str(server.make_url("/v1"))
        client = await RealtimeClient.open(SESSION)
        left_ms = client.left_ms()
        assert left_ms is not None
        assert left_ms > 0
        client.send(wire.append("////" * 53))
        client.send('{"type":"input_audio_buffer.clear"}')
        (cleared,) = await events_of(client, 1)
        assert json.loads(cleared)["type"] == "input_audio_buffer.cleared"
        await client.close()
        settings.OPENAI_API_KEY = "sk-wrong"
        with pytest.raises(ModelUnavailable) as refused:
            await RealtimeClient.open(SESSION)
        assert refused.value.is_permanent
