"""A session as a whole: start, updates, refusals, items, expiry, and how it misbehaves on request."""

import json

import pytest

from sandbox.model.wire import Close
from tests.unit.sandbox.model.stepped_client import kinds, pick


async def test_the_first_event(fresh_client):
    fresh_client.connect(model="gpt-realtime-1.5")
    (created,) = fresh_client.read()
    assert created["type"] == "session.created"
    session = created["session"]
    assert session["id"].startswith("sess_")
    assert (session["object"], session["model"], session["type"]) == (
        "realtime.session",
        "gpt-realtime-1.5",
        "realtime",
    )
    opened_at = fresh_client.clock.date().timestamp()
    assert session["expires_at"] == pytest.approx(opened_at + 3600, abs=2)


async def test_an_update_is_answered_with_the_full_object(client):
    client.send("session.update", session={"type": "realtime", "instructions": "Be brief."})
    (updated,) = client.read()
    assert updated["session"]["instructions"] == "Be brief."
    assert updated["session"]["audio"]["output"]["voice"] == "marin"
    assert updated["session"]["id"] == client.session.id


async def test_a_refused_update_changes_nothing_and_the_session_lives_on(client):
    beta = {"type": "realtime", "instructions": "x", "voice": "alloy"}
    client.send("session.update", session=beta, event_id="mine_7")
    error = client.read_error()
    assert error == {
        "type": "invalid_request_error",
        "code": "unknown_parameter",
        "message": "Unknown parameter: 'session.voice'.",
        "param": "session.voice",
        "event_id": "mine_7",
    }
    client.send("session.update", session={"type": "realtime"})
    assert client.read()[0]["session"]["instructions"] == "Be kind."


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"', '{"type": "no.such"}', "{}"])
async def test_nonsense_is_answered_with_an_error(client, text):
    client.session.receive(text)
    error = client.read_error()
    assert (error["type"], error["event_id"]) == ("invalid_request_error", None)


async def test_a_binary_frame_is_answered_with_an_error(client):
    client.session.receive_binary()
    assert client.read_error()["type"] == "invalid_request_error"


async def test_every_event_has_its_own_id(client):
    ids = [event["event_id"] for event in await client.respond()]
    assert len(set(ids)) == len(ids)


async def test_items_can_be_retrieved_and_deleted(client):
    item = {"type": "message", "id": "note", "role": "system", "content": [{"type": "input_text", "text": "VIP"}]}
    client.send("conversation.item.create", item=item)
    client.read()
    client.send("conversation.item.retrieve", item_id="note")
    assert client.read()[0]["item"]["content"] == [{"type": "input_text", "text": "VIP"}]
    client.send("conversation.item.delete", item_id="note")
    (deleted,) = client.read()
    assert (deleted["type"], deleted["item_id"]) == ("conversation.item.deleted", "note")
    client.send("conversation.item.retrieve", item_id="note")
    assert client.read_error()["code"] == "item_retrieve_invalid_item_id"


async def test_expiry_after_an_hour(client):
    await client.clock.advance(60 * 60 * 1000 - 1)
    assert client.read() == []
    (expired,) = await client.wait(1)
    assert expired["error"]["code"] == "session_expired"
    assert "60 minutes" in expired["error"]["message"]
    assert client.closed == Close(1001, "session expired")


async def test_expiry_on_request(fresh_client):
    fresh_client.faults.set({"session_expires_in_ms": 5000})
    fresh_client.connect()
    fresh_client.read()
    assert pick(await fresh_client.wait(5000), "error")["error"]["code"] == "session_expired"


async def test_stopping_ends_everything(client):
    client.send("response.create")
    client.read()
    client.session.stop()
    assert await client.wait(60 * 60 * 1000) == []


async def test_the_log_keeps_events_but_not_audio(client):
    client.append(b"\xff" * 160)
    client.append(b"\xff" * 160)
    events = await client.respond()
    wire = client.session.wire
    assert len(wire.append_times_ms) == 2
    assert [event["type"] for event in wire.received] == ["session.update", "response.create"]
    assert kinds(wire.sent)[-len(events) :] == kinds(events)
    assert all("delta" not in event for event in wire.sent if event["type"] == "response.output_audio.delta")
    assert json.dumps(wire.sent)


# --- misbehaving --------------------------------------------------------------------------------------------------


async def test_closing_in_the_middle_of_a_response(client):
    client.faults.set({"close_responses": 1, "close_after_deltas": 2, "close_code": 1011})
    events = await client.respond()
    assert kinds(events).count("response.output_audio.delta") == 2
    assert "response.done" not in kinds(events)
    assert client.closed == Close(1011, "server error")


async def test_dropping_the_connection(client):
    client.faults.set({"close_responses": 1, "close_after_deltas": 1, "close_abruptly": True})
    await client.respond()
    assert client.closed.code is None


async def test_odd_and_error_events_come_with_the_next_response_once(client):
    client.faults.set({"odd_events": ["unknown_type", "missing_fields"], "error_events": [{"code": "server_error"}]})
    events = await client.respond()
    assert kinds(events)[2:5] == ["response.telepathy.delta", "response.output_audio.delta", "error"]
    assert "delta" not in events[3]
    assert events[4]["error"]["code"] == "server_error"
    assert events[-1]["response"]["status"] == "completed"
    assert "error" not in kinds(await client.respond())


async def test_frames_that_are_no_events(client):
    client.faults.set({"odd_events": ["not_json", "not_object", "binary"]})
    client.send("response.create")
    frames = [client.session.wire.outbox.get_nowait() for _ in range(5)][2:]
    assert frames[0].startswith("this is")
    assert json.loads(frames[1]) == [1, 2, 3]
    assert isinstance(frames[2], bytes)


async def test_a_slow_first_word(client):
    client.faults.set({"first_audio_delay_ms": 3000})
    client.send("response.create")
    client.read()
    assert await client.wait(3249) == []
    assert "response.output_audio.delta" in kinds(await client.wait(1))


async def test_half_open(client):
    client.faults.set({"half_open": True})
    client.send("response.create")
    client.send("nonsense")
    assert await client.wait(10_000) == []
    client.faults.clear()
    assert kinds(await client.respond())[-1] == "response.done"
