"""Which words were heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.voice.turns import heard_words

SENTENCE = "We have three kinds of tents"


@pytest.mark.parametrize(
    ("heard", "total", "words"),
    [
        (0, 1000, ""),
        (1000, 1000, SENTENCE),
        (1200, 1000, SENTENCE),
        (500, 1000, "We have three"),
        (70, 1000, ""),
        (100, 1000, "We"),
    ],
)
def test_the_heard_share_of_the_sound_is_the_heard_share_of_the_words(heard: int, total: int, words: str) -> None:
    assert heard_words(SENTENCE, heard, total) == words


@given(st.text(max_size=200), st.integers(0, 5000), st.integers(1, 5000))
def test_heard_words_are_a_beginning_of_what_was_said(text: str, heard: int, total: int) -> None:
    assert text.startswith(heard_words(text, heard, total))


@given(st.text(alphabet="ab \n", max_size=60), st.integers(0, 1000))
def test_no_word_is_heard_by_half(text: str, heard: int) -> None:
    words = heard_words(text, heard, 1000)
    assert text[len(words) : len(words) + 1].strip() == "" or words == ""
