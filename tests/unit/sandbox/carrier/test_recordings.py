"""A recording holds, sample by sample, what was on the line; its callbacks and its file follow the carrier's rules."""

import io
import wave
from email.utils import parsedate_to_datetime

import numpy as np
import pytest
from twilio.request_validator import RequestValidator

from sandbox import audio, speech
from sandbox.carrier import books, calls, recordings, sound_files
from sandbox.carrier.twiml import TwimlError

SAID = speech.say("anchor basket", voice="assistant").audio
EVENTS = "in-progress completed absent"


def document(world, *, attributes: str = "", verbs: str = "<Say>anchor basket</Say><Pause/>") -> str:
    return (
        f'<Response><Start><Recording recordingStatusCallback="{world.application.base}/recording" '
        f'recordingStatusCallbackEvent="{EVENTS}" {attributes}/></Start>{verbs}</Response>'
    )


async def recorded_call(world, **facts: str):
    world.configure()
    world.application.pages["/voice"] = document(world, **facts)
    return await world.call()


def channels_of(path) -> tuple[np.ndarray, np.ndarray]:
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return samples[0::2], samples[1::2]


def stereo(world, recording) -> tuple[np.ndarray, np.ndarray]:
    return channels_of(recordings.media_path(world.carrier, recording, channels=2))


def same(samples: np.ndarray, mulaw: bytes) -> bool:
    return np.array_equal(samples, audio.decode_mulaw(mulaw))


async def test_both_channels_are_what_was_on_the_line(open_world):
    async with open_world() as world:
        call = await recorded_call(world)
        await world.step(200)
        spoken = bytes(range(1, 101)) * 8
        call.line.say(spoken)
        await world.until_ended(call)
        (recording,) = call.recordings
        left, right = stereo(world, recording)
        assert same(left, bytes(call.line.inbound.past))
        assert same(right, bytes(call.line.outbound.past))
        assert same(right, SAID + b"\xff" * 8000)
        assert same(left[1600 : 1600 + len(spoken)], spoken)


async def test_the_callbacks_and_their_parameters(open_world):
    async with open_world() as world:
        call = await recorded_call(world)
        await world.until_ended(call)
        started, completed = world.application.got("/recording")
        assert (started["RecordingStatus"], completed["RecordingStatus"]) == ("in-progress", "completed")
        (recording,) = call.recordings
        assert completed["RecordingSid"] == recording.sid == started["RecordingSid"]
        assert completed["RecordingSource"] == "StartCallRecordingTwiML"
        assert (completed["RecordingChannels"], completed["RecordingTrack"]) == ("2", "both")
        assert completed["RecordingDuration"] == str(round((len(SAID) / 8 + 1000) / 1000))
        assert completed["RecordingUrl"].endswith(
            f"/2010-04-01/Accounts/{world.carrier.account_sid}/Recordings/{recording.sid}"
        )
        began = parsedate_to_datetime(completed["RecordingStartTime"])
        assert abs((began - world.carrier.clock.date(recording.started_at_ms)).total_seconds()) < 1


async def test_by_default_only_completed_is_reported(open_world):
    async with open_world() as world:
        world.configure()
        url = f"{world.application.base}/recording"
        world.application.pages["/voice"] = (
            f'<Response><Start><Recording recordingStatusCallback="{url}"/></Start><Say>anchor</Say></Response>'
        )
        call = await world.call()
        await world.until_ended(call)
        assert [form["RecordingStatus"] for form in world.application.got("/recording")] == ["completed"]


