"""Whoever answers a call of ours: what follows, how long they waited, and what came of it."""

from datetime import UTC, datetime, timedelta

import pytest

from calls.lifecycle import LegStatus, outgoing
from calls.lifecycle.campaign import AttemptOutcome
from calls.lifecycle.outgoing import AnsweredBy, Facts, Then, Voicemail

ANSWERED = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("word", ["human", "unknown", "", "something_new"])
@pytest.mark.parametrize("voicemail", Voicemail)
def test_a_person_and_whoever_cannot_be_placed_is_talked_to(word: str, voicemail: Voicemail) -> None:
    assert outgoing.then(outgoing.read(word), voicemail) is Then.TALK
    assert not outgoing.is_machine(word)


@pytest.mark.parametrize(
    ("word", "leave", "hang_up"),
    [
        ("machine_end_beep", Then.LEAVE_MESSAGE, Then.HANG_UP),
        ("machine_end_silence", Then.LEAVE_MESSAGE, Then.LISTEN),
        ("machine_end_other", Then.LEAVE_MESSAGE, Then.LISTEN),
        ("machine_start", Then.AWAIT_TONE, Then.WAIT),
        ("fax", Then.HANG_UP, Then.HANG_UP),
    ],
)
def test_a_machine_gets_the_message_or_nothing(word: str, leave: Then, hang_up: Then) -> None:
    assert outgoing.then(AnsweredBy(word), Voicemail.LEAVE) is leave
    assert outgoing.then(AnsweredBy(word), Voicemail.HANG_UP) is hang_up
    assert outgoing.is_machine(word)


@pytest.mark.parametrize(
    ("words_ms", "who", "detected_ms", "waited"),
    [
        (900, "", None, 900),  # without the carrier's word the greeting counts as none
        (900, "human", 1_700, 400),  # it was silent for 1.2 s when it said so: the greeting took half a second
        (900, "human", 4_200, 0),  # we spoke before they had ended
        (900, "unknown", 5_000, 900),
        (3_500, "human", 2_000, 2_700),
    ],
)
def test_how_long_they_waited_for_our_first_word(words_ms: int, who: str, detected_ms: int | None, waited: int) -> None:
    words_at = ANSWERED + timedelta(milliseconds=words_ms)
    found = outgoing.greeted_ms(answered_at=ANSWERED, words_at=words_at, answered_by=who, detected_ms=detected_ms)
    assert found == waited


DONE = LegStatus.COMPLETED


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (Facts(LegStatus.BUSY, is_answered=False), AttemptOutcome.BUSY),
        (Facts(LegStatus.NO_ANSWER, is_answered=False), AttemptOutcome.NO_ANSWER),
        (Facts(LegStatus.FAILED, is_answered=False), AttemptOutcome.FAILED),
        (Facts(LegStatus.CANCELED, is_answered=False), AttemptOutcome.CANCELED),
        (Facts(DONE, is_answered=True, greeted_ms=400), AttemptOutcome.HUMAN),
        (Facts(DONE, is_answered=True, greeted_ms=2_000), AttemptOutcome.HUMAN),
        (Facts(DONE, is_answered=True, greeted_ms=2_001), AttemptOutcome.ABANDONED),
        (Facts(DONE, is_answered=True), AttemptOutcome.ABANDONED),
        (Facts(DONE, is_answered=True, lasted_ms=9_000), AttemptOutcome.ABANDONED),
        (Facts(DONE, is_answered=True, lasted_ms=1_500), AttemptOutcome.HUMAN),  # gone before we had to speak
        (Facts(DONE, is_answered=True, is_machine=True, greeted_ms=400), AttemptOutcome.MACHINE_HUNG_UP),
        (
            Facts(DONE, is_answered=True, is_machine=True, is_message_left=True, greeted_ms=400),
            AttemptOutcome.MACHINE_MESSAGE,
        ),
        (
            Facts(DONE, is_answered=True, is_machine=True, is_person_after_all=True, greeted_ms=400),
            AttemptOutcome.HUMAN,
        ),
        (Facts(DONE, is_answered=True, is_opted_out=True, is_machine=True), AttemptOutcome.OPTED_OUT),
    ],
)
def test_what_comes_of_it(facts: Facts, outcome: AttemptOutcome) -> None:
    assert outgoing.outcome(facts) is outcome
