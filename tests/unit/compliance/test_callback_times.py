"""When somebody is to be called back: where they are, and where they may be."""

from datetime import UTC, datetime

import pytest

from compliance import callback_times
from compliance.numbers import country_of, is_country, time_zones_of

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # Friday noon in New York, 9 in the morning in Los Angeles
NEW_YORK, PACIFIC = ("America/New_York",), ("America/Los_Angeles",)
BRITISH_MOBILE = ("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey", "Europe/London")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zones", "at", "is_sure"),
    [
        (NEW_YORK, "2026-11-20T17:00", True),
        (("Asia/Tokyo",), "2026-11-20T23:00", True),  # two at night there: at eight
        (BRITISH_MOBILE, "2026-11-20T17:00", True),  # four names, one clock
        (NEW_YORK + PACIFIC, "2026-11-20T17:00", False),
        (("Europe/Berlin", *PACIFIC), "2026-11-20T17:00", False),
        ((), "2026-11-20T17:00", False),
        (("Mars/Base",), "2026-11-20T17:00", False),
    ],
)
def test_as_soon_as_may_be(zones: tuple[str, ...], at: str, is_sure: bool) -> None:
    due = callback_times.soonest(zones=zones, now=NOW)
    assert (due.at, due.is_sure) == (utc(at), is_sure)
    assert bool(due.doubt) is not is_sure


def test_where_no_time_is_decent_everywhere_it_is_said_so() -> None:
    due = callback_times.soonest(zones=(*PACIFIC, "Europe/London", "Asia/Singapore", "Asia/Manila"), now=NOW)
    assert due.at is None
    assert due.doubt.startswith("There is no decent time of day in all of America/Los_Angeles, Europe/London,")
    assert due.doubt.endswith("and 1 more at once.")


@pytest.mark.parametrize(
    ("reading", "zones", "at"),
    [
        ("2026-11-23T15:00", NEW_YORK, "2026-11-23T20:00"),
        ("2026-11-23T15:00", PACIFIC, "2026-11-23T23:00"),
        ("2026-11-23T15:00", BRITISH_MOBILE, "2026-11-23T15:00"),
        ("2027-03-14T08:00", NEW_YORK, "2027-03-14T12:00"),  # the day on which clocks went forward
    ],
)
def test_a_time_the_person_named(reading: str, zones: tuple[str, ...], at: str) -> None:
    due = callback_times.named(datetime.fromisoformat(reading), zones=zones, now=NOW)
    assert (due.at, due.is_sure, due.doubt) == (utc(at), True, "")


@pytest.mark.parametrize(
    ("reading", "zones", "doubt"),
    [
        ("2026-11-23T15:00", NEW_YORK + PACIFIC, "different moments in America/New_York, America/Los_Angeles"),
        ("2026-11-20T08:59", PACIFIC, "is past"),
        ("2026-11-23T07:59", NEW_YORK, "between 08:00 and 21:00"),
        ("2026-11-23T21:00", NEW_YORK, "between 08:00 and 21:00"),
        ("2026-11-23T15:00", (), "is not known"),
    ],
)
def test_a_time_that_cannot_be_kept_is_doubted(reading: str, zones: tuple[str, ...], doubt: str) -> None:
    due = callback_times.named(datetime.fromisoformat(reading), zones=zones, now=NOW)
    assert due.at is None
    assert doubt in due.doubt


@pytest.mark.parametrize(
    ("e164", "country", "zones"),
    [
        ("+14155552671", "US", PACIFIC),
        ("+442079460958", "GB", ("Europe/London",)),
        ("+883510012345", "", ()),
        ("", "", ()),
        ("nonsense", "", ()),
    ],
)
def test_where_a_number_is_at_home(e164: str, country: str, zones: tuple[str, ...]) -> None:
    assert (country_of(e164), time_zones_of(e164)) == (country, zones)


def test_what_is_a_country() -> None:
    assert is_country("US")
    assert not any(map(is_country, ("us", "XX", "001", "", "United States")))
