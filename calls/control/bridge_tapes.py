"""What the bridges have recorded: what the books want of a tape while it runs, and what becomes of it after.

A tape is a file of TAPES_DIR for each stream of a call, mu-law, caller left and what they heard right, beginning at a
known moment of the call. When the call is over its tapes are joined to one recording, if one is needed: always, or when
the carrier has none (BRIDGE_RECORDING). Any worker that sees the folder may do it, and any number at once.
"""

import hashlib
import io
import json
import re
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import soundfile
import structlog
from django.conf import settings
from django.core.files.base import ContentFile

from calls.lifecycle import CopyState, RecordingStatus
from calls.metrics import RECORDINGS_COPIED
from calls.models import Call, Recording, TranscriptTurn
from calls.models.recording import recordings_storage
from calls.voice import g711, waveform
from calls.voice.audio import BYTES_PER_MS
from compliance import disclosures
from compliance.disclosures import Words

_RUNNING, _DONE = ".part", ".tape"
_NAME = re.compile(r"(\d{1,18})-(\d{1,18})-(-?\d{1,10})\.(part|tape)")
# A running tape that was not written to for this long has lost its process.
_ORPHANED_S = 60
# No call is this long; whatever says so is no tape.
_LONGEST_MS = 24 * 3600 * 1000
_FRAME = 2  # bytes of one moment: left and right
# A hole between two streams that is longer is shown as one.
_HOLE_MS = 2_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the books want of a call's tape: `silent` are the pauses, and all after a stop, on the call's clock."""

    is_wanted: bool
    silent: tuple[tuple[int, int], ...] = ()


UNWANTED = Wish(is_wanted=False)


def path_of(*, call_id: int, stream_id: int, offset_ms: int) -> Path:
    """Where the tape of a stream is while it runs."""
    return Path(settings.TAPES_DIR) / f"{call_id}-{stream_id}-{offset_ms}{_RUNNING}"


def finish(path: Path) -> None:
    """A tape is whole."""
    path.rename(path.with_suffix(_DONE))


def wishes(call_ids: Collection[int]) -> dict[int, Wish]:
    """What the books want of the tapes of these calls; a call without a recording of the carrier's wants none."""
    found: dict[int, Wish] = {}
    theirs = Recording.objects.filter(call__in=call_ids, source=Recording.Source.CARRIER).order_by("pk")
    for call_id, state, spans in theirs.values_list("call", "copy_state", "paused_spans"):
        silent = tuple((start or 0, _LONGEST_MS if end is None else end) for start, end in spans)
        before = found.get(call_id, Wish(is_wanted=True))
        found[call_id] = Wish(
            is_wanted=before.is_wanted and state != CopyState.REFUSED,
            silent=before.silent + silent,
        )
    return found


# --- afterwards ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """The tape of one stream. `offset_ms` puts its beginning on the call's clock."""

    path: Path
    call_id: int
    offset_ms: int
    is_running: bool


def collect(*, now: datetime) -> None:
    """Bring in, or delete, the tapes of every call that is over and decided."""
    pieces: dict[int, list[_Piece]] = {}
    for piece in _pieces():
        pieces.setdefault(piece.call_id, []).append(piece)
    calls = {call.pk: call for call in Call.objects.filter(pk__in=pieces)}
    for call_id, of_call in pieces.items():
        if not any(piece.is_running for piece in of_call):
            _collect(calls.get(call_id), sorted(of_call, key=lambda piece: piece.offset_ms), now=now)


def _pieces() -> Iterator[_Piece]:
    folder = Path(settings.TAPES_DIR)
    for path in folder.iterdir() if folder.is_dir() else ():
        name = _NAME.fullmatch(path.name)
        if name is None:
            continue
        try:
            is_running = path.suffix == _RUNNING and time.time() - path.stat().st_mtime < _ORPHANED_S
        except FileNotFoundError:  # somebody else has brought it in
            continue
        yield _Piece(path, int(name[1]), int(name[3]), is_running)


def _collect(call: Call | None, pieces: list[_Piece], *, now: datetime) -> None:
    is_needed = False if call is None else _is_needed(call)
    if is_needed is None:
        return
    if is_needed and call is not None:
        try:
            _bring_in(call, pieces, now=now)
        except FileNotFoundError:  # somebody else has brought it in
            return
        except OSError as error:
            RECORDINGS_COPIED.labels("failed").inc()
            log.error("tape not brought in", call=call.pk, error=str(error))
            return
        RECORDINGS_COPIED.labels("stored").inc()
    for piece in pieces:
        piece.path.unlink(missing_ok=True)


