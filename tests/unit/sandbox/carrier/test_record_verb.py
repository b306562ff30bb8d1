"""<Record>: a message after a beep, and every way in which it ends."""

import io
import wave

import numpy as np
import pytest

from sandbox import audio, signals, speech
from sandbox.carrier import calls, recordings
from sandbox.carrier.state import InlineDocument

MESSAGE = speech.say("Please tell me about your tents.").audio
MESSAGE_MS = len(MESSAGE) / 8


async def answered(world, attributes: str = "", *, before: str = ""):
    world.configure()
    record = f'<Record action="/got" recordingStatusCallback="/reported" {attributes}/>'
    world.application.pages |= {
        "/voice": f"<Response>{before}{record}<Redirect>/nothing</Redirect></Response>",
        "/got": '<Response><Pause length="600"/></Response>',
        "/nothing": '<Response><Pause length="600"/></Response>',
    }
    return await world.call()


async def spoken(world, attributes: str = "", **facts: str):
    call = await answered(world, attributes, **facts)
    await world.step(1500 if "Say" in facts.get("before", "") else 600)
    call.line.say(MESSAGE)
    await world.step(MESSAGE_MS)
    return call


def press(world, call, keys: str) -> None:
    world.carrier.spawn(calls.press(world.carrier, call=call, keys=keys))


async def samples_of(world, sid: str) -> np.ndarray:
    response = await world.raw("GET", f"/Recordings/{sid}.wav?RequestedChannels=2")
    with wave.open(io.BytesIO(await response.read()), "rb") as file:
        assert file.getnchannels() == 1
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


async def test_a_message_ends_with_silence_and_holds_the_caller_only(open_world):
    async with open_world() as world:
        call = await spoken(world, 'timeout="2" trim="do-not-trim"', before="<Say>anchor</Say>")
        await world.step(3500)
        (form,) = world.application.got("/got")
        (recording,) = call.recordings
        assert form["RecordingSid"] == recording.sid
        assert (
            form["RecordingUrl"] == f"{world.base}/2010-04-01/Accounts/{form['AccountSid']}/Recordings/{recording.sid}"
        )
        assert int(form["RecordingDuration"]) == round(recording.duration_ms / 1000)
        assert "Digits" not in form
        call.line.run()
        ((_, end),) = signals.find_beeps(bytes(call.line.outbound.past))
        (first, last, _), *_ = recording.spans
        assert (first / 8, last / 8) == (pytest.approx(end, abs=10), pytest.approx(end + recording.duration_ms, abs=10))
        samples = await samples_of(world, recording.sid)
        assert np.array_equal(samples, audio.decode_mulaw(bytes(call.line.inbound.past[first:last])))
        assert speech.recognise(audio.encode_mulaw(samples)) == "Please tell me about your tents."


async def test_its_file_is_reported_as_one_channel_of_the_verb(open_world):
    async with open_world() as world:
        await spoken(world, 'timeout="1"')
        await world.step(2500)
        (form,) = world.application.got("/reported")
        assert (form["RecordingStatus"], form["RecordingSource"]) == ("completed", "RecordVerb")
        assert (form["RecordingChannels"], form["RecordingTrack"]) == ("1", "inbound")
        assert int(form["RecordingDuration"]) == round(MESSAGE_MS / 1000)


async def test_a_key_ends_it(open_world):
    async with open_world() as world:
        call = await spoken(world, 'finishOnKey="#*"')
        press(world, call, "1#")
        await world.step(600)
        assert [form["Digits"] for form in world.application.got("/got")] == ["#"]


async def test_it_has_a_longest_length(open_world):
    async with open_world() as world:
        call = await answered(world, 'maxLength="3" playBeep="false" trim="do-not-trim"')
        call.line.say(MESSAGE * 4)
        await world.step(3100)
        assert [form["RecordingDuration"] for form in world.application.got("/got")] == ["3"]
        assert signals.find_beeps(bytes(call.line.outbound.past)) == []


async def test_a_message_without_a_word_is_none(open_world):
    async with open_world() as world:
        await answered(world, 'timeout="2" recordingStatusCallbackEvent="completed absent"')
        await world.step(3000)
        assert (world.application.got("/got"), len(world.application.got("/nothing"))) == ([], 1)
        assert [form["RecordingStatus"] for form in world.application.got("/reported")] == ["absent"]


async def test_a_hang_up_ends_it_and_is_told(open_world):
    async with open_world() as world:
        call = await spoken(world)
        calls.hang_up(call, by="caller")
        await world.step(500)
        (form,) = world.application.got("/got")
        assert (form["Digits"], form["CallStatus"]) == ("hangup", "completed")
        assert [form["RecordingStatus"] for form in world.application.got("/reported")] == ["completed"]


async def test_new_instructions_end_it_and_nobody_is_asked(open_world):
    async with open_world() as world:
        call = await spoken(world)
        calls.redirect(call, source=InlineDocument('<Response><Pause length="600"/></Response>'))
        await world.step(500)
        assert world.application.got("/got") == []
        assert len(world.application.got("/reported")) == 1


async def test_it_runs_beside_the_recording_of_the_call(open_world):
    async with open_world() as world:
        start = '<Start><Recording recordingStatusCallback="http://127.0.0.1:1/x"/></Start>'
        call = await spoken(world, 'timeout="1"', before=start)
        whole, message = call.recordings
        assert recordings.current(call) is whole
        await world.step(1500)
        assert (whole.status, message.status) == ("in-progress", "completed")
        assert ("warning", 21220) not in world.problems()


async def test_without_an_action_the_document_itself_is_asked(open_world):
    async with open_world() as world:
        call = await answered(world)
        world.application.pages["/voice"] = "<Response><Record/></Response>"
        call = await world.call()
        await world.step(600)
        call.line.say(MESSAGE)
        await world.step(MESSAGE_MS)
        press(world, call, "5")
        await world.step(300)
        assert [form.get("Digits") for form in world.application.got("/voice")][-1] == "5"
