"""When somebody is tried again: as the campaign says for what came of it, and never more often than it allows."""

from datetime import timedelta
from typing import Any

import pytest

from calls.campaigns import retrying
from calls.campaigns.retrying import Next, next_of
from calls.lifecycle.campaign import NEVER_RANG, AttemptOutcome, ContactState, has_rung, outcome_after

RULE = {"busy": 10, "no-answer": [60, 240]}
_O, _S = AttemptOutcome, ContactState


def after(outcome: AttemptOutcome, *, made: int = 1, most: int = 3, is_stopped: bool = False, **rule: Any) -> Next:
    return next_of(
        outcome, attempts_made=made, max_attempts=most, retries=rule.get("retries", RULE), is_stopped=is_stopped
    )


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("outcome", "made", "expected"),
    [
        (_O.BUSY, 1, Next(_S.DUE, minutes(10))),
        (_O.BUSY, 2, Next(_S.DUE, minutes(10))),
        (_O.BUSY, 3, Next(_S.GIVEN_UP)),
        (_O.NO_ANSWER, 1, Next(_S.DUE, minutes(60))),
        (_O.NO_ANSWER, 2, Next(_S.DUE, minutes(240))),
        (_O.FAILED, 1, Next(_S.GIVEN_UP)),
        (_O.HUMAN, 1, Next(_S.REACHED)),
        (_O.MACHINE_MESSAGE, 1, Next(_S.REACHED)),
        (_O.ABANDONED, 1, Next(_S.GIVEN_UP)),
        (_O.OPTED_OUT, 1, Next(_S.STOPPED)),
        (_O.NOT_DIALLED, 9, Next(_S.DUE, retrying.SOON)),
    ],
    ids=str,
)
def test_each_outcome_has_its_rule(outcome: AttemptOutcome, made: int, expected: Next) -> None:
    assert after(outcome, made=made) == expected


def test_nobody_is_tried_again_once_the_campaign_was_stopped() -> None:
    assert after(_O.BUSY, is_stopped=True) == Next(_S.STOPPED)
    assert after(_O.NOT_DIALLED, is_stopped=True) == Next(_S.STOPPED)
    assert after(_O.HUMAN, is_stopped=True) == Next(_S.REACHED)


@pytest.mark.parametrize("rule", [{"busy": -1}, {"busy": "ten"}, {"busy": True}, {"busy": None}, {"busy": []}])
def test_a_rule_that_makes_no_sense_tries_nobody_again(rule: dict[str, Any]) -> None:
    assert after(_O.BUSY, retries=rule) == Next(_S.GIVEN_UP)


def test_a_wait_without_end_is_cut() -> None:
    assert after(_O.BUSY, retries={"busy": 10**8}).wait == retrying.LONGEST_WAIT


@pytest.mark.parametrize(
    ("rule", "count"),
    [({}, 0), (RULE, 0), ([], 1), ({"human": 5}, 1), ({"busy": -5}, 1), ({"busy": ["x"]}, 1), ({"busy": 10**7}, 1)],
    ids=str,
)
def test_what_is_wrong_with_a_rule_is_said(rule: Any, count: int) -> None:
    found = retrying.problems(rule)
    assert len(found) == count
    assert all(sentence.endswith(".") for sentence in found)


# --- facts in any order ---


@pytest.mark.parametrize("known", list(AttemptOutcome))
@pytest.mark.parametrize("reported", list(AttemptOutcome))
def test_told_in_either_order_it_is_the_same_unless_they_weigh_alike(
    known: AttemptOutcome, reported: AttemptOutcome
) -> None:
    one = outcome_after(outcome_after(_O.OPEN, known), reported)
    other = outcome_after(outcome_after(_O.OPEN, reported), known)
    assert one is other or {one, other} == {known, reported}
    assert outcome_after(one, known) is one
    assert outcome_after(one, reported) is one


def test_a_machine_can_turn_out_to_be_a_person_and_never_the_other_way_round() -> None:
    assert outcome_after(_O.MACHINE_HUNG_UP, _O.HUMAN) is _O.HUMAN
    assert outcome_after(_O.HUMAN, _O.MACHINE_HUNG_UP) is _O.HUMAN
    assert outcome_after(_O.HUMAN, _O.OPTED_OUT) is _O.OPTED_OUT
    assert outcome_after(_O.NOT_DIALLED, _O.BUSY) is _O.BUSY, "it had rung after all"


def test_what_never_rang_is_no_attempt() -> None:
    assert {outcome for outcome in AttemptOutcome if not has_rung(outcome)} == NEVER_RANG | {_O.OPEN}