def _is_needed(call: Call) -> bool | None:
    """Whether the bridge's recording of a call is to be kept; None while it is not known."""
    if not call.are_words_kept:
        return False
    if call.is_live:
        return None
    theirs = list(call.recordings.filter(source=Recording.Source.CARRIER).values_list("status", "copy_state"))
    if not theirs or call.recordings.filter(source=Recording.Source.BRIDGE).exists():
        return False
    if settings.BRIDGE_RECORDING == "always":
        return True
    if any(state in (CopyState.STORED, CopyState.REMOVED) for _, state in theirs):
        return False
    has_none = (RecordingStatus.ABSENT, RecordingStatus.FAILED)
    return True if all(status in has_none or state == CopyState.LOST for status, state in theirs) else None


def _bring_in(call: Call, pieces: list[_Piece], *, now: datetime) -> None:
    """Join the tapes of a call, and keep them as a recording. Raises OSError."""
    begins_ms = pieces[0].offset_ms
    samples, holes = _joined(pieces, begins_ms)
    spans = [span for spans in call.recordings.values_list("paused_spans", flat=True) for span in spans]
    wav = io.BytesIO()
    soundfile.write(wav, samples, 8000, format="WAV", subtype="PCM_16")
    sound = wav.getvalue()
    sha256 = hashlib.sha256(sound).hexdigest()
    shape = {"rate": waveform.PEAKS_PER_SECOND, "peaks": waveform.peaks(samples, 8000)}
    name, store = f"{call.started_at:%Y/%m/%d}/call-{call.pk}-{sha256[:12]}", recordings_storage()
    audio = store.save(f"{name}.wav", ContentFile(sound))
    peaks = store.save(f"{name}.peaks.json", ContentFile(json.dumps(shape, separators=(",", ":")).encode()))
    notice = _notice(call, begins_ms)
    is_kept = Recording.of_bridge(
        call=call,
        now=now,
        duration_ms=len(samples) // BYTES_PER_MS,
        offset_ms=begins_ms,
        notice_version=disclosures.VERSION,
        notice_started_ms=notice[0] if notice else None,
        notice_ended_ms=notice[1] if notice else None,
        paused_spans=[*spans, *holes],
        audio=audio,
        peaks=peaks,
        size_bytes=len(sound),
        sha256=sha256,
    )
    if not is_kept:  # somebody else was faster
        store.delete(audio)
        store.delete(peaks)


def _joined(pieces: list[_Piece], begins_ms: int) -> tuple[waveform.Samples, list[list[int]]]:
    """One sound on the call's clock, and the holes in it."""
    sound, holes = bytearray(), []
    for piece in pieces:
        at = (piece.offset_ms - begins_ms) * BYTES_PER_MS * _FRAME
        if at > _LONGEST_MS * BYTES_PER_MS * _FRAME:
            continue
        if at - len(sound) > _HOLE_MS * BYTES_PER_MS * _FRAME:
            holes.append([begins_ms + len(sound) // (BYTES_PER_MS * _FRAME), piece.offset_ms])
        sound += g711.MULAW_SILENCE * (at - len(sound))
        sound[at:] = piece.path.read_bytes()
    codes = np.frombuffer(bytes(sound[: len(sound) // _FRAME * _FRAME]), dtype=np.uint8)
    return g711.MULAW_DECODED[codes].reshape(-1, _FRAME), holes


def _notice(call: Call, begins_ms: int) -> tuple[int, int] | None:
    """Where the announcement lies: what the assistant said first begins with it, and was heard at least so far."""
    if call.prompt_version is None:
        return None
    reminder = disclosures.words(Words.REMINDER, language=call.prompt_version.language).text
    spoken = call.turns.filter(party=TranscriptTurn.Party.ASSISTANT, started_ms__gte=begins_ms)
    first = spoken.exclude(item_id__startswith="opening").order_by("started_ms").first()
    if first is None or first.ended_ms is None or not first.text.startswith(reminder):
        return None
    length = (first.ended_ms - first.started_ms) * len(reminder) // len(first.text)
    return first.started_ms - begins_ms, first.started_ms - begins_ms + length
