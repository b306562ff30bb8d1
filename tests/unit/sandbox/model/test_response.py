"""A response from `response.created` to `response.done`, event by event."""

import base64

import pytest

from sandbox import speech
from tests.unit.sandbox.model.stepped_client import kinds, pick, spoken, without_deltas

GREETING = "Thank you for calling Marlow Outdoor. How can I help you today?"


async def test_the_life_cycle_of_a_spoken_response(client):
    events = await client.respond()
    assert without_deltas(events) == [
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    created, done = events[0]["response"], events[-1]["response"]
    assert (created["status"], created["output"], created["usage"]) == ("in_progress", [], None)
    assert created["conversation_id"] == client.session.conversation.id
    assert created["audio"]["output"] == {"format": {"type": "audio/pcmu"}, "voice": "marin"}
    assert (done["status"], done["status_details"]) == ("completed", None)
    (item,) = done["output"]
    assert item["content"] == [{"type": "output_audio", "transcript": GREETING}]
    assert pick(events, "response.output_item.added")["item"]["content"] == []
    assert pick(events, "response.output_item.added")["item"]["status"] == "in_progress"
    assert pick(events, "response.content_part.added")["part"] == {"type": "audio", "transcript": ""}
    assert pick(events, "response.content_part.done")["part"] == {"type": "audio", "transcript": GREETING}
    assert pick(events, "conversation.item.done")["item"] == item
    assert spoken(events) == speech.say(GREETING, voice="assistant").audio
    for event in events:
        if event["type"].endswith(".delta"):
            assert event["response_id"] == done["id"]
            assert event["item_id"] == item["id"]
            assert (event["output_index"], event["content_index"]) == (0, 0)


async def test_words_come_one_by_one_between_the_audio(client):
    deltas = [event for event in await client.respond() if event["type"].endswith(".delta")]
    words = [event["delta"] for event in deltas if event["type"] == "response.output_audio_transcript.delta"]
    assert "".join(words) == GREETING
    assert len(words) == len(GREETING.split())
    runs = "".join("w" if "transcript" in event["type"] else "a" for event in deltas)
    assert runs.count("wa") >= 5
    pieces_ms = [len(base64.b64decode(event["delta"])) / 8 for event in deltas if "transcript" not in event["type"]]
    assert all(50 <= ms <= 400 for ms in pieces_ms)


async def test_thinking_and_speaking_faster_than_real_time(client):
    client.send("response.create")
    client.read()
    assert await client.wait(249) == []
    assert "response.output_audio.delta" in kinds(await client.wait(1))
    events = await client.wait(2 * 300)
    assert kinds(events)[-1] == "response.done"
    assert len(spoken(events)) > 3000 * 8


async def test_a_written_response(client):
    events = await client.respond(output_modalities=["text"], instructions="Say “In two words.”")
    assert without_deltas(events)[4:8] == [
        "response.content_part.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
    ]
    assert pick(events, "response.content_part.done")["part"] == {"type": "text", "text": "In two words."}
    words = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    assert words == ["In", " two", " words."]
    assert events[-1]["response"]["usage"]["output_token_details"]["audio_tokens"] == 0


async def test_a_dictated_text_without_a_clip_is_spoken_as_tones(client):
    events = await client.respond(instructions="Greet them: “Good day, Ms Ødegård.”")
    assert speech.recognise(spoken(events)) == "Good day, Ms Ødegård."


async def test_output_in_another_format(client):
    formats = {"output": {"format": {"type": "audio/pcm"}}}
    client.send("session.update", session={"type": "realtime", "audio": formats})
    client.read()
    events = await client.respond()
    assert len(spoken(events)) == 6 * len(speech.say(GREETING, voice="assistant").audio)
    assert events[-1]["response"]["usage"]["output_token_details"]["audio_tokens"] == pytest.approx(70, abs=3)


async def test_exact_bytes_in_exact_pieces(client):
    audio_bytes = bytes(range(256)) * 5
    client.rule("river", audio_b64=base64.b64encode(audio_bytes).decode(), chunk_bytes=[1, 159, 333], says="river")
    await client.say("river")
    events = await client.wait(3000)
    sizes = [
        len(base64.b64decode(event["delta"])) for event in events if event["type"] == "response.output_audio.delta"
    ]
    assert sizes == [1, 159, 333, 333, 333, 121]
    assert spoken(events) == audio_bytes == bytes(client.session.wire.spoken)


async def test_usage_grows_and_is_cached(client):
    first = (await client.respond())[-1]["response"]["usage"]
    await client.say("Thank you very much.")
    second = (await client.wait(5000))[-1]["response"]["usage"]
    assert first["input_token_details"]["cached_tokens"] == 0
    assert second["input_token_details"]["cached_tokens"] == first["input_tokens"]
    assert second["input_tokens"] > first["input_tokens"]
    assert first["output_token_details"]["audio_tokens"] == -(-speech.say(GREETING, voice="assistant").ms // 50)
    assert first["total_tokens"] == first["input_tokens"] + first["output_tokens"]


async def test_metadata_comes_back(client):
    events = await client.respond(metadata={"topic": "greeting"})
    assert events[0]["response"]["metadata"] == events[-1]["response"]["metadata"] == {"topic": "greeting"}


async def test_too_few_output_tokens(client):
    events = await client.respond(max_output_tokens=20)
    done = events[-1]["response"]
    assert (done["status"], done["status_details"]) == (
        "incomplete",
        {"type": "incomplete", "reason": "max_output_tokens"},
    )
    assert done["usage"]["output_tokens"] <= 20
    assert done["output"][0]["status"] == "incomplete"
    assert without_deltas(events)[-4:] == [
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]


async def test_a_failed_response(client):
    client.faults.set({"response_failures": 1, "response_failure_code": "insufficient_quota"})
    done = (await client.respond())[-1]["response"]
    assert done["status"] == "failed"
    assert done["status_details"]["error"]["code"] == "insufficient_quota"
    assert (await client.respond())[-1]["response"]["status"] == "completed"


async def test_exact_audio_has_no_written_form(client):
    client.rule("river", audio_b64=base64.b64encode(bytes(800)).decode())
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "river"}]}
    client.send("conversation.item.create", item=item)
    client.read()
    done = (await client.respond(output_modalities=["text"]))[-1]["response"]
    assert done["output"][0]["content"] == [{"type": "output_text", "text": ""}]
