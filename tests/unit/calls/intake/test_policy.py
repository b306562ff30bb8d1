"""Who answers: every rule, which one counts first, and that no doubt of ours sends a caller away."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from calls.intake.hours import Holiday, Hours, Week
from calls.intake.policy import Cap, Decision, Facts, decide
from calls.lifecycle.intake import Answers, Because

FRIDAY_NOON = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # in Los Angeles
SATURDAY = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
WEEK = Week(tuple(Hours(day, time(8), time(18)) for day in range(5)))


def a_cap(because: Because = Because.TOO_MANY_AT_ONCE, *, seen: int, most: int) -> Cap:
    return Cap(because, seen, most, "As many as may be.")


def decided(**facts: Any) -> Decision:
    known: dict[str, Any] = {"now": FRIDAY_NOON, "zone": "America/Los_Angeles", "week": WEEK, "country": "US"}
    return decide(Facts(**known | facts))


def test_an_open_number_is_answered_as_it_says() -> None:
    decision = decided()
    assert (decision.answer, decision.because) == (Answers.ASSISTANT, Because.OPEN)
    assert decision.why == "Open until 18:00 on Friday (America/Los_Angeles). The assistant answers."


def test_a_number_without_hours_is_always_open() -> None:
    for week in (None, Week(())):
        decision = decided(week=week, now=SATURDAY)
        assert (decision.answer, decision.because) == (Answers.ASSISTANT, Because.OPEN)


@pytest.mark.parametrize("answer", [Answers.VOICEMAIL, Answers.MESSAGE, Answers.REJECT])
def test_open_and_closed_are_answered_apart(answer: Answers) -> None:
    rules: dict[str, Any] = {"words": "Open words.", "words_closed": "Closed words."}
    opened = decided(when_open=answer, when_closed=Answers.ASSISTANT, **rules)
    closed = decided(when_open=Answers.ASSISTANT, when_closed=answer, now=SATURDAY, **rules)
    assert (opened.answer, opened.because, opened.words) == (answer, Because.OPEN, "Open words.")
    assert (closed.answer, closed.because, closed.words) == (answer, Because.CLOSED, "Closed words.")
    assert "Closed at this hour, opens at 08:00 on Monday" in closed.why


def test_a_holiday_is_named() -> None:
    holiday = Holiday(FRIDAY_NOON.date(), "Founders’ Day")
    decision = decided(week=Week(WEEK.hours, (holiday,)))
    assert decision.because is Because.HOLIDAY
    assert decision.why.startswith("Closed for Founders’ Day, opens at 08:00 on Monday")


@pytest.mark.parametrize(
    ("facts", "because"),
    [
        ({"is_blocked": True}, Because.CALLER_BLOCKED),
        ({"countries_blocked": frozenset({"US"})}, Because.COUNTRY_BLOCKED),
        ({"countries_allowed": frozenset({"CA", "GB"})}, Because.COUNTRY_NOT_ALLOWED),
        ({"countries_allowed": frozenset({"US"}), "countries_blocked": frozenset({"US"})}, Because.COUNTRY_BLOCKED),
    ],
)
def test_who_is_kept_out_is_not_picked_up_whatever_else_holds(facts: dict[str, Any], because: Because) -> None:
    decision = decided(**facts, doubts=("opening hours",), caps=(a_cap(seen=9, most=1),))
    assert (decision.answer, decision.because) == (Answers.REJECT, because)


@pytest.mark.parametrize(
    "facts",
    [
        {"countries_allowed": frozenset({"US"})},
        {"countries_blocked": frozenset({"GB"})},
        {"country": "", "countries_allowed": frozenset({"US"})},  # withheld, or no country is known for it
        {"country": "", "countries_blocked": frozenset({"US"})},
    ],
)
def test_who_is_not_known_to_be_kept_out_is_taken(facts: dict[str, Any]) -> None:
    assert decided(**facts).answer is Answers.ASSISTANT


@pytest.mark.parametrize(("seen", "most", "is_over"), [(0, 1, False), (1, 1, True), (4, 5, False), (7, 5, True)])
def test_a_cap_counts_the_calls_before_this_one(seen: int, most: int, is_over: bool) -> None:
    assert (decided(caps=(a_cap(seen=seen, most=most),)).because is Because.TOO_MANY_AT_ONCE) is is_over


def test_a_cap_of_nothing_takes_nobody() -> None:
    assert decided(caps=(a_cap(seen=0, most=0),)).answer is Answers.BUSY


@pytest.mark.parametrize("answer", [Answers.BUSY, Answers.MESSAGE])
def test_over_a_cap_the_answer_is_busy_or_spoken(answer: Answers) -> None:
    caps = (a_cap(seen=1, most=5), a_cap(Because.CALLER_TOO_OFTEN, seen=3, most=3))
    decision = decided(when_full=answer, words_full="Too many.", caps=caps)
    assert (decision.answer, decision.because) == (answer, Because.CALLER_TOO_OFTEN)
    assert decision.words == "Too many."
    assert decision.why.startswith("As many as may be.")


@pytest.mark.parametrize(
    "facts",
    [
        {"doubts": ("the opening hours",)},
        {"zone": "Mars/Base"},
        {"zone": ""},
        {"when_closed": Answers.QUEUE, "now": SATURDAY},  # a queue that is not there
        {"when_open": Answers.QUEUE, "week": None},
    ],
)
@pytest.mark.parametrize("when_closed", [Answers.MESSAGE, Answers.REJECT])
def test_rules_that_make_no_sense_send_nobody_away(facts: dict[str, Any], when_closed: Answers) -> None:
    decision = decided(**{"when_closed": when_closed} | facts)
    assert (decision.answer, decision.because) == (Answers.ASSISTANT, Because.RULES_UNREADABLE)


def test_without_an_assistant_a_doubt_leads_to_voicemail() -> None:
    decision = decided(doubts=("x",), has_assistant=False, when_open=Answers.MESSAGE)
    assert decision.answer is Answers.VOICEMAIL


def test_a_queue_that_is_there_answers() -> None:
    assert decided(when_open=Answers.QUEUE, has_queue=True).answer is Answers.QUEUE


def test_every_reason_is_reached_by_some_test_above() -> None:
    reached = {
        decided().because,
        decided(now=SATURDAY).because,
        decided(week=Week(WEEK.hours, (Holiday(FRIDAY_NOON.date(), "x"),))).because,
        decided(is_blocked=True).because,
        decided(countries_blocked=frozenset({"US"})).because,
        decided(countries_allowed=frozenset({"CA"})).because,
        decided(zone="x").because,
        *(decided(caps=(a_cap(because, seen=1, most=1),)).because for because in CAPS),
    }
    assert reached == set(Because)


CAPS = (Because.TOO_MANY_AT_ONCE, Because.TOO_MANY_CALLS, Because.CALLER_TOO_OFTEN)
