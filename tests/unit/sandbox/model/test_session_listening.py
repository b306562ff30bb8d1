"""The listening side, event by event: append, turns, commit, clear, transcription, idle time-out."""

import base64

import pytest

from sandbox import audio, speech
from sandbox.model.formats import Format, from_mulaw
from tests.unit.sandbox.model.stepped_client import kinds, pick

HOURS = "Could you tell me your opening hours, please?"
TRANSCRIPTION = "conversation.item.input_audio_transcription"


async def test_a_turn_in_the_documented_order(client):
    said = speech.say(HOURS).audio
    await client.speak(audio.silence(400) + said, then_silence_ms=440)
    started = pick(client.read(), "input_audio_buffer.speech_started")
    assert started["audio_start_ms"] == 100  # 400 ms of silence, less 300 ms of padding
    await client.speak(b"", then_silence_ms=140)
    events = client.read()
    assert kinds(events)[:6] == [
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "rate_limits.updated",
    ]
    stopped, committed, added, done = events[:4]
    assert stopped["item_id"] == committed["item_id"] == added["item"]["id"] == started["item_id"]
    assert committed["previous_item_id"] is None
    voice_end_ms = stopped["audio_end_ms"] - 500
    assert voice_end_ms % 20 == 0
    assert 0 <= 400 + len(said) / 8 - voice_end_ms < 60
    assert added["item"]["content"] == done["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    assert added["item"]["role"] == "user"


async def test_transcription_comes_late_word_by_word(client):
    await client.say(HOURS)
    item_id = pick(client.read(), "input_audio_buffer.committed")["item_id"]
    events = [event for event in await client.wait(2000) if event["type"].startswith(TRANSCRIPTION)]
    deltas, completed = events[:-1], events[-1]
    assert {event["type"] for event in deltas} == {f"{TRANSCRIPTION}.delta"}
    assert "".join(event["delta"] for event in deltas) == completed["transcript"] == HOURS
    assert completed["type"] == f"{TRANSCRIPTION}.completed"
    assert {event["item_id"] for event in events} == {item_id}
    assert completed["usage"]["type"] == "tokens"
    client.send("conversation.item.retrieve", item_id=item_id)
    assert client.read()[0]["item"]["content"][0]["transcript"] == HOURS


async def test_no_transcription_unless_configured(fresh_client):
    fresh_client.connect()
    fresh_client.configure(transcribe=False)
    await fresh_client.say(HOURS)
    events = fresh_client.read() + await fresh_client.wait(3000)
    assert "input_audio_buffer.committed" in kinds(events)
    assert not any(kind.startswith(TRANSCRIPTION) for kind in kinds(events))


async def test_transcription_failure(client):
    client.faults.set({"transcription_failures": 1})
    await client.say(HOURS)
    client.read()
    failed = pick(await client.wait(2000), f"{TRANSCRIPTION}.failed")
    assert failed["error"]["code"] == "audio_unintelligible"
    assert failed["content_index"] == 0


async def test_speech_without_words_is_shown_as_such(client):
    mumble = audio.encode_mulaw([0, 6000, 8000, 2000, -5000, -7000, -3000, 900] * 1600)  # 1.6 s of a hum
    await client.speak(mumble, then_silence_ms=540)
    events = client.read() + await client.wait(3000)
    assert pick(events, f"{TRANSCRIPTION}.completed")["transcript"] == "(speech, 1.6 s)"
    assert pick(events, "response.output_audio_transcript.done")["transcript"] == "Could you say that again, please?"


async def test_silence_and_clicks_cause_nothing(client):
    await client.speak(audio.silence(3000))
    await client.speak(audio.dtmf_tone("5", tone_ms=40, pause_ms=200))
    assert client.read() == []


async def test_offsets_of_a_second_turn_count_all_appended_audio(client):
    said = audio.silence(400) + speech.say("Hello.").audio
    await client.speak(said, then_silence_ms=1000)
    first = client.read()
    length_ms = client.session.listening.buffer.total_ms
    await client.wait(5000)  # time without audio is no audio
    await client.speak(said, then_silence_ms=1000)
    second = client.read()
    for kind, offset in (("speech_started", "audio_start_ms"), ("speech_stopped", "audio_end_ms")):
        earlier, later = (pick(events, f"input_audio_buffer.{kind}")[offset] for events in (first, second))
        assert later == earlier + length_ms
    assert pick(second, "input_audio_buffer.committed")["previous_item_id"] is not None


async def test_one_big_append_is_heard_like_many_small_ones(client):
    client.append(speech.say("Hello.").audio + audio.silence(700) + speech.say(HOURS).audio + audio.silence(700))
    events = client.read()
    assert kinds(events).count("input_audio_buffer.speech_stopped") == 2
    assert [item.heard for item in client.session.conversation.items] == ["Hello.", HOURS]


async def test_turns_without_automatic_response(fresh_client):
    fresh_client.connect()
    fresh_client.configure(turn_detection={"type": "server_vad", "create_response": False})
    await fresh_client.say(HOURS)
    events = fresh_client.read() + await fresh_client.wait(3000)
    assert "input_audio_buffer.committed" in kinds(events)
    assert "response.created" not in kinds(events)


async def test_without_turn_detection_the_client_commits(fresh_client):
    fresh_client.connect()
    fresh_client.configure(turn_detection=None)
    await fresh_client.say(HOURS, then_silence_ms=2000)
    assert fresh_client.read() == []
    fresh_client.send("input_audio_buffer.commit")
    events = fresh_client.read()
    assert kinds(events) == ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
    assert fresh_client.session.conversation.items[0].heard == HOURS
    assert "response.created" not in kinds(await fresh_client.wait(2000))


async def test_a_commit_by_hand_within_a_turn_uses_its_item(client):
    await client.speak(speech.say(HOURS).audio)
    started = pick(client.read(), "input_audio_buffer.speech_started")
    client.send("input_audio_buffer.commit")
    assert pick(client.read(), "input_audio_buffer.committed")["item_id"] == started["item_id"]
    await client.speak(audio.silence(1000))
    assert "input_audio_buffer.speech_stopped" not in kinds(client.read())


@pytest.mark.parametrize("ms", [0, 99])
async def test_a_commit_of_too_little(client, ms):
    client.append(b"\xff" * (ms * 8))
    client.send("input_audio_buffer.commit", event_id="mine")
    error = client.read_error()
    assert (error["code"], error["event_id"]) == ("input_audio_buffer_commit_empty", "mine")
    client.append(b"\xff" * ((100 - ms) * 8))
    client.send("input_audio_buffer.commit")
    assert kinds(client.read())[0] == "input_audio_buffer.committed"


async def test_clear_drops_the_turn_but_not_the_time(client):
    await client.speak(speech.say(HOURS).audio)
    client.read()
    client.send("input_audio_buffer.clear")
    assert kinds(client.read()) == ["input_audio_buffer.cleared"]
    before = client.session.listening.buffer.total_ms
    await client.speak(audio.silence(1000))
    assert client.read() == []
    await client.say("Hello.")
    assert pick(client.read(), "input_audio_buffer.speech_started")["audio_start_ms"] > before


@pytest.mark.parametrize("encoded", ["not base64!", "AAA", "ÄÖÜ="])
async def test_audio_must_be_base64(client, encoded):
    client.send("input_audio_buffer.append", audio=encoded, event_id="mine")
    error = client.read_error()
    assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "audio", "mine")


