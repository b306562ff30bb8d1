"""A campaign's own hours, by the called person's clock. Pure.

They narrow what the law allows and never widen it: the gate has its own. Whoever may be in several time zones is rung
while it is time in all of them; of whom nobody knows where they are, the gate decides.
"""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from compliance import local_time

# A window of one day a week opens within eight days, whatever the zones.
_DAYS_AHEAD = 9


def is_open(at: datetime, *, zones: Collection[ZoneInfo], begins: time, ends: time, weekdays: Collection[int]) -> bool:
    """True while it is within the hours in every one of these places. `weekdays` empty: on every day."""
    return all(_is_in(local_time.reading(at, zone), begins, ends, weekdays) for zone in zones)


def next_open(
    after: datetime, *, zones: Collection[ZoneInfo], begins: time, ends: time, weekdays: Collection[int]
) -> datetime | None:
    """The first moment from this one on that is within the hours everywhere; None when there is none."""
    if is_open(after, zones=zones, begins=begins, ends=ends, weekdays=weekdays):
        return after
    starts = {
        local_time.instant(datetime.combine(day, begins), zone)
        for zone in zones
        for ahead in range(_DAYS_AHEAD)
        for day in [local_time.reading(after, zone).date() + timedelta(days=ahead)]
    }
    fits = (at for at in starts if at > after and is_open(at, zones=zones, begins=begins, ends=ends, weekdays=weekdays))
    return min(fits, default=None)


def _is_in(reading: datetime, begins: time, ends: time, weekdays: Collection[int]) -> bool:
    return begins <= reading.time() < ends and (not weekdays or reading.weekday() in weekdays)


def zones_named(names: Collection[str]) -> tuple[ZoneInfo, ...]:
    """The zones of these names, in order, each once; what is no zone is left out."""
    found = {zone.key: zone for name in names if (zone := local_time.zone_named(name)) is not None}
    return tuple(found.values())
