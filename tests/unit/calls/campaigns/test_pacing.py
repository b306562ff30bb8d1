"""How many people to ring now: never more than can be talked to, and nobody once capacity or the law says so."""

import heapq
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.campaigns import pacing
from calls.campaigns.pacing import Load, allowance, may_ring, nobody_free_for

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def a_load(**words: Any) -> Load:
    return Load(**({"in_use": 0, "unanswered": 0, "max_concurrent": 1000, "lines_free": 1000} | words))


@pytest.mark.parametrize(
    ("words", "by_rate", "expected"),
    [
        ({}, 7, 7),
        ({"max_concurrent": 10, "in_use": 8}, 7, 2),
        ({"max_concurrent": 10, "in_use": 12}, 7, 0),
        ({"lines_free": 3}, 7, 3),
        ({"lines_free": 0}, 7, 0),
        ({"agents_free": 5, "unanswered": 4}, 7, 1),
        ({"agents_free": 0}, 7, 0),
        ({"agents_free": 2, "unanswered": 9}, 7, 0),
        ({"answered": 100, "abandoned": 3}, 7, 7),
        ({"answered": 100, "abandoned": 4}, 7, 0),
    ],
    ids=str,
)
def test_the_tightest_limit_counts(words: dict[str, Any], by_rate: int, expected: int) -> None:
    assert allowance(a_load(**words), by_rate=by_rate) == expected


def ringing(**words: Any) -> int:
    """How many may ring for ten people who are free."""
    return may_ring(a_load(**({"agents_free": 10, "is_predictive": True, "rung": 2000, "answered": 600} | words)))


def test_progressive_rings_one_for_each_who_is_free() -> None:
    assert ringing(is_predictive=False) == 10


def test_predictive_rings_more_while_few_answer_and_hardly_anybody_is_abandoned() -> None:
    assert 15 <= ringing() < 30
    assert ringing(answered=1200) < ringing()
    assert ringing(abandoned=2) <= ringing()
    assert ringing(abandoned=6) == 10, "the goal is used up"
    assert ringing(rung=pacing.LEAST_KNOWN - 1, answered=5) == 10, "nobody knows yet who answers"
    assert ringing(answered=20) == 30, "never more than three for one"
    assert ringing(agents_free=0) == 0


def test_who_finds_nobody_is_counted_as_chance_has_it() -> None:
    assert nobody_free_for(10, share=1.0, free=4) == 6
    assert nobody_free_for(4, share=0.5, free=4) == 0
    assert nobody_free_for(2, share=0.5, free=1) == pytest.approx(0.25)
    dice = random.Random(3)
    played = [max(0, sum(dice.random() < 0.3 for _ in range(20)) - 6) for _ in range(20_000)]
    assert nobody_free_for(20, share=0.3, free=6) == pytest.approx(sum(played) / len(played), abs=0.03)


loads = st.builds(
    Load,
    in_use=st.integers(0, 300),
    unanswered=st.integers(0, 300),
    max_concurrent=st.integers(1, 200),
    lines_free=st.integers(0, 200),
    agents_free=st.none() | st.integers(0, 50),
    is_predictive=st.booleans(),
    rung=st.integers(600, 5000),
    answered=st.integers(0, 600),
    abandoned=st.integers(0, 30),
    goal_pct=st.floats(0, 5),
)


@given(loads, st.integers(0, 100))
def test_no_limit_is_ever_passed(load: Load, by_rate: int) -> None:
    found = allowance(load, by_rate=by_rate)
    assert 0 <= found <= by_rate
    assert found <= load.lines_free
    assert found == 0 or found + load.in_use <= load.max_concurrent
    if load.agents_free is not None and found:
        assert found + load.unanswered <= load.agents_free * (pacing.MOST_PER_FREE if load.is_predictive else 1)
    if load.abandoned_pct > pacing.ABANDONED_CAP_PCT:
        assert found == 0


