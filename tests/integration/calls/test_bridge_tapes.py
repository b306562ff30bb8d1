"""What bridges have recorded: brought in when it is needed, on the call's clock, and deleted when it is not."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.base import ContentFile

from calls.carrier import rest
from calls.control import bridge_tapes, copies
from calls.lifecycle import CallFact, CopyState, PauseReason, RecordingFact
from calls.models import Call, Recording, RecordingConsent, TranscriptTurn
from calls.models.recording import recordings_storage
from tests import given
from tests.given import NOON
from tests.integration.calls.recorded_calls import Carrier, recorded

pytestmark = pytest.mark.django_db
LEFT, RIGHT, QUIET = 0x11, 0x22, 0xFF
LATER = NOON + timedelta(minutes=2)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.TAPES_DIR = str(tmp_path)
    settings.BRIDGE_RECORDING = "spare"
    return tmp_path


def a_tape(
    folder: Path, call: Call, *, stream: int = 1, offset_ms: int = 1000, ms: int = 2000, is_done: bool = True
) -> Path:
    path = folder / f"{call.pk}-{stream}-{offset_ms}{'.tape' if is_done else '.part'}"
    path.write_bytes(bytes([LEFT, RIGHT]) * ms * 8)
    return path


def over(call: Call, fact: RecordingFact | None = RecordingFact.ABSENT) -> Call:
    """The call has ended, and the carrier says so much of its recording."""
    call.advance(CallFact.LEG_ENDED, at=LATER, source="carrier")
    if fact is not None:
        call.recordings.get().advance(fact, at=LATER, source="carrier")
    return call


def greeted(call: Call, text: str = "This call is recorded. How can I help you?", ended_ms: int = 3000) -> None:
    TranscriptTurn.objects.create(
        call=call, item_id="i1", party="assistant", started_ms=1200, ended_ms=ended_ms, text=text
    )


def ours(call: Call) -> Recording:
    return call.recordings.get(source="bridge")


def sound_of(recording: Recording) -> np.ndarray:
    with recordings_storage().open(recording.audio.name) as file:
        samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    assert rate == 8000
    return samples


def test_where_the_carrier_has_nothing_the_bridges_recording_is_kept(folder: Path) -> None:
    call = recorded()
    greeted(call)
    a_tape(folder, call)
    bridge_tapes.collect(now=NOON)
    assert list(folder.iterdir()), "the call is not over"
    over(call)
    bridge_tapes.collect(now=LATER)
    tape = ours(call)
    assert (tape.offset_ms, tape.duration_ms, tape.channels, tape.assistant_channel) == (1000, 2000, 2, 1)
    assert tape.is_playable
    assert tape.notice_started_ms == 200
    samples = sound_of(tape)
    assert len(samples) == 16_000
    assert len({*samples[:, 0]}) == len({*samples[:, 1]}) == 1
    assert samples[0, 0] != samples[0, 1]
    assert list(folder.iterdir()) == []
    bridge_tapes.collect(now=LATER)
    assert call.recordings.count() == 2


def test_several_streams_are_one_recording_with_what_lay_between_as_silence(folder: Path) -> None:
    call = recorded()
    greeted(call)
    a_tape(folder, call, stream=2, offset_ms=10_000)
    a_tape(folder, call, stream=1, offset_ms=1000)
    over(call)
    bridge_tapes.collect(now=LATER)
    samples = sound_of(ours(call))
    assert len(samples) == 11_000 * 8
    assert not samples[2000 * 8 : 9000 * 8].any()
    assert samples[9000 * 8 :].all()
    assert ours(call).paused_spans == [[3000, 10_000]]


@pytest.mark.parametrize(
    ("text", "ended_ms"),
    [("How can I help you?", 3000), ("This call is", 1500), ("", 3000)],
    ids=["not said", "cut before it was said", "no words"],
)
def test_a_recording_without_the_announcement_is_kept_and_not_played(folder: Path, text: str, ended_ms: int) -> None:
    call = recorded()
    greeted(call, text, ended_ms)
    a_tape(folder, call)
    over(call)
    bridge_tapes.collect(now=LATER)
    assert not ours(call).is_playable


@pytest.mark.parametrize("wanted", ["spare", "always"])
def test_when_the_carriers_copy_is_home_the_bridges_is_needed_only_where_it_always_is(
    folder: Path, settings: Any, wanted: str
) -> None:
    settings.BRIDGE_RECORDING = wanted
    call = recorded()
    a_tape(folder, call)
    over(call, RecordingFact.COMPLETED)
    if wanted == "spare":
        bridge_tapes.collect(now=LATER)
        assert list(folder.iterdir()), "the copy may yet fail"
        call.recordings.get().copied(now=LATER, audio="x.wav", peaks="x.json", size_bytes=1, sha256="0")
    bridge_tapes.collect(now=LATER)
    assert call.recordings.filter(source="bridge").exists() is (wanted == "always")
    assert list(folder.iterdir()) == []


def test_a_copy_that_is_lost_is_replaced_by_the_bridges(folder: Path) -> None:
    call = recorded()
    greeted(call)
    a_tape(folder, call)
    over(call, RecordingFact.COMPLETED)
    Recording.objects.filter(call=call).update(copy_state=CopyState.LOST)
    bridge_tapes.collect(now=LATER)
    assert ours(call).is_playable


@pytest.mark.parametrize("why", ["refused", "not recorded", "unknown call"])
def test_nothing_is_left_of_what_nobody_may_keep(folder: Path, recorder: Carrier, why: str) -> None:
    call = recorded()
    path = a_tape(folder, call)
    if why == "refused":
        RecordingConsent.keep_no_words(call)
    elif why == "not recorded":
        call.recordings.all().delete()
        call.advance(CallFact.LEG_ENDED, at=LATER, source="carrier")
    else:
        path.rename(folder / "999999-1-0.tape")
    bridge_tapes.collect(now=LATER)
    assert list(folder.iterdir()) == []
    assert not Recording.objects.filter(source="bridge").exists()


def test_a_tape_that_still_runs_is_waited_for_and_one_whose_process_is_gone_is_not(folder: Path) -> None:
    call = over(recorded())
    path = a_tape(folder, call, is_done=False)
    bridge_tapes.collect(now=LATER)
    assert path.exists()
    long_ago = time.time() - 120
    os.utime(path, (long_ago, long_ago))
    bridge_tapes.collect(now=LATER)
    assert ours(call).duration_ms == 2000


def test_other_files_are_left_alone(folder: Path) -> None:
    (folder / "README").write_text("mine")
    (folder / "1-2-3.tape.bak").write_text("mine")
    bridge_tapes.collect(now=LATER)
    assert len(list(folder.iterdir())) == 2


def test_what_the_books_want_of_a_running_tape(recorder: Carrier) -> None:
    call, other = recorded(), given.a_call()
    tape = call.recordings.get()
    tape.advance(RecordingFact.PAUSED, at=NOON, source="x", at_ms=5000, why=PauseReason.CAPTURE)
    wished = bridge_tapes.wishes({call.pk, other.pk, 0})
    assert wished[call.pk].silent == ((5000, bridge_tapes._LONGEST_MS),)
    tape.advance(RecordingFact.RESUMED, at=NOON, source="x", at_ms=8000)
    tape.advance(RecordingFact.STOPPED, at=NOON, source="x", at_ms=9000)
    assert bridge_tapes.wishes({call.pk})[call.pk].silent == ((5000, 8000), (9000, bridge_tapes._LONGEST_MS))
    tape.refused_by_caller(now=NOON)
    assert not bridge_tapes.wishes({call.pk})[call.pk].is_wanted
    assert 0 not in wished


# --- what a caller refused --------------------------------------------------------------------------------------------


class Removing:
    """A carrier that deletes, sooner or later."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.deleted: list[str] = []
        self.still_there = False
        monkeypatch.setattr(rest, "delete_recording", self.deleted.append)
        monkeypatch.setattr(rest, "has_recording", lambda sid: self.still_there)
        monkeypatch.setattr(rest, "find_recordings", lambda leg: [])


