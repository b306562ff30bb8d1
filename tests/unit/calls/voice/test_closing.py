"""When the line is released."""

import pytest

from calls.voice.closing import GRACE_MS, LIMIT_MS, Closing, is_farewell
from calls.voice.messages import EndReason


@pytest.mark.parametrize(
    "text",
    [
        "Goodbye.",
        "Thank you for calling. Goodbye!",
        "Okay, bye bye",
        "All right. Have a nice day.",
        "good bye",
        "Take care!",
    ],
)
def test_farewells_are_recognised(text: str) -> None:
    assert is_farewell(text)


@pytest.mark.parametrize(
    "text", ["", "Say goodbye to blisters with our socks.", "How can I help?", "Have a nice day trip?"]
)
def test_other_sentences_are_not(text: str) -> None:
    assert not is_farewell(text)


def test_the_line_is_released_when_the_goodbye_was_heard_and_not_before() -> None:
    closing = Closing()
    closing.begin(EndReason.ASSISTANT_ENDED, 1000, has_goodbye=True)
    assert closing.due(2000, is_quiet=False) is None
    assert closing.due(2020, is_quiet=True) is EndReason.ASSISTANT_ENDED


def test_without_a_goodbye_the_line_is_not_released_even_in_silence() -> None:
    closing = Closing()
    closing.begin(EndReason.ASSISTANT_ENDED, 1000, has_goodbye=False)
    assert closing.needs_goodbye
    assert closing.due(1500, is_quiet=True) is None


def test_the_line_is_released_in_the_end_whatever_the_model_does() -> None:
    closing = Closing()
    closing.begin(EndReason.ASSISTANT_ENDED, 1000, has_goodbye=False)
    assert closing.due(1000 + LIMIT_MS, is_quiet=False) is EndReason.ASSISTANT_ENDED


def test_a_caller_who_speaks_again_calls_the_end_off() -> None:
    closing = Closing()
    closing.begin(EndReason.ASSISTANT_ENDED, 1000, has_goodbye=True)
    assert closing.caller_spoke()
    assert closing.due(9000, is_quiet=True) is None


def test_a_goodbye_without_a_hang_up_is_noticed() -> None:
    closing = Closing()
    closing.assistant_heard("Thank you. Goodbye.", 1000)
    assert closing.due(1000 + GRACE_MS - 1, is_quiet=True) is None
    assert closing.due(1000 + GRACE_MS, is_quiet=True) is EndReason.ASSISTANT_FAREWELL


def test_a_caller_who_answers_a_goodbye_keeps_the_line() -> None:
    closing = Closing()
    closing.assistant_heard("Goodbye.", 1000)
    assert not closing.caller_spoke()
    assert closing.due(1000 + 2 * GRACE_MS, is_quiet=True) is None


def test_a_sentence_after_the_goodbye_takes_it_back() -> None:
    closing = Closing()
    closing.assistant_heard("Goodbye.", 1000)
    closing.assistant_heard("Oh, one more thing.", 2000)
    assert closing.due(60_000, is_quiet=True) is None
