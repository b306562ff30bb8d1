"""The values in the rows of the law: hours of a week, days of a year, so many in so many hours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIMES = r"(\d\d):(\d\d)-(\d\d):(\d\d)"
_PART = re.compile(rf"(?:(sat|sun|holiday) )?(?:{_TIMES}|barred)")
_CAP = re.compile(r"([1-9]\d?) in ([1-9]\d{0,3}) h")
_FIXED = re.compile(r"(\d\d)-(\d\d)")
_NTH = re.compile(rf"(?:({'|'.join(_DAYS)}) after )?(1st|2nd|3rd|4th|5th|last) ({'|'.join(_DAYS)}) of (\d\d)")
_EASTER = re.compile(r"easter ([+-]\d{1,3})")
_A_DAY = 24 * 60
_FRIDAY, _SATURDAY, _SUNDAY, _MONDAY = 4, 5, 6, 0


class UnableToRead(Exception):
    """This is no value of its kind."""


class Hours(NamedTuple):
    """Minutes of a local day, the first inclusive and the last exclusive."""

    start: int
    end: int


class Span(NamedTuple):
    """Days, the last exclusive."""

    first: date
    end: date


BARRED = Hours(0, 0)


def both(one: Hours, other: Hours) -> Hours:
    """The hours that are in both."""
    start, end = max(one.start, other.start), min(one.end, other.end)
    return Hours(start, end) if start < end else BARRED


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of every day of a week, and of holidays; None: as on the weekday that it is."""

    weekday: Hours
    saturday: Hours
    sunday: Hours
    holiday: Hours | None = None

    def on(self, day: date, *, is_holiday: bool) -> Hours:
        """The hours of one day."""
        hours = {_SATURDAY: self.saturday, _SUNDAY: self.sunday}.get(day.weekday(), self.weekday)
        return hours if self.holiday is None or not is_holiday else both(hours, self.holiday)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many attempts within so long."""

    count: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of every year: a date, the nth weekday of a month (-1: the last), or so many days from Easter.

    `then`: the first such weekday after it.
    """

    month: int = 0
    day: int = 0
    nth: int = 0
    weekday: int = 0
    then: int | None = None
    from_easter: int | None = None

    def is_on(self, day: date) -> bool:
        """True on that day."""
        if self.from_easter is not None:
            return day == easter(day.year) + timedelta(days=self.from_easter)
        if not self.nth:
            return (day.month, day.day) == (self.month, self.day)
        if self.then is None:
            return day.month == self.month and self._is_nth(day)
        if day.weekday() != self.then:
            return False
        before = day - timedelta(days=(day.weekday() - self.weekday - 1) % 7 + 1)
        return before.month == self.month and self._is_nth(before)

    def _is_nth(self, day: date) -> bool:
        if day.weekday() != self.weekday:
            return False
        if self.nth < 0:
            return (day + timedelta(days=7)).month != day.month
        return (day.day - 1) // 7 + 1 == self.nth


def read_hours(text: str) -> Week:
    """`09:00-18:00, sat 10:00-17:00, sun barred, holiday barred`; the days that are not named are as weekdays."""
    found: dict[str, Hours] = {}
    for part in text.split(", "):
        match = _PART.fullmatch(part)
        if match is None or (match[1] or "") in found:
            raise UnableToRead(part)
        found[match[1] or ""] = BARRED if part.endswith("barred") else _hours(*(int(n) for n in match.groups()[1:]))
    if "" not in found:
        raise UnableToRead(text)
    weekday = found[""]
    return Week(weekday, found.get("sat", weekday), found.get("sun", weekday), found.get("holiday"))


def _hours(from_hour: int, from_minute: int, to_hour: int, to_minute: int) -> Hours:
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if not 0 <= start < end <= _A_DAY or max(from_minute, to_minute) > 59:
        raise UnableToRead(f"{start} to {end}")
    return Hours(start, end)


def read_holiday(text: str) -> Holiday:
    """`07-04`, `3rd mon of 01`, `last mon of 05`, `tue after 1st mon of 11`, `easter -47`."""
    if match := _FIXED.fullmatch(text):
        month, day = int(match[1]), int(match[2])
        try:
            date(2000, month, day)
        except ValueError as error:
            raise UnableToRead(text) from error
        return Holiday(month=month, day=day)
    if match := _EASTER.fullmatch(text):
        return Holiday(from_easter=int(match[1]))
    if (match := _NTH.fullmatch(text)) and 1 <= int(match[4]) <= 12:
        nth = -1 if match[2] == "last" else int(match[2][0])
        then = None if match[1] is None else _DAYS.index(match[1])
        return Holiday(month=int(match[4]), nth=nth, weekday=_DAYS.index(match[3]), then=then)
    raise UnableToRead(text)


def read_cap(text: str) -> Cap:
    """`3 in 24 h`."""
    match = _CAP.fullmatch(text)
    if match is None:
        raise UnableToRead(text)
    return Cap(int(match[1]), timedelta(hours=int(match[2])))


def read_consent(text: str) -> str:
    """`signed` or `express`."""
    if text not in ("signed", "express"):
        raise UnableToRead(text)
    return text


def read_number(text: str) -> float:
    """A figure that is not negative."""
    try:
        figure = float(text)
    except ValueError as error:
        raise UnableToRead(text) from error
    if not 0 <= figure < 100_000:
        raise UnableToRead(text)
    return figure


def read_nothing(text: str) -> str:
    """Words for people; that the row is there says it all."""
    if not text:
        raise UnableToRead(text)
    return text


def observed_on(day: date) -> Iterator[date]:
    """The days whose holiday would be observed on this one: itself, a Saturday tomorrow, a Sunday yesterday."""
    yield day
    if day.weekday() == _FRIDAY:
        yield day + timedelta(days=1)
    elif day.weekday() == _MONDAY:
        yield day - timedelta(days=1)


def easter(year: int) -> date:
    """Easter Sunday of the western churches (the computus of Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)
