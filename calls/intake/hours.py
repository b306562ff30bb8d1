"""Opening hours: is it open at this moment, and when does that change?

Hours are readings of the wall clock where the number is at home. Hours whose end is not after their beginning run over
midnight, into the day after; equal ends are a day and a night. A holiday replaces the hours that *begin* on its day:
a night that began the day before is worked to its end, and the night that would begin on a holiday is not.

When clocks go back, an hour comes twice and is open twice; when they go forward, what would begin in the gap begins
behind it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from compliance import local_time

_WEEK_MINUTES = 7 * 24 * 60
# Nobody is told of an opening that is farther away.
_DAYS_AHEAD = 31


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when something is open on a day of the week, Monday being 0."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day with hours of its own: closed when it has none."""

    day: date
    name: str
    is_yearly: bool = False
    opens: time | None = None
    closes: time | None = None

    def is_on(self, day: date) -> bool:
        """True when this is the day."""
        return (self.day.month, self.day.day) == (day.month, day.day) if self.is_yearly else self.day == day


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of a week, and the days that are different."""

    hours: tuple[Hours, ...]
    holidays: tuple[Holiday, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """Open or closed; because of which holiday; and until when, by the clock there, as far as is known."""

    is_open: bool
    holiday: str
    until: datetime | None


def look(week: Week, *, zone: ZoneInfo, now: datetime) -> Moment:
    """Whether it is open now."""
    here = local_time.reading(now, zone)
    holiday = next((day.name for day in week.holidays if day.is_on(here.date())), "")
    until = _open_until(week, here)
    if until is not None:
        return Moment(True, holiday, until)
    return Moment(False, holiday, _next_opening(week, zone=zone, now=now))


def overlapping(hours: Iterable[Hours]) -> list[tuple[Hours, Hours]]:
    """Hours of a week that are open at the same time, in pairs; the week goes round."""
    spans = [(each, *_minutes(each)) for each in hours]
    return [
        (one, other)
        for n, (one, start, length) in enumerate(spans)
        for other, other_start, other_length in spans[n + 1 :]
        if (other_start - start) % _WEEK_MINUTES < length or (start - other_start) % _WEEK_MINUTES < other_length
    ]


def _minutes(hours: Hours) -> tuple[int, int]:
    """The minute of the week in which hours begin, and how many they are."""
    opens, closes = (at.hour * 60 + at.minute for at in (hours.opens, hours.closes))
    return hours.weekday * 24 * 60 + opens, (closes - opens) % (24 * 60) or 24 * 60


def _open_until(week: Week, here: datetime) -> datetime | None:
    """When what is open at this reading closes; hours that follow each other without a break count as one."""
    yesterday = here.date() - timedelta(days=1)
    spans = sorted(span for ahead in range(3) for span in _beginning_on(week, yesterday + timedelta(days=ahead)))
    until = None
    for start, end in spans:
        if start <= (until or here) < end:
            until = end
    return until


def _beginning_on(week: Week, day: date) -> Iterator[tuple[datetime, datetime]]:
    holiday = next((each for each in week.holidays if each.is_on(day)), None)
    if holiday is None:
        spans = [(hours.opens, hours.closes) for hours in week.hours if hours.weekday == day.weekday()]
    elif holiday.opens is None or holiday.closes is None:
        spans = []
    else:
        spans = [(holiday.opens, holiday.closes)]
    for opens, closes in spans:
        start, end = datetime.combine(day, opens), datetime.combine(day, closes)
        yield start, end if end > start else end + timedelta(days=1)


def _next_opening(week: Week, *, zone: ZoneInfo, now: datetime) -> datetime | None:
    today = local_time.reading(now, zone).date()
    for ahead in range(_DAYS_AHEAD):
        starts = (
            local_time.instant(start, zone) for start, _ in sorted(_beginning_on(week, today + timedelta(days=ahead)))
        )
        coming = next((at for at in starts if at > now), None)
        if coming is not None:
            return local_time.reading(coming, zone)
    return None
