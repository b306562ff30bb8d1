"""When somebody is to be called back: the time they named, where they are, or the next one that is right there.

A telephone number may be at home in several time zones. Then a time that was named can mean several moments, and one
that is right everywhere is looked for, or it is said that there is none.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from compliance import local_time


@dataclass(frozen=True, slots=True)
class Due:
    """A moment to call back. `zone` is that of the person, or one of those it may be when `is_sure` is no.

    `at` None: no moment can be named. `doubt` says why, or what is not sure, for a person; empty when all is well.
    """

    at: datetime | None
    zone: str
    is_sure: bool
    doubt: str = ""


def soonest(*, zones: tuple[str, ...], now: datetime) -> Due:
    """The next moment at which it is a decent time in every place that the person may be in."""
    known = _known(zones)
    if not known:
        return Due(now, "", is_sure=False, doubt="Where this person is, and what time it is there, is not known.")
    at = local_time.next_decent(now, known)
    is_sure = _are_alike(known, now)
    if at is None:
        doubt = f"There is no decent time of day in all of {_names(known)} at once."
        return Due(None, known[0].key, is_sure=False, doubt=doubt)
    doubt = "" if is_sure else f"The person may be in {_names(known)}: the time is decent in all of them."
    return Due(at, known[0].key, is_sure=is_sure, doubt=doubt)


def named(reading: datetime, *, zones: tuple[str, ...], now: datetime) -> Due:
    """The moment of a time the person named, by their own clock. One that is past, or at night there, is doubted."""
    known = _known(zones)
    if not known:
        return Due(None, "", is_sure=False, doubt="Which time zone the person means is not known.")
    moments = {zone: local_time.instant(reading, zone) for zone in known}
    if len(set(moments.values())) > 1:
        return Due(None, known[0].key, is_sure=False, doubt=f"It means different moments in {_names(known)}.")
    at = moments[known[0]]
    if at <= now:
        return Due(None, known[0].key, is_sure=True, doubt="That time is past.")
    if not local_time.is_decent(at, known):
        hours = f"{local_time.EARLIEST:%H:%M} and {local_time.LATEST:%H:%M}"
        return Due(None, known[0].key, is_sure=True, doubt=f"People are called back between {hours} where they are.")
    return Due(at, known[0].key, is_sure=True)


def _known(zones: tuple[str, ...]) -> list[ZoneInfo]:
    return [zone for name in zones if (zone := local_time.zone_named(name)) is not None]


def _are_alike(zones: list[ZoneInfo], now: datetime) -> bool:
    """True when clocks in all of these show the same now."""
    return len({now.astimezone(zone).utcoffset() for zone in zones}) == 1


def _names(zones: list[ZoneInfo]) -> str:
    names = [zone.key for zone in zones]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
