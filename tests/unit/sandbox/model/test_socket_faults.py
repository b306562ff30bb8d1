"""Connections that are refused, come late, expire, break or stall."""

import asyncio

import pytest
from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from sandbox.clock import Clock
from sandbox.model.app import STATE, make_app
from tests.unit.sandbox.model.serving import (
    BEARER,
    KEY,
    PATH,
    connected,
    receive,
    receive_until,
    send,
    settle,
    state,
    step,
)


@pytest.mark.parametrize(("status", "error_type"), [(429, "rate_limit_error"), (500, "server_error")])
async def test_refusing_the_next_connections(server, status, error_type):
    await server.post("/_sandbox/faults", json={"refuse_connects": 2, "refuse_status": status})
    for _ in range(2):
        async with server.get(PATH, headers=BEARER) as response:
            assert response.status == status
            assert (await response.json())["error"]["type"] == error_type
    async with connected(server):
        pass


async def test_a_refusal_can_say_when_to_come_back_and_that_the_money_is_gone(server):
    await server.post(
        "/_sandbox/faults", json={"refuse_connects": 1, "refuse_status": 429, "refuse_retry_after_s": 2.5}
    )
    async with server.get(PATH, headers=BEARER) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "2.5")
        assert (await response.json())["error"]["code"] == "rate_limit_exceeded"
    await server.post(
        "/_sandbox/faults", json={"refuse_connects": 1, "refuse_no_quota": True, "refuse_retry_after_s": None}
    )
    async with server.get(PATH, headers=BEARER) as response:
        assert "Retry-After" not in response.headers
        assert (await response.json())["error"]["code"] == "insufficient_quota"


async def test_accepting_slowly(server):
    await server.post("/_sandbox/faults", json={"accept_delay_ms": 800})
    connecting = asyncio.ensure_future(server.ws_connect(PATH, headers=BEARER))
    await state(server).clock.asleep.wait()
    await state(server).clock.advance(799)
    assert not connecting.done()
    await state(server).clock.advance(1)
    async with await connecting as socket:
        assert (await receive(socket))["type"] == "session.created"


async def test_expiry_closes_with_1001(server):
    await server.post("/_sandbox/faults", json={"session_expires_in_ms": 1000})
    async with connected(server) as socket:
        await step(server, 1000)
        assert (await receive(socket))["error"]["code"] == "session_expired"
        assert (await socket.receive()).type is WSMsgType.CLOSE
        assert socket.close_code == 1001


async def test_dropping_a_connection(server):
    async with connected(server) as socket:
        (session,) = state(server).sessions.values()
        await server.post(f"/_sandbox/sessions/{session.id}/close", json={"abrupt": True})
        message = await socket.receive()
        assert message.type in (WSMsgType.CLOSED, WSMsgType.ERROR)
        assert socket.close_code == 1006
    await settle(server)
    assert session.closed_at_ms is not None


async def test_closing_with_a_code(server):
    async with connected(server) as socket:
        (session,) = state(server).sessions.values()
        await server.post(f"/_sandbox/sessions/{session.id}/close", json={"code": 1013})
        await socket.receive()
        assert socket.close_code == 1013


async def test_half_open_does_not_even_pong(server):
    await server.post("/_sandbox/faults", json={"half_open": True})
    socket = await server.ws_connect(PATH, headers=BEARER, autoping=False)
    await socket.ping()
    await send(socket, "response.create")
    await settle(server)
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.05)
    await server.delete("/_sandbox/faults")
    await socket.ping()
    assert (await socket.receive(timeout=5)).type is WSMsgType.PONG
    await socket.close()


@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_stalled_session_answers_neither_ping_nor_close_and_the_others_go_on(server, by_hand):
    socket = await server.ws_connect(PATH, headers=BEARER, autoping=False, autoclose=False)
    await receive(socket)
    (session,) = state(server).sessions.values()
    if by_hand:
        assert (await server.post(f"/_sandbox/sessions/{session.id}/stall", json={"ms": 5})).status == 400
        assert (await server.post(f"/_sandbox/sessions/{session.id}/stall")).status == 200
    else:
        faults = {"close_responses": 1, "close_at": "before_audio", "close_stalls": True}
        await server.post("/_sandbox/faults", json=faults)
        await send(socket, "response.create")
        await receive_until(socket, "rate_limits.updated")
        await step(server, 250)
        await receive_until(socket, "response.content_part.added")
    await socket.ping()
    await send(socket, "response.create")
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.05)
    async with connected(server) as other:
        await send(other, "response.create")
        assert (await receive(other))["type"] == "response.created"
    await socket._writer.close(1000, b"bye")  # without waiting for an answer, which will not come
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.05)
    assert session.closed_at_ms is None
    socket._response.connection.transport.abort()
    for _ in range(1000):
        if session.closed_at_ms is not None:
            break
        await asyncio.sleep(0.001)
    shown = await (await server.get(f"/_sandbox/sessions/{session.id}")).json()
    assert (shown["closed_by"], shown["is_stalled"], shown["state"]) == ("client", True, "closed")


async def test_a_stalled_session_ends_with_the_server():
    client = TestClient(TestServer(make_app(clock=Clock(stepped=True), api_key=KEY)))
    await client.start_server()
    socket = await client.ws_connect(PATH, headers=BEARER)
    await receive(socket)
    (session,) = client.server.app[STATE].sessions.values()
    session.stall()
    await client.server.close()  # first: a client that closes waits for an answer, which a stalled session never gives
    assert session.closed_at_ms is not None
    await client.close()


async def test_server_shutdown_says_goodbye():
    client = TestClient(TestServer(make_app(clock=Clock(stepped=True), api_key=KEY)))
    await client.start_server()
    socket = await client.ws_connect(PATH, headers=BEARER)
    await receive(socket)
    closing = asyncio.ensure_future(client.server.close())
    assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
    assert socket.close_code == 1001
    await closing
    await client.close()
