"""Connections that break or stall at a chosen moment, and answers that come late or with bad news."""

import pytest

from sandbox import speech
from sandbox.model.wire import Close
from tests.unit.sandbox.model.stepped_client import END_CALL, kinds, pick, spoken

GOODBYE = "No, that is all. Goodbye."


async def say_goodbye(client):
    """A turn whose answer is a sentence and a function call, read up to the end."""
    client.configure(tools=[END_CALL])
    await client.say(GOODBYE)
    return client.read() + await client.wait(5000)


# --- where it breaks ----------------------------------------------------------------------------------------------


async def test_before_the_first_sound(client):
    client.faults.set({"close_responses": 1, "close_at": "before_audio", "close_code": 1013})
    events = await client.respond()
    assert kinds(events)[-1] == "response.content_part.added"
    assert client.closed == Close(1013, "server error")
    assert client.session.wire.spoken == b""
    assert await client.wait(60_000) == []


async def test_only_a_response_that_speaks_breaks_before_its_sound(client):
    client.faults.set({"close_responses": 1, "close_at": "before_audio"})
    assert kinds(await client.respond(output_modalities=["text"]))[-1] == "response.done"
    assert kinds(await client.respond(conversation="none"))[-1] == "response.done"
    assert client.faults.close_responses == 1
    await client.respond()
    assert client.closed is not None


async def test_right_after_a_function_call(client):
    client.faults.set({"close_responses": 1, "close_at": "function_call"})
    assert kinds(await client.respond())[-1] == "response.done"  # no call, no break
    events = await say_goodbye(client)
    assert kinds(events)[-1] == "conversation.item.done"
    assert events[-1]["item"]["type"] == "function_call"
    assert events[-1]["item"]["arguments"] == '{"reason": "caller_finished"}'
    assert client.closed == Close(1011, "server error")


async def test_only_in_the_session_that_is_named(client):
    client.faults.set({"close_responses": 1, "close_session": "sess_other"})
    assert kinds(await client.respond())[-1] == "response.done"
    client.faults.set({"close_session": client.session.id})
    await client.respond()
    assert client.closed == Close(1011, "server error")
    assert client.faults.close_responses == 0


async def test_while_the_caller_speaks(client):
    client.faults.set({"close_turns": 1, "close_abruptly": True})
    await client.say("Hello.")
    assert kinds(client.read()) == ["input_audio_buffer.speech_started"]
    assert client.closed == Close(None, "server error")
    received = len(client.session.listening.buffer.received)
    client.append(speech.say("Hello.").audio)
    assert len(client.session.listening.buffer.received) == received, "a dead server hears nothing"
    assert await client.wait(60_000) == []


async def test_what_was_open_at_the_end_stays_in_the_record(client):
    client.faults.set({"close_responses": 1, "close_after_deltas": 3})
    await client.respond()
    (response,) = client.session.speaking.responses
    assert (response.status, response.ended_at_ms) == ("in_progress", None)
    assert client.session.speaking.ended == []
    (item,) = client.session.conversation.items
    assert bytes(item.audio) == bytes(client.session.wire.spoken)


# --- stalling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "last"),
    [
        ({"close_responses": 1, "close_at": "before_audio"}, "response.content_part.added"),
        ({"close_responses": 1, "close_after_deltas": 2}, "response.output_audio.delta"),
        ({"close_responses": 1, "close_at": "function_call"}, "conversation.item.done"),
        ({"close_turns": 1}, "input_audio_buffer.speech_started"),
    ],
)
async def test_any_of_these_moments_can_begin_a_stall(client, switches, last):
    client.faults.set({**switches, "close_stalls": True})
    events = await say_goodbye(client)
    assert kinds(events)[-1] == last
    assert client.closed is None
    assert client.session.wire.is_stalled
    client.send("response.create")
    client.send("nonsense")
    client.session.receive_binary()
    assert await client.wait(2 * 60 * 60 * 1000) == []
    assert client.closed is None, "not even the expiry of the session gets through"


async def test_one_session_stalls_and_another_does_not(client):
    client.session.stall()
    stalled = client.session
    client.send("response.create")
    assert await client.wait(5000) == []
    client.connect()
    client.configure()
    assert kinds(await client.respond())[-1] == "response.done"
    assert stalled.wire.received[-1]["type"] == "session.update", "what is sent into a stall arrives nowhere"
    stalled.stop()


# --- late, and with bad news --------------------------------------------------------------------------------------


async def test_slow_first_sound_for_so_many_responses(client):
    client.faults.set({"slow_responses": 1, "slow_first_audio_ms": 4000})
    await client.respond(output_modalities=["text"])
    await client.respond(conversation="none")
    assert client.faults.slow_responses == 1, "only a response of the conversation that speaks is slow"
    client.send("response.create")
    client.read()
    assert await client.wait(4249) == []
    assert "response.output_audio.delta" in kinds(await client.wait(1))
    await client.wait(5000)
    client.send("response.create")
    client.read()
    assert "response.output_audio.delta" in kinds(await client.wait(250))


async def test_errors_in_the_middle_of_a_response(client):
    client.faults.set(
        {"error_events": [{"code": "server_error"}], "odd_events": ["unknown_type"], "events_after_deltas": 2}
    )
    events = await client.respond()
    shown = [event["type"] for event in events if event["type"] in ("error", "response.output_audio.delta")]
    assert shown[:4] == ["response.output_audio.delta"] * 2 + ["error", "response.output_audio.delta"]
    assert "response.telepathy.delta" in kinds(events)
    assert events[-1]["response"]["status"] == "completed"
    assert "error" not in kinds(await client.respond())


async def test_rate_limits_as_chosen(client):
    limits = [{"name": "tokens", "remaining": 0, "reset_seconds": 41.5}]
    client.faults.set({"rate_limits": limits})
    shown = {one["name"]: one for one in pick(await client.respond(), "rate_limits.updated")["rate_limits"]}
    assert shown["tokens"] == {"name": "tokens", "limit": 800_000, "remaining": 0, "reset_seconds": 41.5}
    assert shown["requests"]["remaining"] == 4999


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("insufficient_quota", "insufficient_quota"),
        ("rate_limit_exceeded", "rate_limit_error"),
        ("server_error", "server_error"),
    ],
)
async def test_a_failed_response_names_its_kind_of_error(client, code, error_type):
    client.faults.set({"response_failures": 1, "response_failure_code": code})
    error = (await client.respond())[-1]["response"]["status_details"]["error"]
    assert (error["type"], error["code"]) == (error_type, code)


# --- expiry -------------------------------------------------------------------------------------------------------


async def test_a_short_life_is_announced_and_ends_as_documented(fresh_client):
    client = fresh_client
    client.faults.set({"session_expires_in_ms": 90_000})
    client.connect()
    (created,) = client.read()
    in_s = created["session"]["expires_at"] - client.clock.date().timestamp()
    assert 89 < in_s <= 90
    client.configure()
    client.rule("river", says="anchor basket candle", burst_ms=60_000)
    await client.clock.advance(85_000)
    client.send(
        "conversation.item.create",
        item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "river"}]},
    )
    client.send("response.create")
    events = client.read() + await client.wait(5000)
    assert kinds(events)[-1] == "error", "a response under way does not lengthen it"
    assert events[-1]["error"]["code"] == "session_expired"
    assert client.closed == Close(1001, "session expired")
    assert spoken(events)
