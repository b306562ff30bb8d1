"""Times of day where somebody is, also in the nights when clocks are changed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from compliance import local_time

BERLIN, NEW_YORK, PACIFIC, TOKYO = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Tokyo")
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("reading", "zone", "instant"),
    [
        ("2026-07-01T12:00", BERLIN, "2026-07-01T10:00"),
        ("2026-12-01T12:00", BERLIN, "2026-12-01T11:00"),
        ("2026-03-29T02:30", BERLIN, "2026-03-29T01:00"),  # never shown: the first moment behind the gap
        ("2026-03-29T02:00", BERLIN, "2026-03-29T01:00"),
        ("2026-03-29T03:00", BERLIN, "2026-03-29T01:00"),
        ("2026-10-25T02:30", BERLIN, "2026-10-25T00:30"),  # shown twice: the first time
        ("2026-03-08T02:30", NEW_YORK, "2026-03-08T07:00"),
        ("2026-11-01T01:30", NEW_YORK, "2026-11-01T05:30"),
    ],
)
def test_a_reading_as_an_instant(reading: str, zone: ZoneInfo, instant: str) -> None:
    assert local_time.instant(datetime.fromisoformat(reading), zone) == at(instant)


@pytest.mark.parametrize("name", ["", "Mars/Base", "America", "../etc/passwd", "/etc/localtime", "x" * 300, "a\0b"])
def test_what_names_no_zone(name: str) -> None:
    assert local_time.zone_named(name) is None
    assert not local_time.is_zone(name)


@pytest.mark.parametrize(
    ("after", "zones", "first"),
    [
        ("2026-11-20T17:00", [NEW_YORK], "2026-11-20T17:00"),
        ("2026-11-20T03:00", [NEW_YORK], "2026-11-20T13:00"),  # 22:00 there: tomorrow at 8
        ("2026-11-20T13:30", [NEW_YORK, PACIFIC], "2026-11-20T16:00"),  # 8 in the east, 5 in the west
        ("2026-11-21T02:30", [NEW_YORK, PACIFIC], "2026-11-21T16:00"),  # 21:30 in the east
        ("2026-11-20T12:00", [BERLIN, TOKYO], "2026-11-21T07:00"),
    ],
)
def test_the_next_time_to_ring_somebody(after: str, zones: list[ZoneInfo], first: str) -> None:
    assert local_time.next_decent(at(after), zones) == at(first)


def test_places_too_far_apart_share_no_hour() -> None:
    zones = [PACIFIC, ZoneInfo("Europe/London"), ZoneInfo("Asia/Singapore")]
    assert local_time.next_decent(at("2026-11-20T17:00"), zones) is None
