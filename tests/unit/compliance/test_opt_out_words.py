"""What people say when they want no more calls, and what only sounds like it."""

import time
import tomllib
from pathlib import Path

import pytest

from compliance.opt_out_words import Understood, Wish, answer, understood

SAID = tomllib.loads((Path(__file__).parent / "opt_outs.toml").read_text(encoding="utf-8"))
STOPS, THREATS, LATER = SAID["stops"], SAID["threats"], SAID["later"]
DOUBTFUL, OTHERWISE = SAID["doubtful"], SAID["otherwise"]


def test_they_want_no_more_calls() -> None:
    assert [said for said in STOPS if understood(said) != Understood(Wish.STOP)] == []


@pytest.mark.parametrize("said", THREATS)
def test_who_threatens_is_not_called_again_and_somebody_reads_it(said: str) -> None:
    assert understood(said) == Understood(Wish.STOP, needs_review=True)


@pytest.mark.parametrize("said", LATER)
def test_another_time_is_no_end_of_calls(said: str) -> None:
    assert understood(said) == Understood(Wish.LATER)


@pytest.mark.parametrize("said", DOUBTFUL)
def test_who_is_in_doubt_is_asked(said: str) -> None:
    assert understood(said).wish is Wish.UNSURE


def test_what_is_about_something_else_stops_nothing() -> None:
    assert [said for said in OTHERWISE if understood(said).is_stop] == []
    assert [said for said in OTHERWISE if understood(said, is_their_call=True).is_stop] == []


def test_callers_of_ours_are_understood_too_or_asked() -> None:
    known = (Wish.STOP, Wish.UNSURE)
    assert [said for said in (*STOPS, *THREATS) if understood(said, is_their_call=True).wish not in known] == []


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("stop", Wish.STOP),
        ("Stop calling me", Wish.STOP),
        ("cancel", Wish.UNSURE),
        ("stop, can you repeat that", Wish.NOTHING),
        ("I dialled the wrong number, sorry", Wish.NOTHING),
        ("sorry, I have the wrong number", Wish.NOTHING),
    ],
)
def test_a_word_on_their_own_call_may_be_about_anything(said: str, wish: Wish) -> None:
    assert understood(said, is_their_call=True).wish is wish


@pytest.mark.parametrize("said", ["no", "No, go on", "no, you can call", "No, it's fine", "go ahead", "never mind"])
def test_a_plain_no_to_the_question(said: str) -> None:
    assert answer(said) is False


@pytest.mark.parametrize(
    "said", ["yes", "Yes, please.", "stop", "no more calls", "no, stop calling", "sí", "well, yes"]
)
def test_a_plain_yes_to_it(said: str) -> None:
    assert answer(said) is True


@pytest.mark.parametrize("said", ["", "what?", "hm", "uh, maybe", "I was asking about the tent"])
def test_anything_else_is_neither(said: str) -> None:
    assert answer(said) is None


@pytest.mark.parametrize(
    "piece", ["stop ", "i said ", "don't please ever ", "no me llame ", "a ", "\0", "¿", "é", "take me "]
)
def test_nobody_keeps_it_busy(piece: str) -> None:
    began = time.process_time()
    understood(piece * 20_000)
    assert time.process_time() - began < 0.5
