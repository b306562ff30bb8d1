"""The search for the limit."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.media_bridge.search import Bracket, next_between, next_up


def searched(limit: int, *, first: int, most: int = 3000) -> tuple[Bracket, list[int]]:
    """A whole search against something that carries exactly `limit` calls."""
    bracket, steps = Bracket(), []
    while (calls := next_up(bracket, first=first, most=most)) is not None:
        steps.append(calls)
        bracket = bracket.seen(calls, is_passed=calls <= limit)
    while (calls := next_between(bracket)) is not None:
        steps.append(calls)
        bracket = bracket.seen(calls, is_passed=calls <= limit)
    return bracket, steps


def test_up_by_half_then_between() -> None:
    bracket, steps = searched(230, first=60)
    assert steps[:5] == [60, 90, 135, 202, 303]
    assert bracket.passed <= 230 < (bracket.failed or 0)


def test_a_first_step_that_fails_is_searched_downwards() -> None:
    bracket, steps = searched(37, first=60)
    assert steps[:2] == [60, 30]
    assert bracket.passed <= 37 < (bracket.failed or 0)


def test_nothing_passes() -> None:
    bracket, _ = searched(0, first=10)
    assert bracket == Bracket(0, 1)


def test_what_never_fails_ends_at_the_most() -> None:
    bracket, steps = searched(10**6, first=300, most=1000)
    assert bracket == Bracket(1000, None)
    assert steps == [300, 450, 675, 1000]


@given(st.integers(0, 5000), st.integers(1, 400))
def test_the_limit_is_found_within_a_few_hundredths(limit: int, first: int) -> None:
    bracket, steps = searched(limit, first=first)
    assert len(steps) < 30
    assert bracket.passed <= limit
    if bracket.failed is not None:
        assert limit < bracket.failed
        assert bracket.failed - bracket.passed <= max(1, bracket.failed * 0.06)
