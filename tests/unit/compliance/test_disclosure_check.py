"""What had to be said first is found on the transcript, with its time; what is missing, late or out of order too."""

import pytest

from compliance import disclosure_check, disclosures
from compliance.disclosure_check import Duty, Mark, Need, Said

DUTY = Duty(seller="Marlow Outdoor", topic="your order", answered_ms=5_000)


def opening(*, at_ms: int = 5_600, ms_per_letter: int = 50, without: str = "", **how: object) -> Said:
    known = {"business": "Marlow Outdoor", "topic": "your order", "is_recorded": True}
    sentences = [each.text for each in disclosures.outgoing_words(**known | how)]
    text = " ".join(sentence for sentence in sentences if not without or without not in sentence)
    return Said(text, at_ms, at_ms + len(text) * ms_per_letter)


def marked(*turns: Said, duty: Duty = DUTY) -> dict[Need, Mark]:
    return {mark.need: mark for mark in disclosure_check.check(turns, duty)}


def test_the_words_of_the_application_are_found_in_their_order_and_in_time() -> None:
    marks = marked(opening())
    assert [(mark.need, mark.problem) for mark in marks.values()] == [(need, "") for need in Need]
    assert marks[Need.IDENTITY].after_ms == 600
    times = [mark.at_ms for mark in marks.values()]
    assert times == sorted(times)
    gap = marks[Need.OPT_OUT].at_ms - marks[Need.IDENTITY].ended_ms
    assert 0 <= gap <= 200


@pytest.mark.parametrize(
    ("without", "need"),
    [("Marlow", Need.IDENTITY), ("Marlow", Need.AI), ("press 9", Need.OPT_OUT), ("recorded", Need.RECORDING)],
)
def test_what_was_not_said_is_named(without: str, need: Need) -> None:
    marks = marked(opening(without=without))
    assert marks[need] == Mark(need, problem="Not said.")
    assert not marks[need].is_good


def test_words_that_were_broken_off_were_not_said() -> None:
    whole = opening()
    heard = Said(whole.text[: whole.text.index("This call")], whole.started_ms, whole.started_ms + 5_000)
    marks = marked(heard)
    assert [need for need, mark in marks.items() if not mark.is_good] == [Need.RECORDING, Need.PURPOSE]


def test_who_calls_late_is_late_from_the_end_of_their_greeting() -> None:
    late = opening(at_ms=8_000)
    assert "3.0 s after their greeting" in marked(late)[Need.IDENTITY].problem
    said = marked(late, duty=Duty("Marlow Outdoor", "your order", answered_ms=5_000, greeting_ms=1_500))
    assert said[Need.IDENTITY].is_good


def test_the_opt_out_must_follow_within_two_seconds() -> None:
    text = opening(without="press 9")
    late = Said("To stop these calls, press 9 or say stop.", text.ended_ms + 100, text.ended_ms + 2_000)
    problem = marked(text, late)[Need.OPT_OUT].problem
    assert "after who is calling; 2 s are allowed" in problem


def test_what_comes_before_its_turn_is_said_to() -> None:
    first = Said("This call is recorded.", 5_200, 6_000)
    marks = marked(first, opening(at_ms=6_100, without="recorded"))
    assert marks[Need.RECORDING].problem == "Said before how to have no more calls."


def test_everything_has_begun_within_ten_seconds() -> None:
    marks = marked(opening(ms_per_letter=90))
    assert marks[Need.PURPOSE].problem.endswith("10 s are allowed.")


def test_only_what_is_due_is_asked_for() -> None:
    unrecorded = Duty("Marlow Outdoor", is_recorded=False)
    assert disclosure_check.needs(unrecorded) == (Need.IDENTITY, Need.AI, Need.OPT_OUT)
    incoming = Duty("Marlow Outdoor", is_outgoing=False)
    assert disclosure_check.needs(incoming) == (Need.IDENTITY, Need.AI, Need.RECORDING)


def test_a_call_that_came_in_is_marked_too() -> None:
    words = disclosures.opening_words(business="Marlow Outdoor").text
    marks = marked(Said(words, 300, 11_000), duty=Duty("Marlow Outdoor", is_outgoing=False))
    assert all(mark.is_good for mark in marks.values())


@pytest.mark.parametrize("seller", ["", "???", "Marlow (Outdoor) [.*"])
def test_a_seller_of_any_spelling_breaks_nothing(seller: str) -> None:
    marks = marked(opening(), duty=Duty(seller, answered_ms=5_000))
    assert marks[Need.IDENTITY].is_good is (seller.startswith("Marlow"))


def test_a_turn_without_words_or_length_is_no_mark() -> None:
    assert all(not mark.is_good for mark in marked(Said("", 0, 0), Said("Hello.", 10, 10)).values())