def test_a_deletion_counts_when_the_carrier_says_that_it_is_gone(
    recorder: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Removing(monkeypatch)
    call = recorded()
    tape = call.recordings.get()
    tape.refused_by_caller(now=NOON)
    at.still_there = True
    copies.bring_home(recording=tape, now=NOON)
    tape.refresh_from_db()
    assert (tape.removed_at, tape.copy_error) == (None, "the carrier still has it")
    assert recorder.asked == ["stopped"], "it ran on, as the caller refused"
    at.still_there = False
    copies.bring_home(recording=tape, now=LATER)
    tape.refresh_from_db()
    assert (tape.removed_at, at.deleted) == (LATER, [tape.recording_sid] * 2)
    assert tape.pk not in Recording.due_ids(now=LATER + timedelta(days=1), limit=10)


def test_a_copy_that_is_home_already_is_deleted_too(recorder: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    Removing(monkeypatch)
    call = recorded()
    tape = call.recordings.get()
    store = recordings_storage()
    names = [store.save(f"refused-{call.pk}.{kind}", ContentFile(b"x")) for kind in ("wav", "json")]
    Recording.objects.filter(pk=tape.pk).update(
        copy_state=CopyState.REMOVED, removed_at=NOON, audio=names[0], peaks=names[1]
    )
    tape.refresh_from_db()
    tape.refused_by_caller(now=NOON)
    assert tape.pk in Recording.due_ids(now=NOON, limit=10)
    copies.bring_home(recording=tape, now=NOON)
    assert not any(store.exists(name) for name in names)
    assert tape.pk not in Recording.due_ids(now=LATER, limit=10)


def test_a_refused_recording_without_a_name_is_looked_for_until_the_call_is_over(
    recorder: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Removing(monkeypatch)
    call = recorded()
    tape = call.recordings.get()
    Recording.objects.filter(pk=tape.pk).update(recording_sid="")
    tape.refresh_from_db()
    tape.refused_by_caller(now=NOON)
    copies.bring_home(recording=tape, now=NOON)
    tape.refresh_from_db()
    assert tape.removed_at is None, "it may still be named"
    call.advance(CallFact.LEG_ENDED, at=LATER, source="carrier")
    copies.bring_home(recording=Recording.objects.get(pk=tape.pk), now=LATER)
    tape.refresh_from_db()
    assert (tape.removed_at, at.deleted) == (LATER, [])
