"""The tape of a call: pause, resume, stop, refuse; find it, bring our copy home, delete the carrier's.

Copying is safe to repeat and to interrupt: a try is claimed in the database, the file is written under a name made from
its content's checksum, and the carrier's own is deleted only when ours is stored.
"""

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import soundfile
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.db import transaction

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.lifecycle import CopyState, RecordingFact, RecordingStatus
from calls.metrics import RECORDINGS_COPIED
from calls.models import Call, Recording, TranscriptTurn, Voicemail
from calls.models.recording import recordings_storage
from calls.voice import waveform
from compliance import audit

OPENING_ITEM = "opening"


class UnableToChangeRecording(Exception):
    """The recording cannot be changed; `str()` says why, for a person."""


_WANTED = {
    "pause": ("paused", RecordingFact.PAUSED),
    "resume": ("in-progress", RecordingFact.RESUMED),
    "stop": ("stopped", RecordingFact.STOPPED),
}


def change(*, call: Call, verb: str, source: str, by: str, now: datetime) -> None:
    """Pause, resume or stop the recording of a live call. The carrier's answer is the fact.

    Raises UnableToChangeRecording when there is nothing to change or the carrier does not do it.
    """
    recording = call.recordings.filter(is_message=False).order_by("-pk").first()
    leg = call.customer_leg()
    if recording is None or leg is None or not call.is_live:
        raise UnableToChangeRecording("This call is not being recorded.")
    if verb == "resume" and recording.status != RecordingStatus.PAUSED:
        raise UnableToChangeRecording("The recording is not paused.")
    status, fact = _WANTED[verb]
    try:
        rest.change_recording(leg.leg_sid, recording.recording_sid, status)
    except CarrierError as error:
        raise UnableToChangeRecording("The telephone network could not change the recording. Try again.") from error
    with transaction.atomic():
        recording.advance(fact, at=now, source=source, at_ms=_call_ms(call, now))
        if source == "supervisor":
            audit.note(act=f"{verb}_recording", subject=f"call:{call.pk}", by=by, now=now)


def refuse(*, call: Call, by: str, now: datetime) -> None:
    """The caller does not want to be recorded: stop the tape, and see to it that nothing of it is kept.

    Raises UnableToChangeRecording when the carrier could not stop it; the refusal itself is kept all the same.
    """
    for recording in call.recordings.all():
        recording.refused_by_caller(now=now)
    call.note("recording_refused", at=now, source="assistant", by=by)
    live = call.recordings.filter(
        status__in=[RecordingStatus.REQUESTED, RecordingStatus.IN_PROGRESS, RecordingStatus.PAUSED]
    )
    if live.exists():
        change(call=call, verb="stop", source="assistant", by=by, now=now)


def find(*, recording: Recording, now: datetime) -> None:
    """Ask the carrier what became of a recording whose last callback never came."""
    leg = recording.call.customer_leg()
    if leg is None:
        return
    try:
        found = rest.find_recordings(leg.leg_sid)
    except CarrierError as error:
        recording.call.note("recording_search_failed", at=now, source="carrier", error=str(error))
        return
    theirs = [f for f in found if f.is_message is recording.is_message]
    match = next((f for f in theirs if recording.recording_sid in ("", f.recording_sid)), None)
    if match is None:
        recording.advance(RecordingFact.ABSENT, at=now, source="carrier", key=f"recording:{recording.pk}:absent")
        return
    recording.name_sid(match.recording_sid)
    fact = {"completed": RecordingFact.COMPLETED, "absent": RecordingFact.ABSENT, "failed": RecordingFact.FAILED}.get(
        match.status
    )
    if fact is not None:
        recording.advance(
            fact,
            at=now,
            source="carrier",
            key=f"recording:{match.recording_sid}:{match.status}",
            started_at=match.started_at,
            channels=match.channels,
            duration_ms=match.duration_s * 1000 if match.duration_s is not None else None,
        )


