"""Times of day where somebody is: a wall clock's reading as an instant, and back, right also in the nights when clocks
are changed.

A reading that comes twice (clocks go back) means its first coming; one that never comes (clocks go forward) means the
first moment after the gap.
"""

import zoneinfo
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

# When people are rung, by their own clock. 47 CFR 64.1200(c)(1): not before 8 in the morning, not after 9 at night.
EARLIEST, LATEST = time(8, 0), time(21, 0)
# Clocks are never moved by more than this at once, and not to the second.
_GAP = timedelta(hours=3)
_STEP = timedelta(minutes=1)
_DAYS_AHEAD = 8


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None when there is none, whatever was given as a name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, not a name, or a folder of the database
        return None


def is_zone(name: str) -> bool:
    """True for the name of a time zone that people live in."""
    return name in _zones()


@cache  # the library goes through its folders each time it is asked
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def instant(reading: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a wall clock there shows this reading, which has no zone of its own."""
    at = reading.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == reading:
        return at
    at -= _GAP
    while at.astimezone(zone).replace(tzinfo=None) < reading:
        at += _STEP
    return at


def reading(at: datetime, zone: ZoneInfo) -> datetime:
    """What a wall clock there shows at this instant, without a zone."""
    return at.astimezone(zone).replace(tzinfo=None)


def is_decent(at: datetime, zones: Iterable[ZoneInfo]) -> bool:
    """True when it is a time of day to ring people, in all of these places at once."""
    return all(EARLIEST <= reading(at, zone).time() < LATEST for zone in zones)


def next_decent(after: datetime, zones: Iterable[ZoneInfo]) -> datetime | None:
    """The first moment from this one on that is decent in all of these places; None when there is none.

    Places half the world apart share no decent hour.
    """
    places = tuple(zones)
    if is_decent(after, places):
        return after
    today = {zone: reading(after, zone).date() for zone in places}
    mornings = (
        instant(datetime.combine(today[zone] + timedelta(days=ahead), EARLIEST), zone)
        for ahead in range(_DAYS_AHEAD)
        for zone in places
    )
    return min((at for at in mornings if at > after and is_decent(at, places)), default=None)
