"""Which words were heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.voice.messages import Party
from calls.voice.playback import Playback
from calls.voice.turns import KEEP_EVERY_MS, Turns, heard_words

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


def being_played(ms: int) -> tuple[Turns, Playback]:
    """A turn of so many milliseconds that the carrier has begun to play."""
    playback = Playback()
    turns = Turns(playback)
    playback.enqueue("i1", ms * 8, 0)
    turns.assistant_sound("r1", "i1", 0)
    turns.assistant_words("r1", "i1", SENTENCE, is_final=True)
    return turns, playback


def test_a_long_turn_is_kept_now_and_then_as_far_as_it_was_heard() -> None:
    turns, _ = being_played(10_000)
    assert turns.growing(KEEP_EVERY_MS - 1) is None
    kept = turns.growing(5_000)
    assert kept is not None
    assert (kept.party, kept.item_id, kept.ended_ms, kept.text) == (Party.ASSISTANT, "i1", 5_000, "We have three")
    assert (kept.unheard, kept.is_cut, kept.is_final) == ("kinds of tents", True, False)
    assert turns.growing(5_000 + KEEP_EVERY_MS - 1) is None
    assert turns.growing(5_000 + KEEP_EVERY_MS) is not None


def test_what_was_kept_of_a_turn_that_was_heard_out_is_replaced_by_all_of_it() -> None:
    turns, playback = being_played(3_000)
    assert turns.growing(2_500) is not None
    turns.response_ended("r1")
    playback.mark_returned("m1", 3_000)
    (spoken,) = turns.heard_out(3_000)
    assert (spoken.item_id, spoken.text, spoken.is_cut, spoken.is_final) == ("i1", SENTENCE, False, True)
    assert turns.growing(9_000) is None
