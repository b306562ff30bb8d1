"""The words on the screens: states, short times, the end of what was said, numbers that are withheld."""

from datetime import timedelta

import pytest
import time_machine

from calls.lifecycle import EndedReason, Phase
from calls.models import Call, CallEvent
from contactcenter.dashboard import words
from tests.given import NOON


@pytest.mark.parametrize(
    ("phase", "reason", "said"),
    [
        (Phase.RINGING, EndedReason.UNKNOWN, "Ringing"),
        (Phase.WITH_ASSISTANT, EndedReason.SUPERVISOR_ENDED, "Ending"),
        (Phase.TRANSFERRING, EndedReason.INTAKE_FAILED, "Going to a person"),
        (Phase.CLOSED, EndedReason.CALLER_HUNG_UP, "Ended"),
    ],
)
def test_what_a_call_is_doing(phase: Phase, reason: EndedReason, said: str) -> None:
    assert words.state_words(Call(phase=phase, ended_reason=reason)) == said


@pytest.mark.parametrize(("ms", "said"), [(None, ""), (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (1250, "1.2 s")])
def test_short_times(ms: int | None, said: str) -> None:
    assert words.took(ms) == said


def test_the_end_of_what_was_said_fits_a_row_and_begins_with_a_word() -> None:
    assert words.last_words("  two\n words ") == "two words"
    long = words.last_words("beginning " + "word " * 60 + "end")
    assert long.startswith("…word ")
    assert long.endswith(" end")
    assert len(long) < 115
    assert words.last_words("x" * 500) == "…" + "x" * 110


@pytest.mark.parametrize(
    ("address", "said"),
    [("+14155552671", "+1 415 ••• 2671"), ("anonymous", "Number withheld"), ("+266696687", "Number withheld")],
)
def test_numbers_for_everybody(address: str, said: str) -> None:
    assert words.masked(address) == said


def test_what_is_known_of_an_event() -> None:
    event = CallEvent(data={"heard_ms": 2100, "code": "", "param": None, "is_error": False, "is_last": True})
    assert words.event_details(event) == "heard ms 2100, is last"


def test_words_of_the_carrier_that_we_do_not_know_are_shown_as_they_are() -> None:
    assert words.attestation_words("TN-Validation-Passed-A").endswith("(level A).")
    assert words.attestation_words("Something-New") == "Something-New"
    assert words.transfer_words("assistant_lost") == "The connection to the assistant was lost."
    assert words.transfer_words("caller_asked") == "Caller asked"


def test_how_long_a_call_lasts_by_now() -> None:
    call = Call(started_at=NOON)
    with time_machine.travel(NOON + timedelta(seconds=7), tick=False):
        assert (words.running(call), words.lasted(call)) == (7000, None)
        call.ended_at = NOON + timedelta(seconds=3)
        assert (words.running(call), words.lasted(call)) == (3000, 3000)
