"""A recording's box: when there is something to play, when the page asks again, and where the marks lie."""

from datetime import timedelta

import pytest

from calls.lifecycle import CopyState, Phase, RecordingStatus
from calls.models import Call, Recording, TranscriptTurn
from contactcenter.dashboard import tapes, timeline
from contactcenter.dashboard.tapes import Box, Side
from tests.given import NOON


def a_tape(**fields: object) -> Recording:
    known = {
        "audio": "x.wav",
        "duration_ms": 10_000,
        "offset_ms": 1000,
        "notice_started_ms": 0,
        "notice_ended_ms": 2500,
    }
    return Recording(**known | {"status": RecordingStatus.COMPLETED, "copy_state": CopyState.REMOVED} | fields)


def seen(tape: Recording, *lines: timeline.Moment, live: bool = False, ended_s_ago: int = 5) -> tapes.Tape:
    call = Call(phase=Phase.WITH_ASSISTANT if live else Phase.CLOSED, started_at=NOON)
    call.ended_at = None if live else NOON - timedelta(seconds=ended_s_ago)
    return tapes.tape(tape, call=call, lines=list(lines), now=NOON)


@pytest.mark.parametrize(
    ("fields", "box"),
    [
        ({}, Box.PLAYABLE),
        ({"copy_state": CopyState.STORED}, Box.PLAYABLE),
        ({"notice_started_ms": None}, Box.QUARANTINED),
        ({"copy_state": CopyState.REFUSED}, Box.REFUSED),
        ({"copy_state": CopyState.LOST}, Box.LOST),
        ({"copy_state": CopyState.DUE, "copy_attempts": 5}, Box.COMING),
        ({"copy_state": CopyState.DUE, "copy_attempts": 6}, Box.LATE),
        ({"copy_state": CopyState.NONE, "status": RecordingStatus.STOPPED}, Box.COMING),
        ({"copy_state": CopyState.NONE, "status": RecordingStatus.ABSENT}, Box.NOTHING),
        ({"copy_state": CopyState.NONE, "status": RecordingStatus.FAILED}, Box.NOTHING),
    ],
)
def test_what_stands_in_the_box_after_the_call(fields: dict[str, object], box: Box) -> None:
    assert seen(a_tape(**fields)).box is box


@pytest.mark.parametrize("status", [RecordingStatus.REQUESTED, RecordingStatus.IN_PROGRESS, RecordingStatus.PAUSED])
def test_a_running_tape(status: RecordingStatus) -> None:
    assert seen(a_tape(copy_state=CopyState.NONE, status=status), live=True).box is Box.RUNNING


def test_a_page_does_not_ask_for_ever_for_a_tape_nobody_speaks_of() -> None:
    silent = a_tape(copy_state=CopyState.NONE, status=RecordingStatus.REQUESTED)
    assert seen(silent, ended_s_ago=599).box is Box.COMING
    assert seen(silent, ended_s_ago=600).box is Box.LATE


def test_who_is_on_which_channel() -> None:
    caller, ours = Side("caller", "Caller"), Side("assistant", "Assistant")
    assert seen(a_tape(assistant_channel=1)).channels == [caller, ours]
    assert seen(a_tape(assistant_channel=0)).channels == [ours, caller]
    assert seen(a_tape(channels=1)).channels == [Side("both", "Everybody")]


@pytest.mark.parametrize(
    ("parties", "who"),
    [
        (["customer", "assistant"], "Assistant"),
        (["customer", "agent"], "Agent"),
        (["assistant", "agent:Max", "agent:Ivy", "agent"], "Assistant, Max, Ivy"),
        ([], "Assistant"),
    ],
)
def test_whoever_the_caller_hears_is_on_the_other_channel(parties: list[str], who: str) -> None:
    lines = [
        timeline.Moment(
            f"t{n}",
            "turn",
            2000 * n + 2000,
            turn=TranscriptTurn(party=party.partition(":")[0], speaker=party.partition(":")[2]),
        )
        for n, party in enumerate(parties)
    ]
    later = timeline.Moment("later", "turn", 20_000, turn=TranscriptTurn(party="agent"))
    assert seen(a_tape(), *lines, later).channels == [Side("caller", "Caller"), Side("assistant", who)]


def test_the_notice_and_pauses_are_marked_on_the_recordings_own_clock() -> None:
    tape = seen(a_tape(paused_spans=[[3000, 5000], [9000, None], [None, 4]]))
    assert [(mark.kind, mark.left, mark.width) for mark in tape.marks] == [
        ("notice", 0, 25),
        ("paused", 20, 20),
        ("paused", 80, 20),
    ]
    assert [(mark.from_ms, mark.to_ms) for mark in tape.marks] == [(1000, 3500), (3000, 5000), (9000, 11_000)]
    assert tape.end_ms == 11_000


def test_cuts_tools_and_keys_are_points() -> None:
    cut = TranscriptTurn(is_cut=True)
    tape = seen(
        a_tape(pk=7, notice_ended_ms=None),
        timeline.Moment("a", "turn", 2000, audio_ms=1000, audio_end_ms=2000, tape_id=7, turn=cut),
        timeline.Moment("b", "tool", 6000, audio_ms=5000, audio_end_ms=5000, tape_id=7, text="find_order"),
        timeline.Moment("c", "event", 7000, audio_ms=6000, audio_end_ms=6000, tape_id=7, event_kind="end_decided"),
    )
    assert [(mark.kind, mark.left, mark.width) for mark in tape.marks] == [("cut", 20, None), ("tool", 50, None)]


def test_what_lies_outside_the_recording_is_marked_at_its_edge() -> None:
    tape = seen(a_tape(notice_ended_ms=None, paused_spans=[[0, 2000], [10_000, 90_000]]))
    assert [(mark.left, mark.width) for mark in tape.marks] == [(0, 10), (90, 10)]


@pytest.mark.parametrize("duration_ms", [None, 0])
def test_a_recording_without_length_has_no_marks(duration_ms: int | None) -> None:
    assert seen(a_tape(duration_ms=duration_ms)).marks == []
