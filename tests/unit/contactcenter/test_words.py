"""Every code has its words, and times read as people read them."""

import ast
from pathlib import Path

import pytest

from calls.lifecycle import (
    CallFact,
    CopyState,
    EndedReason,
    FailureClass,
    PauseReason,
    Phase,
    RecordingFact,
    RecordingStatus,
)
from calls.voice.messages import EndReason
from contactcenter.dashboard import recording_words, words

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (Phase, words.PHASES),
        (EndedReason, words.ENDINGS),
        (FailureClass, words.FAILURES),
        (RecordingStatus, recording_words.TAPES),
        (CopyState, recording_words.COPIES),
        (PauseReason, recording_words.PAUSES),
    ],
)
def test_every_code_has_words(codes, said) -> None:
    assert set(codes) == set(said)


def test_every_ending_is_a_sentence() -> None:
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in words.ENDINGS.values())


def test_every_fact_has_words() -> None:
    assert {fact.value for facts in (CallFact, RecordingFact) for fact in facts} <= set(words.EVENTS)


def test_every_event_the_session_notes_has_words() -> None:
    noted = {
        call.args[0].value
        for file in (ROOT / "calls/voice").glob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", "") == "note"
        and isinstance(call.args[0], ast.Constant)
    }
    assert noted
    assert noted <= set(words.EVENTS)


def test_every_end_of_a_session_is_an_ended_reason_of_the_call_unless_the_call_goes_on() -> None:
    assert {reason.value for reason in EndReason} - {"carrier_stopped", "handed_over", "gave_way"} <= {
        reason.value for reason in EndedReason
    }


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0:00"),
        (999, "0:00"),
        (61_000, "1:01"),
        (3_599_999, "59:59"),
        (3_600_000, "1:00:00"),
        (-5, "0:00"),
        (None, ""),
    ],
)
def test_lengths_of_time(ms: int | None, said: str) -> None:
    assert words.clock(ms) == said
