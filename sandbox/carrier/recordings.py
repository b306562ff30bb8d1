"""Recording a call: start, pause, resume, stop, and the file that comes out of it a moment later.

A recording remembers which stretches of the call's time it covers; the sound is taken from the line itself when the
recording is finished, so both channels hold exactly what was on the line. Caller first, callee second.
https://www.twilio.com/docs/voice/twiml/recording and `…/voice/api/recording`.
"""

import wave
from pathlib import Path

import numpy as np

from sandbox import audio
from sandbox.carrier import callbacks
from sandbox.carrier.line import BYTES_PER_MS
from sandbox.carrier.state import Carrier, Recording, new_sid
from sandbox.carrier.values import Recorded

_SILENT = audio.MULAW_SILENCE
_QUIET_DBFS = -60.0  # what trimming takes for silence
LIVE = ("in-progress", "paused")
RECORD_VERB = "RecordVerb"


def current(call: Recorded) -> Recording | None:
    """The recording of this call that is running or paused (`Twilio.CURRENT`); a message being left is none."""
    return next((each for each in call.recordings if each.status in LIVE and each.source != RECORD_VERB), None)


def start(carrier: Carrier, *, call: Recorded, recording: Recording) -> Recording:
    """Begin to record. While one is running another changes nothing, as with the real carrier: answers the first."""
    running = current(call)
    if running:
        carrier.ledger.add("warning", call_sid=call.sid, code=21220, message="the call is being recorded already")
        return running
    begin(carrier, call=call, recording=recording)
    return recording


def begin(carrier: Carrier, *, call: Recorded, recording: Recording) -> None:
    """Take sound from now on, whatever else is recording."""
    recording.span_from = call.line.run()
    recording.updated_at_ms = carrier.clock.now_ms()
    call.recordings.append(recording)
    carrier.recordings[recording.sid] = recording
    _report(carrier, call, recording, "in-progress")


def new(carrier: Carrier, *, call: Recorded, source: str) -> Recording:
    """A recording that has not begun yet."""
    return Recording(sid=new_sid("RE"), call_sid=call.sid, source=source, started_at_ms=carrier.clock.now_ms())


def pause(carrier: Carrier, *, call: Recorded, recording: Recording, skip: bool) -> None:
    """Stop taking sound: leave silence of the same length, or with `skip` leave nothing."""
    _close_span(call, recording)
    recording.status = "paused"
    recording.updated_at_ms = carrier.clock.now_ms()
    recording.span_from, recording.span_is_heard = (None, False) if skip else (call.line.run(), False)


def resume(carrier: Carrier, *, call: Recorded, recording: Recording) -> None:
    """Take sound again."""
    _close_span(call, recording)
    recording.status = "in-progress"
    recording.updated_at_ms = carrier.clock.now_ms()
    recording.span_from, recording.span_is_heard = call.line.run(), True


def stop(carrier: Carrier, *, call: Recorded, recording: Recording, is_empty: bool = False) -> None:
    """End the recording; its file is ready, and reported, after the processing time. Of an empty one there is none."""
    _close_span(call, recording)
    recording.status = "stopped"
    recording.updated_at_ms = carrier.clock.now_ms()
    left, right = (b"", b"") if is_empty else _take_sound(call, recording)
    recording.duration_ms = len(left) / BYTES_PER_MS
    carrier.spawn(_process(carrier, call, recording, left, right))


def stop_all(carrier: Carrier, *, call: Recorded) -> None:
    """The call has ended, and with it whatever was recording it."""
    running = current(call)
    if running:
        stop(carrier, call=call, recording=running)


def media_path(carrier: Carrier, recording: Recording, *, channels: int) -> Path:
    """Where the finished sound of a recording lies, with one or both channels."""
    return carrier.var_dir / "recordings" / f"{recording.sid}.{channels}.wav"


def delete(carrier: Carrier, recording: Recording) -> None:
    """Remove the sound for good and keep the entry, marked deleted."""
    recording.deleted, recording.status = True, "deleted"
    recording.updated_at_ms = carrier.clock.now_ms()
    _remove_files(carrier, recording)