def bring_home(*, recording: Recording, now: datetime) -> None:
    """Do what is due for a recording: copy it, or delete it at the carrier."""
    if recording.copy_state == CopyState.DUE and recording.claim_copy(now=now):
        try:
            _copy(recording, now=now)
        except (CarrierError, OSError, soundfile.SoundFileError) as error:
            RECORDINGS_COPIED.labels("failed").inc()
            recording.copy_failed(error=str(error) or type(error).__name__, now=now)
            return
        RECORDINGS_COPIED.labels("stored").inc()
    if recording.copy_state in (CopyState.STORED, CopyState.REFUSED) and recording.removed_at is None:
        _remove_at_carrier(recording, now=now)


def _remove_at_carrier(recording: Recording, *, now: datetime) -> None:
    if not recording.recording_sid:
        return
    try:
        rest.delete_recording(recording.recording_sid)
    except CarrierError as error:
        recording.removal_failed(error=str(error), now=now)
        return
    recording.removed_at_carrier(now=now)


def _copy(recording: Recording, *, now: datetime) -> None:
    """Fetch, check, look at and store one recording. Raises CarrierError, OSError or SoundFileError."""
    with tempfile.TemporaryFile() as tape:
        size = rest.download_recording(recording.recording_sid, tape, channels=1 if recording.is_message else 2)
        tape.seek(0)
        sha256 = hashlib.file_digest(tape, "sha256").hexdigest()
        tape.seek(0)
        samples, rate = soundfile.read(tape, dtype="int16", always_2d=True)
        seen = _look_at(recording, samples, rate)
        name = f"{recording.requested_at:%Y/%m/%d}/{recording.recording_sid}-{sha256[:12]}"
        store = recordings_storage()
        tape.seek(0)
        audio = _store_once(store, f"{name}.wav", File(tape))
        shape = json.dumps(
            {"rate": waveform.PEAKS_PER_SECOND, "peaks": waveform.peaks(samples, rate)}, separators=(",", ":")
        )
        peaks = _store_once(store, f"{name}.peaks.json", ContentFile(shape.encode()))
    recording.copied(now=now, audio=audio, peaks=peaks, size_bytes=size, sha256=sha256, **asdict(seen))
    if recording.is_message:
        is_silent = waveform.first_stretch(samples[:, 0], rate, until_ms=None) is None
        Voicemail.objects.get(recording=recording).heard_through(is_silent=is_silent)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What looking at a tape taught us; fields of Recording."""

    duration_ms: int
    channels: int
    assistant_channel: int
    offset_ms: int
    notice_started_ms: int | None
    notice_ended_ms: int | None


def _look_at(recording: Recording, samples: waveform.Samples, rate: int) -> _Seen:
    """Lay the tape on the call's clock and find the opening words in it."""
    call = recording.call
    if recording.is_message:  # nothing of ours is in it; where it begins the carrier says
        began_at = recording.started_at or recording.requested_at - timedelta(seconds=len(samples) // rate)
        return _Seen(len(samples) * 1000 // rate, samples.shape[1], 1, _call_ms(call, began_at), None, None)
    spoken = call.turns.filter(party=TranscriptTurn.Party.ASSISTANT).exclude(item_id=OPENING_ITEM)
    spans = spoken.order_by("started_ms").values_list("started_ms", "ended_ms")
    ours = [(started, ended) for started, ended in spans if ended is not None]
    place = waveform.place(
        samples, rate, ours=ours, expected_ms=recording.offset_ms or 0, expected_channel=recording.assistant_channel
    )
    opened_at = call.streams.exclude(opened_at=None).order_by("opened_at").values_list("opened_at", flat=True).first()
    until = None if opened_at is None else _call_ms(call, opened_at) - place.offset_ms
    notice = waveform.first_stretch(samples[:, place.our_channel], rate, until_ms=until)
    return _Seen(
        duration_ms=len(samples) * 1000 // rate,
        channels=samples.shape[1],
        assistant_channel=place.our_channel,
        offset_ms=place.offset_ms,
        notice_started_ms=notice[0] if notice else None,
        notice_ended_ms=notice[1] if notice else None,
    )


def _store_once(store: Storage, name: str, content: "File[bytes]") -> str:
    """Store a file whose name tells its content; one that is there already is the same."""
    if store.exists(name):
        store.delete(name)  # a try that broke off in the middle may have left a part of it
    return store.save(name, content)


def _call_ms(call: Call, at: datetime) -> int:
    return int((at - call.started_at).total_seconds() * 1000)
