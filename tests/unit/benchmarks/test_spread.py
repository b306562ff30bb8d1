"""Percentiles from counted values."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.media_bridge.spread import Spread


def a_spread(*microseconds: int) -> Spread:
    return Spread.of({"max": max(microseconds, default=0), "buckets": [[value, 1] for value in microseconds]})


def test_percentiles_of_a_hundred_values() -> None:
    spread = a_spread(*range(1000, 101_000, 1000))
    assert [spread.percentile_ms(percent) for percent in (1, 50, 95, 99, 100)] == [1.0, 50.0, 95.0, 99.0, 100.0]


def test_one_outlier_of_a_hundred_is_the_maximum_and_not_the_99th() -> None:
    spread = Spread.of({"max": 80_000, "buckets": [[80_000, 1], [100, 99]]})
    assert spread.percentile_ms(99) == 0.1
    assert spread.most_ms == 80.0


def test_nothing_seen_has_no_percentiles() -> None:
    assert a_spread().percentile_ms(99) is None
    assert a_spread().most_ms is None


def test_a_bucket_is_never_told_as_more_than_the_maximum() -> None:
    assert Spread.of({"max": 1001, "buckets": [[1004, 3]]}).percentile_ms(50) == 1.001


def test_windows_add_up() -> None:
    both = Spread.merged([a_spread(100, 200), Spread.of({"max": 900, "buckets": [[100, 2], [900, 1]]})])
    assert both.counts == ((100, 3), (200, 1), (900, 1))
    assert both.count == 5
    assert both.most == 900


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200), st.integers(1, 100))
def test_at_least_that_share_is_no_larger(values: list[int], percent: int) -> None:
    counts: dict[int, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    spread = Spread.of({"max": max(values), "buckets": list(counts.items())})
    limit = spread.percentile_ms(percent)
    assert limit is not None
    assert sum(value / 1000 <= limit for value in values) * 100 >= len(values) * percent
    assert sum(value / 1000 < limit for value in values) * 100 < len(values) * percent