def forget(carrier: Carrier, *, call: Recorded) -> None:
    """Remove every trace of a call's recordings, when the call itself is forgotten."""
    for recording in call.recordings:
        del carrier.recordings[recording.sid]
        _remove_files(carrier, recording)


def _remove_files(carrier: Carrier, recording: Recording) -> None:
    for channels in (1, 2):
        media_path(carrier, recording, channels=channels).unlink(missing_ok=True)


def _close_span(call: Recorded, recording: Recording) -> None:
    end = call.line.run()
    if recording.span_from is not None and end > recording.span_from:
        recording.spans.append((recording.span_from, end, recording.span_is_heard))
    recording.span_from = None


def _take_sound(call: Recorded, recording: Recording) -> tuple[bytes, bytes]:
    sides = []
    for name, track in (("inbound", call.line.inbound), ("outbound", call.line.outbound)):
        sound = bytearray()
        for begin, end, is_heard in recording.spans:
            is_taken = is_heard and recording.track in ("both", name)
            sound += track.past[begin:end] if is_taken else bytes((_SILENT,)) * (end - begin)
        sides.append(bytes(sound))
    return _trim(sides[0], sides[1]) if recording.trim else (sides[0], sides[1])


def _trim(left: bytes, right: bytes) -> tuple[bytes, bytes]:
    """Cut the frames at both ends in which neither side made a sound."""
    step = audio.FRAME_BYTES
    loud = [
        place
        for place in range(0, len(left), step)
        if max(audio.level_dbfs(left[place : place + step]), audio.level_dbfs(right[place : place + step]))
        > _QUIET_DBFS
    ]
    if not loud:
        return b"", b""
    return left[loud[0] : loud[-1] + step], right[loud[0] : loud[-1] + step]


async def _process(carrier: Carrier, call: Recorded, recording: Recording, left: bytes, right: bytes) -> None:
    await carrier.clock.sleep(0)
    if recording.status == "stopped":
        recording.status = "processing"
    await carrier.clock.sleep(carrier.faults.recordings.processing_ms)
    if recording.deleted:
        return
    recording.updated_at_ms = carrier.clock.now_ms()
    if not left or carrier.faults.recordings.absent:
        recording.status = "absent"
        _report(carrier, call, recording, "absent")
        return
    if carrier.faults.recordings.swap_channels:
        left, right = right, left
    stereo = media_path(carrier, recording, channels=2)
    stereo.parent.mkdir(parents=True, exist_ok=True)
    audio.write_stereo_wav(stereo, left=left, right=right)
    _write_mono(media_path(carrier, recording, channels=1), left, right)
    recording.status = "completed"
    _report(carrier, call, recording, "completed")


def _write_mono(path: Path, left: bytes, right: bytes) -> None:
    both = audio.decode_mulaw(left).astype(np.int32) + audio.decode_mulaw(right).astype(np.int32)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.clip(both, -32768, 32767).astype("<i2").tobytes())


def url_of(carrier: Carrier, recording: Recording) -> str:
    """The media address as callbacks name it: no extension."""
    return f"{carrier.base_url}/2010-04-01/Accounts/{carrier.account_sid}/Recordings/{recording.sid}"


def _report(carrier: Carrier, call: Recorded, recording: Recording, event: str) -> None:
    carrier.announce()
    if not recording.callback_url or event not in recording.callback_events:
        return
    params = (
        ("AccountSid", carrier.account_sid),
        ("CallSid", recording.call_sid),
        *((("ConferenceSid", recording.conference_sid),) if recording.conference_sid else ()),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", url_of(carrier, recording)),
        ("RecordingStatus", event),
        ("RecordingDuration", "-1" if event == "in-progress" else str(round(recording.duration_ms / 1000))),
        ("RecordingChannels", str(recording.channels)),
        ("RecordingSource", recording.source),
        ("RecordingStartTime", callbacks.rfc2822(carrier.clock.date(recording.started_at_ms))),
        ("RecordingTrack", recording.track),
        ("ErrorCode", "0"),
    )
    callbacks.send(
        carrier,
        call=call,
        kind="recording",
        event=event,
        url=recording.callback_url,
        method=recording.callback_method,
        params=params,
    )