async def test_a_relative_callback_is_11200_and_the_recording_goes_on(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = (
            '<Response><Start><Recording recordingStatusCallback="/recording"/></Start><Say>anchor</Say></Response>'
        )
        call = await world.call()
        await world.until_ended(call)
        assert world.problems() == [("error", 11200)]
        assert world.application.got("/recording") == []
        assert call.recordings[0].status == "completed"


@pytest.mark.parametrize("skip", [False, True])
async def test_a_pause_leaves_silence_or_nothing(open_world, skip):
    async with open_world() as world:
        call = await recorded_call(world, verbs='<Pause length="10"/>')
        call.line.say(b"\x10" * 80_000)
        await world.step(1000)
        (recording,) = call.recordings
        recordings.pause(world.carrier, call=call, recording=recording, skip=skip)
        await world.step(500)
        recordings.resume(world.carrier, call=call, recording=recording)
        await world.step(250)
        recordings.stop(world.carrier, call=call, recording=recording)
        await world.step(1000)
        left, _ = stereo(world, recording)
        gap = b"" if skip else b"\xff" * 4000
        assert same(left, b"\x10" * 8000 + gap + b"\x10" * 2000)
        assert call.is_live


async def test_a_stop_while_paused_ends_with_the_silence(open_world):
    async with open_world() as world:
        call = await recorded_call(world, verbs='<Pause length="10"/>')
        call.line.say(b"\x10" * 80_000)
        await world.step(500)
        (recording,) = call.recordings
        recordings.pause(world.carrier, call=call, recording=recording, skip=False)
        await world.step(500)
        calls.hang_up(call, by="caller")
        await world.step(400)
        left, _ = stereo(world, recording)
        assert same(left, b"\x10" * 4000 + b"\xff" * 4000)


async def test_the_file_exists_only_after_processing(open_world):
    async with open_world() as world:
        call = await recorded_call(world, verbs="<Say>anchor</Say>")
        assert await world.step(5000, until=lambda: not call.is_live)
        (recording,) = call.recordings
        await world.step(200)
        assert recording.status == "processing"
        assert not recordings.media_path(world.carrier, recording, channels=2).exists()
        await world.step(120)
        assert recording.status == "completed"


async def test_a_recording_without_a_sample_is_absent(open_world):
    async with open_world() as world:
        call = await recorded_call(world, verbs="<Hangup/>")
        await world.until_ended(call)
        assert [form["RecordingStatus"] for form in world.application.got("/recording")] == ["in-progress", "absent"]


async def test_trimming_cuts_silence_at_both_ends_only(open_world):
    async with open_world() as world:
        verbs = "<Pause/><Say>anchor</Say><Pause/><Say>anchor</Say><Pause/>"
        call = await recorded_call(world, attributes='trim="trim-silence"', verbs=verbs)
        await world.until_ended(call)
        _, right = stereo(world, call.recordings[0])
        said_ms = len(speech.say("anchor", voice="assistant").audio) / 8
        assert 1000 + said_ms < len(right) / 8 < 1000 + 2 * said_ms + 60
        assert np.abs(right[:800]).max() > 500


async def test_one_track_leaves_the_other_channel_silent(open_world):
    async with open_world() as world:
        call = await recorded_call(world, attributes='track="outbound"')
        call.line.say(b"\x10" * 800)
        await world.until_ended(call)
        left, right = stereo(world, call.recordings[0])
        assert not left.any()
        assert right.any()


async def test_a_second_start_changes_nothing(open_world):
    async with open_world() as world:
        verbs = "<Start><Recording/></Start><Say>anchor</Say>"
        call = await recorded_call(world, verbs=verbs)
        await world.until_ended(call)
        assert len(call.recordings) == 1
        assert world.problems() == [("warning", 21220)]


async def test_channels_can_be_swapped(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"recordings": {"swap_channels": True}})
        call = await recorded_call(world)
        await world.until_ended(call)
        left, right = stereo(world, call.recordings[0])
        assert same(left, bytes(call.line.outbound.past))
        assert not right.any()


async def test_a_recording_can_hold_nothing(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"recordings": {"absent": True}})
        call = await recorded_call(world)
        await world.until_ended(call)
        assert call.recordings[0].status == "absent"


@pytest.mark.parametrize(
    ("rules", "seen"),
    [
        ([{"action": "drop", "kind": "recording", "event": "completed"}], ["in-progress"]),
        ([{"action": "duplicate", "kind": "recording"}], ["in-progress", "in-progress", "completed", "completed"]),
        (
            [{"action": "delay", "kind": "recording", "event": "in-progress", "delay_ms": 60_000}],
            ["completed", "in-progress"],
        ),
    ],
)
async def test_callbacks_can_be_dropped_repeated_and_late(open_world, rules, seen):
    async with open_world() as world:
        world.carrier.faults.change({"callbacks": rules})
        call = await recorded_call(world)
        await world.until_ended(call)
        await world.step(70_000, until=lambda: len(world.application.got("/recording")) >= len(seen))
        assert sorted(form["RecordingStatus"] for form in world.application.got("/recording")) == sorted(seen)
        if rules[0]["action"] == "delay":
            assert [form["RecordingStatus"] for form in world.application.got("/recording")] == seen


async def test_a_forged_callback_has_a_wrong_signature(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"callbacks": [{"action": "forge", "kind": "recording", "event": "completed"}]})
        call = await recorded_call(world)
        await world.until_ended(call)
        validator = RequestValidator(world.carrier.auth_token)
        genuine = [
            validator.validate(
                world.application.base + "/recording", each["form"], each["headers"]["X-Twilio-Signature"]
            )
            for each in world.application.requests
            if each["path"] == "/recording"
        ]
        assert genuine == [True, False]


async def test_old_calls_are_forgotten_with_their_sound(open_world, monkeypatch):
    monkeypatch.setattr(books, "_ENDED_KEPT", 2)
    monkeypatch.setattr(books, "_ENDED_KEPT_WITH_SOUND", 1)
    async with open_world() as world:
        done = []
        for _ in range(4):
            done.append(await recorded_call(world, verbs="<Say>anchor</Say>"))
            await world.until_ended(done[-1])
        await recorded_call(world)
        assert [call.sid in world.carrier.calls for call in done] == [False, False, True, True]
        assert [bool(call.line.outbound.past) for call in done[2:]] == [False, True]
        files = list((world.carrier.var_dir / "recordings").iterdir())
        assert {path.name.split(".")[0] for path in files} == {call.recordings[0].sid for call in done[2:]}


def test_a_wav_of_another_rate_is_refused():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\x00\x00" * 100)
    with pytest.raises(TwimlError, match="8000 Hz"):
        sound_files.read(buffer.getvalue(), content_type="audio/wav")
    with pytest.raises(TwimlError, match="no PCM WAV"):
        sound_files.read(b"RIFFnonsense", content_type="audio/wav")
