"""A campaign's own hours, by the clock of whoever is called."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.campaigns.window import is_open, next_open, zones_named

NEW_YORK, DENVER, GUAM = ZoneInfo("America/New_York"), ZoneInfo("America/Denver"), ZoneInfo("Pacific/Guam")
NINE, EIGHT_PM = time(9, 0), time(20, 0)


def opens(after: datetime, *zones: ZoneInfo, weekdays: tuple[int, ...] = ()) -> datetime | None:
    return next_open(after, zones=zones, begins=NINE, ends=EIGHT_PM, weekdays=weekdays)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "zones", "weekdays", "expected"),
    [
        (utc(1, 15), (NEW_YORK,), (), utc(1, 15)),
        (utc(1, 13, 59), (NEW_YORK,), (), utc(1, 14)),
        (utc(2, 1), (NEW_YORK,), (), utc(2, 14)),
        (utc(1, 14, 30), (NEW_YORK, DENVER), (), utc(1, 16)),
        (utc(5, 15), (NEW_YORK,), (0, 1, 2, 3, 4), utc(7, 14)),
        (utc(1, 15), (NEW_YORK, GUAM), (), utc(1, 23)),
        (utc(1, 15), (NEW_YORK,), (8,), None),
    ],
    ids=str,
)
def test_the_next_moment_that_is_right_everywhere(
    after: datetime, zones: tuple[ZoneInfo, ...], weekdays: tuple[int, ...], expected: datetime | None
) -> None:
    assert opens(after, *zones, weekdays=weekdays) == expected


@given(
    st.integers(0, 2 * 365 * 24 * 60),
    st.sets(
        st.sampled_from([NEW_YORK, DENVER, ZoneInfo("America/Anchorage"), ZoneInfo("America/Phoenix")]), min_size=1
    ),
    st.sets(st.integers(0, 6)),
)
def test_it_is_open_then_and_not_a_minute_before(minute: int, zones: set[ZoneInfo], weekdays: set[int]) -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    words = {"zones": tuple(zones), "begins": NINE, "ends": EIGHT_PM, "weekdays": weekdays}
    at = next_open(after, **words)
    assert at is not None
    assert at >= after
    assert is_open(at, **words)
    if at > after:
        assert not is_open(max(after, at - timedelta(minutes=1)), **words)


def test_what_is_no_zone_is_left_out() -> None:
    assert zones_named(["America/Denver", "", "Nowhere/Else", "America/Denver"]) == (DENVER,)
    assert zones_named(["", "../etc/passwd"]) == ()
    assert opens(utc(1, 3)) == utc(1, 3), "where nobody knows the place, the gate decides"
