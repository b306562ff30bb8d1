"""The server over loopback: handshakes, frames, control routes, and the faults of the connection itself."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from sandbox import speech
from sandbox.clock import Clock
from sandbox.model.app import STATE, make_app

KEY = "sk-sandbox-1234567890"
PATH = "/v1/realtime?model=gpt-realtime-2.1"
BEARER = {"Authorization": f"Bearer {KEY}"}
TELEPHONE = {
    "type": "realtime",
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "transcription": {"model": "gpt-4o-transcribe"}},
        "output": {"format": {"type": "audio/pcmu"}},
    },
}


class AnnouncingClock(Clock):
    """A stepped clock that tells when somebody waits for it."""

    def __init__(self):
        super().__init__(stepped=True)
        self.asleep = asyncio.Event()

    async def sleep(self, ms):
        self.asleep.set()
        await super().sleep(ms)


@pytest.fixture
async def server():
    async with TestClient(TestServer(make_app(clock=AnnouncingClock(), api_key=KEY))) as client:
        yield client


def state(server):
    return server.app[STATE]


@asynccontextmanager
async def connected(server, **headers):
    async with server.ws_connect(PATH, headers=BEARER | headers, max_msg_size=0) as socket:
        assert (await receive(socket))["type"] == "session.created"
        yield socket


async def receive(socket):
    return json.loads(await socket.receive_str(timeout=5))


async def receive_until(socket, kind):
    events = []
    while not events or events[-1]["type"] != kind:
        events.append(await receive(socket))
    return events


async def send(socket, kind, **fields):
    await socket.send_str(json.dumps({"type": kind, **fields}))


async def step(server, ms):
    """Let what was sent arrive, then move the clock."""
    await settle(server)
    await state(server).clock.advance(ms)


async def settle(server):
    """Wait until no frame is on its way any more."""
    seen = None
    while seen != state(server).last_traffic_s:
        seen = state(server).last_traffic_s
        for _ in range(50):
            await asyncio.sleep(0)


# --- the handshake ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (PATH, {}, 401, None),
        (PATH, {"Authorization": f"Basic {KEY}"}, 401, None),
        (PATH, {"Authorization": "Bearer sk-other"}, 401, "invalid_api_key"),
        ("/v1/realtime", BEARER, 400, "missing_required_parameter"),
        ("/v1/realtime?model=gpt-4o-realtime-preview", BEARER, 404, "model_not_found"),
        ("/v1/realtime?call_id=rtc_1", BEARER, 404, "not_found"),
        ("/v1/realtime?intent=transcription", BEARER, 404, "not_found"),
    ],
)
async def test_refused_handshakes(server, path, headers, status, code):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await server.ws_connect(path, headers=headers)
    assert refused.value.status == status
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    async with server.get(path, headers=headers | upgrade) as response:
        error = (await response.json())["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", code)
    assert KEY not in error["message"]


async def test_a_plain_request_is_no_socket(server):
    async with server.get(PATH, headers=BEARER) as response:
        assert response.status == 400


async def test_the_retired_beta_is_told_so_and_closed(server):
    async with server.ws_connect(PATH, headers=BEARER | {"OpenAI-Beta": "realtime=v1"}) as socket:
        assert (await receive(socket))["error"]["code"] == "beta_api_shape_disabled"
        assert (await socket.receive()).type is WSMsgType.CLOSE
        assert socket.close_code == 4000
    assert state(server).sessions == {}


async def test_an_sdk_like_handshake_with_other_headers(server):
    async with connected(server, **{"OpenAI-Safety-Identifier": "abc"}) as socket:
        await send(socket, "session.update", session=TELEPHONE)
        assert (await receive(socket))["type"] == "session.updated"


@pytest.mark.parametrize(("status", "error_type"), [(429, "rate_limit_error"), (500, "server_error")])
async def test_refusing_the_next_connections(server, status, error_type):
    await server.post("/_sandbox/faults", json={"refuse_connects": 2, "refuse_status": status})
    for _ in range(2):
        async with server.get(PATH, headers=BEARER) as response:
            assert response.status == status
            assert (await response.json())["error"]["type"] == error_type
    async with connected(server):
        pass


async def test_accepting_slowly(server):
    await server.post("/_sandbox/faults", json={"accept_delay_ms": 800})
    connecting = asyncio.ensure_future(server.ws_connect(PATH, headers=BEARER))
    await state(server).clock.asleep.wait()
    await state(server).clock.advance(799)
    assert not connecting.done()
    await state(server).clock.advance(1)
    async with await connecting as socket:
        assert (await receive(socket))["type"] == "session.created"


# --- a call over the socket ---------------------------------------------------------------------------------------


async def test_a_caller_is_heard_and_answered(server):
    said = speech.say("Please tell me about your tents.").audio + b"\xff" * 4800
    async with connected(server) as socket:
        await send(socket, "session.update", session=TELEPHONE)
        await receive_until(socket, "session.updated")
        for start in range(0, len(said), 160):
            await send(socket, "input_audio_buffer.append", audio=base64.b64encode(said[start : start + 160]).decode())
        await receive_until(socket, "rate_limits.updated")
        await step(server, 10_000)
        events = await receive_until(socket, "response.done")
        (session,) = state(server).sessions.values()
        assert state(server).received_audio_bytes == len(said)

        shown = await (await server.get(f"/_sandbox/sessions/{session.id}")).json()
        assert [event["type"] for event in shown["received"]] == ["session.update"]
        assert (shown["state"], shown["appends"]) == ("open", -(-len(said) // 160))
        assert shown["items"][0]["content"][0]["transcript"] == "Please tell me about your tents."
        assert shown["responses"][0]["usage"]["total_tokens"] == shown["usage"]["total_tokens"]
        received = await (await server.get(f"/_sandbox/sessions/{session.id}/received.ulaw")).read()
        assert received == said
        spoken = await (await server.get(f"/_sandbox/sessions/{session.id}/spoken.ulaw")).read()
        deltas = [event["delta"] for event in events if event["type"] == "response.output_audio.delta"]
        assert spoken == b"".join(base64.b64decode(delta) for delta in deltas)
    await settle(server)
    listed = (await (await server.get("/_sandbox/sessions")).json())["sessions"]
    assert [(one["id"], one["state"]) for one in listed] == [(session.id, "closed")]


async def test_binary_frames_and_pings(server):
    async with connected(server) as socket:
        await socket.send_bytes(b"\x00\x01")
        assert (await receive(socket))["error"]["type"] == "invalid_request_error"
        await socket.ping(b"still there?")
        await send(socket, "response.cancel")
        assert (await receive(socket))["error"]["code"] == "response_cancel_not_active"


async def test_a_large_append_is_taken(server):
    async with connected(server) as socket:
        await send(socket, "input_audio_buffer.append", audio=base64.b64encode(bytes(15 * 1024 * 1024)).decode())
        await send(socket, "input_audio_buffer.clear")
        events = await receive_until(socket, "input_audio_buffer.cleared")
        assert "error" not in [event["type"] for event in events]


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


# --- control ------------------------------------------------------------------------------------------------------


async def test_adding_and_removing_rules(server):
    rule = {"hears": "river", "says": "A river runs."}
    assert await (await server.post("/_sandbox/script", json={"rules": [rule]})).json() == {"extra_rules": 1}
    assert await (await server.delete("/_sandbox/script")).json() == {"extra_rules": 0}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sandbox/script", {"rules": [{"says": "x"}]}),
        ("/_sandbox/script", {"rules": "x"}),
        ("/_sandbox/script", {"hears": "x"}),
        ("/_sandbox/script", []),
        ("/_sandbox/faults", {"no_such": True}),
        ("/_sandbox/faults", "x"),
    ],
)
async def test_control_refuses_what_it_does_not_understand(server, path, body):
    async with server.post(path, json=body) as response:
        assert response.status == 400
        assert (await response.json())["error"]


async def test_control_refuses_a_body_that_is_not_json(server):
    async with server.post("/_sandbox/script", data=b"{") as response:
        assert response.status == 400


async def test_an_unknown_session(server):
    async with server.get("/_sandbox/sessions/sess_unknown") as response:
        assert response.status == 404


async def test_sending_odd_things_into_a_live_session(server):
    async with connected(server) as socket:
        (session,) = state(server).sessions.values()
        await server.post(f"/_sandbox/sessions/{session.id}/send", json={"odd": "unknown_type"})
        assert (await receive(socket))["type"] == "response.telepathy.delta"
        await server.post(f"/_sandbox/sessions/{session.id}/send", json={"error": {"code": "rate_limit_exceeded"}})
        assert (await receive(socket))["error"]["code"] == "rate_limit_exceeded"
        for body in ({"odd": "confetti"}, {}):
            async with server.post(f"/_sandbox/sessions/{session.id}/send", json=body) as response:
                assert response.status == 400


async def test_faults_are_shown_and_cleared(server):
    await server.post("/_sandbox/faults", json={"half_open": True})
    assert (await (await server.get("/_sandbox/faults")).json())["half_open"] is True
    await server.delete("/_sandbox/faults")
    assert (await (await server.get("/_sandbox/faults")).json())["half_open"] is False


async def test_old_sessions_are_forgotten(server):
    for _ in range(45):
        async with connected(server):
            pass
        await settle(server)
    assert len(state(server).sessions) <= 41
