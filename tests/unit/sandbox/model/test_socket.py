"""The server over loopback: handshakes, frames, the record of a session, and the control routes."""

import base64

import aiohttp
import pytest
from aiohttp import WSMsgType

from sandbox import speech
from tests.unit.sandbox.model.serving import (
    BEARER,
    KEY,
    PATH,
    TELEPHONE,
    connected,
    receive,
    receive_until,
    send,
    settle,
    state,
    step,
)

# --- the handshake ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (PATH, {}, 401, None),
        (PATH, {"Authorization": f"Basic {KEY}"}, 401, None),
        (PATH, {"Authorization": "Bearer sk-other"}, 401, "invalid_api_key"),
        ("/v1/realtime", BEARER, 400, "missing_required_parameter"),
        ("/v1/realtime?model=gpt-4o-realtime-preview", BEARER, 404, "model_not_found"),
        ("/v1/realtime?call_id=rtc_1", BEARER, 404, "call_id_not_found"),
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
        times = (await (await server.get(f"/_sandbox/sessions/{session.id}/appends.json")).json())["at_ms"]
        assert (len(times), times[-1]) == (shown["appends"], pytest.approx(shown["last_append_at_ms"], abs=0.1))
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


# --- the record of a session --------------------------------------------------------------------------------------


async def test_the_record_tells_what_came_from_whom_when_and_why(server):
    said = speech.say("Please tell me about your tents.").audio + b"\xff" * 4800
    async with connected(server) as socket:
        (session,) = state(server).sessions.values()
        await send(socket, "session.update", session={**TELEPHONE, "instructions": "Be kind."})
        note = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "VIP"}]}
        await send(socket, "conversation.item.create", item=note)
        await step(server, 1000)
        await send(socket, "input_audio_buffer.append", audio=base64.b64encode(said[:8000]).decode())
        await step(server, 250)
        await send(socket, "input_audio_buffer.append", audio=base64.b64encode(said[8000:]).decode())
        await step(server, 10_000)
        await send(socket, "response.create", response={"instructions": "Ask whether they are there.", "tools": []})
        await step(server, 300)
        await server.post(f"/_sandbox/sessions/{session.id}/close", json={"code": 1012})
        await settle(server)
        shown = await (await server.get(f"/_sandbox/sessions/{session.id}")).json()
    assert [(item["source"], item["at_ms"]) for item in shown["items"]] == [
        ("client", 0),
        ("caller", 1250),
        ("model", 1500),
        ("model", 11_500),
    ]
    answer, question = shown["responses"]
    assert (answer["origin"], answer["instructions"], answer["status"]) == ("turn", "Be kind.", "completed")
    assert (answer["created_at_ms"], answer["first_audio_at_ms"]) == (1250, 1500)
    assert answer["ended_at_ms"] > 1500
    assert (question["origin"], question["instructions"]) == ("client", "Ask whether they are there.")
    assert (question["status"], question["ended_at_ms"]) == ("in_progress", None)
    assert (shown["first_append_at_ms"], shown["last_append_at_ms"]) == (1000, 1250)
    assert (shown["longest_append_gap_ms"], shown["audio_received_bytes"]) == (250, len(said))
    assert (shown["closed_by"], shown["close_code"], shown["expires_at_ms"]) == ("model", 1012, 3_600_000)
    assert shown["responses_ended"] == 1


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
        ("/_sandbox/script", {"rules": [], "first": True}),
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
        for body in ({"odd": "confetti"}, {}, {"odd": "binary", "times": 2}):
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