@given(loads, st.integers(0, 100), st.integers(0, 5))
def test_the_more_were_abandoned_the_fewer_are_rung(load: Load, by_rate: int, more: int) -> None:
    worse = replace(load, abandoned=load.abandoned + more)
    assert allowance(worse, by_rate=by_rate) <= allowance(load, by_rate=by_rate)


# --- calls per second ---


def rung_in(seconds: float, *, calls_per_second: float, every_s: float) -> list[float]:
    """When each of them is rung, in seconds from the start, if somebody looks every so often."""
    paced_until, at, rung = None, 0.0, []
    while at < seconds:
        now = NOON + timedelta(seconds=at)
        turn = pacing.by_rate(calls_per_second=calls_per_second, paced_until=paced_until, now=now)
        rung += [at] * turn.most
        if turn.most:
            paced_until = turn.until(turn.most)
        at += every_s
    return rung


@pytest.mark.parametrize("rate", [0.25, 1.0, 3.0, 20.0, 100.0])
@pytest.mark.parametrize("every_s", [0.2, 1.0, 1.3])
def test_the_rate_is_kept_however_often_somebody_looks(rate: float, every_s: float) -> None:
    rung = rung_in(60, calls_per_second=rate, every_s=every_s)
    assert len(rung) <= 60 * rate + max(1, rate)
    if every_s <= 1:
        assert len(rung) >= 60 * rate - 2
    for begin in range(59):
        assert sum(begin <= at < begin + 1 for at in rung) <= max(1, 2 * rate)


def test_what_was_not_used_up_is_not_made_up_for() -> None:
    turn = pacing.by_rate(calls_per_second=10, paced_until=NOON - timedelta(hours=1), now=NOON)
    assert turn.most == 10
    assert turn.until(10) == NOON
    assert pacing.by_rate(calls_per_second=0, paced_until=None, now=NOON).most == 0


# --- capacity that goes from 100 to 10 within a second ---


def abandoned_share(*, lines_before: int, lines_after: int, is_predictive: bool, seed: int) -> tuple[float, int]:
    """An hour of a campaign whose people become fewer at half time: the share abandoned, and rung in the second after.

    Rings for 2 to 25 s, four of ten answer, talks take 20 to 120 s. Whoever answers while nobody is free is abandoned.
    """
    dice = random.Random(seed)
    agents, talking, ringing, answered, abandoned, rung, at_once = lines_before, 0, 0, 0, 0, 0, 0
    events: list[tuple[float, str]] = []
    at = 0.0
    for tick in range(3600):
        at = float(tick)
        agents = lines_before if tick < 1800 else lines_after
        while events and events[0][0] <= at:
            _, what = heapq.heappop(events)
            if what == "over":
                talking -= 1
            elif what == "answered":
                ringing, rung, answered = ringing - 1, rung + 1, answered + 1
                if talking < agents:
                    talking += 1
                    heapq.heappush(events, (at + dice.uniform(20, 120), "over"))
                else:
                    abandoned += 1
            else:
                ringing, rung = ringing - 1, rung + 1
        load = Load(
            in_use=ringing + talking,
            unanswered=ringing,
            max_concurrent=1000,
            lines_free=1000,
            agents_free=max(0, agents - talking),
            is_predictive=is_predictive,
            rung=rung,
            answered=answered,
            abandoned=abandoned,
        )
        found = allowance(load, by_rate=30)
        if tick == 1800:
            at_once = found
        for _ in range(found):
            ringing += 1
            is_answered = dice.random() < 0.4
            heapq.heappush(events, (at + dice.uniform(2, 25), "answered" if is_answered else "gone"))
    return 100 * abandoned / answered, at_once


@pytest.mark.parametrize("is_predictive", [False, True])
def test_when_capacity_goes_nobody_is_rung_any_more_and_few_are_abandoned(is_predictive: bool) -> None:
    share, at_once = abandoned_share(lines_before=100, lines_after=10, is_predictive=is_predictive, seed=7)
    assert at_once == 0
    assert share <= 1.0