async def test_too_much_audio_at_once(client):
    client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(15 * 1024 * 1024 + 1)).decode())
    assert client.read_error()["param"] == "audio"


async def test_other_formats_are_heard_and_understood(fresh_client):
    fresh_client.connect()
    for name in ("audio/pcma", "audio/pcm"):
        fresh_client.send(
            "session.update", session={"type": "realtime", "audio": {"input": {"format": {"type": name}}}}
        )
        fresh_client.read()
        before_ms = fresh_client.session.listening.buffer.total_ms
        fresh_client.append(from_mulaw(speech.say(HOURS).audio + audio.silence(700), Format(name)))
        events = fresh_client.read()
        assert pick(events, "input_audio_buffer.speech_stopped")["audio_end_ms"] > before_ms + 2000
        said = fresh_client.session.conversation.find(
            pick(events, "input_audio_buffer.committed")["item_id"], verb="retrieve"
        )
        assert said.heard == HOURS
        await fresh_client.wait(5000)
        fresh_client.read()


async def test_idle_time_out(fresh_client):
    client = fresh_client
    client.connect()
    client.configure(turn_detection={"type": "server_vad", "idle_timeout_ms": 6000})
    client.send("response.create")
    done_ms = None
    for _ in range(1000):  # the line stays open and quiet
        await client.speak(audio.silence(20))
        events = client.read()
        if "response.done" in kinds(events):
            done_ms = client.clock.now_ms()
            speech_ms = client.session.speaking.ended[0].audio_ms
        if "input_audio_buffer.timeout_triggered" in kinds(events):
            break
    assert kinds(events)[:5] == [
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
    ]
    assert client.clock.now_ms() - done_ms == pytest.approx(speech_ms + 6000, abs=40)
    triggered = events[0]
    assert triggered["audio_end_ms"] - triggered["audio_start_ms"] == pytest.approx(6000, abs=40)
    assert triggered["item_id"] == events[1]["item_id"]
    answer = pick(await client.wait(2000), "response.output_audio_transcript.done")
    assert answer["transcript"] == "Are you still there?"


async def test_speech_stops_the_idle_time_out(fresh_client):
    client = fresh_client
    client.connect()
    client.configure(turn_detection={"type": "server_vad", "idle_timeout_ms": 5000, "create_response": False})
    await client.respond()
    await client.say("Hello.")
    events = await client.wait(30_000)
    assert "input_audio_buffer.timeout_triggered" not in kinds(events)
