"""Bringing a recording home: find it, copy it, delete the carrier's own; and deleting what a caller refused.

Copying is safe to repeat and to interrupt: a try is claimed in the database, the file is written under a name made from
its content's checksum, and the carrier's own is deleted only when ours is stored. A deletion counts when the carrier
says, asked again, that the recording is gone.
"""

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import soundfile
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.control import recordings
from calls.control.recordings import UnableToChangeRecording, ms_of
from calls.lifecycle import CopyState, RecordingFact
from calls.metrics import RECORDINGS_COPIED
from calls.models import Recording, TranscriptTurn, Voicemail
from calls.models.recording import LIVE, recordings_storage
from calls.voice import waveform

# What was said before the conversation by rule, and answered; no part of what the assistant is placed by.
OPENING_ITEM = "opening"
# How the carrier's names of transcriptions begin, and with them those of turns in a room.
WRITTEN_BY_CARRIER = "GT"
# Whatever is heard after this is not the announcement any more.
_LONGEST_NOTICE_MS = 45_000


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
    """Do what is due for a recording: copy it, or delete it at the carrier; and here, when the caller refused it."""
    if recording.copy_state == CopyState.DUE and recording.claim_copy(now=now):
        try:
            _copy(recording, now=now)
        except (CarrierError, OSError, soundfile.SoundFileError) as error:
            RECORDINGS_COPIED.labels("failed").inc()
            recording.copy_failed(error=str(error) or type(error).__name__, now=now)
            return
        RECORDINGS_COPIED.labels("stored").inc()
        recording.refresh_from_db()  # the caller may have refused meanwhile
    if recording.copy_state == CopyState.REFUSED:
        _erase(recording)
    if recording.copy_state in (CopyState.STORED, CopyState.REFUSED) and recording.removed_at is None:
        _remove_at_carrier(recording, now=now)


def _erase(recording: Recording) -> None:
    """Delete our own files of a refused recording."""
    store, names = recordings_storage(), [name for name in (recording.audio.name, recording.peaks.name) if name]
    for name in names:
        store.delete(name)
    if names:
        recording.erased()


def _remove_at_carrier(recording: Recording, *, now: datetime) -> None:
    if recording.source != Recording.Source.CARRIER:
        recording.removed_at_carrier(now=now)
        return
    try:
        is_gone = _is_removed(recording, now=now)
    except (CarrierError, UnableToChangeRecording) as error:
        recording.removal_failed(error=str(error), now=now)
        return
    if is_gone:
        recording.removed_at_carrier(now=now)
    else:
        recording.removal_failed(error="the carrier still has it", now=now)


def _is_removed(recording: Recording, *, now: datetime) -> bool:
    """Delete it at the carrier, and ask whether it is gone. Raises CarrierError or UnableToChangeRecording."""
    leg = recording.call.customer_leg()
    if recording.copy_state == CopyState.REFUSED and recording.status in LIVE and recording.call.is_live and leg:
        recordings.stop_refused(recording=recording, leg=leg, now=now)
    if not recording.recording_sid:
        # Nobody told us its name: whatever the carrier has of this line is it.
        found = [] if leg is None else rest.find_recordings(leg.leg_sid)
        known = set(Recording.objects.filter(call=recording.call_id).values_list("recording_sid", flat=True))
        sid = next((one.recording_sid for one in found if one.recording_sid not in known and not one.is_message), "")
        if not sid:
            return not recording.call.is_live
        recording.name_sid(sid)
    rest.delete_recording(recording.recording_sid)
    return not rest.has_recording(recording.recording_sid)


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
    if not recording.copied(now=now, audio=audio, peaks=peaks, size_bytes=size, sha256=sha256, **asdict(seen)):
        for stored in (audio, peaks):  # refused meanwhile
            store.delete(stored)
    elif recording.is_message:
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
        return _Seen(len(samples) * 1000 // rate, samples.shape[1], 1, ms_of(call, began_at), None, None)
    spoken = call.turns.filter(party=TranscriptTurn.Party.ASSISTANT).exclude(item_id__startswith=OPENING_ITEM)
    spoken = spoken.exclude(item_id__startswith=WRITTEN_BY_CARRIER)  # whose times are not those of the sound
    spans = spoken.order_by("started_ms").values_list("started_ms", "ended_ms")
    place = waveform.place(
        samples,
        rate,
        ours=[(started, ended) for started, ended in spans if ended is not None],
        expected_ms=recording.offset_ms if recording.offset_ms is not None else ms_of(call, recording.requested_at),
        expected_channel=recording.assistant_channel,
    )
    opened_at = call.streams.exclude(opened_at=None).order_by("opened_at").values_list("opened_at", flat=True).first()
    until = _LONGEST_NOTICE_MS if opened_at is None else ms_of(call, opened_at) - place.offset_ms
    notice = waveform.first_stretch(samples[:, place.our_channel], rate, until_ms=min(until, _LONGEST_NOTICE_MS))
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
