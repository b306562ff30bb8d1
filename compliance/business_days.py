"""How long the law gives to honour a request not to be called: ten business days, federal holidays left out.

47 CFR 64.1200(a)(10), (d)(3). Nothing here waits for it: a request counts from the moment it is committed. The day is
kept so that somebody can see that none was ever late.
"""

from datetime import date, timedelta

DAYS = 10
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_DAY = timedelta(days=1)


def honour_by(received: date) -> date:
    """The last day on which a request received on this day may be honoured by law."""
    day, left = received, DAYS
    while left:
        day += _DAY
        left -= is_business_day(day)
    return day


def is_business_day(day: date) -> bool:
    """False at weekends, on federal holidays, and on the days on which those are observed."""
    return day.weekday() < _SATURDAY and day not in _observed(day.year) and day not in _observed(day.year + 1)


def _observed(year: int) -> frozenset[date]:
    """The days on which the federal holidays of a year are kept (5 USC 6103); one may lie in the year before."""
    return frozenset(_kept_on(day) for day in _holidays(year))


def _kept_on(day: date) -> date:
    if day.weekday() == _SATURDAY:
        return day - _DAY
    return day + _DAY if day.weekday() == _SUNDAY else day


def _holidays(year: int) -> tuple[date, ...]:
    return (
        date(year, 1, 1),
        _nth(year, 1, _MONDAY, 3),  # Martin Luther King
        _nth(year, 2, _MONDAY, 3),  # Washington's birthday
        _last_monday_of_may(year),
        date(year, 6, 19),
        date(year, 7, 4),
        _nth(year, 9, _MONDAY, 1),  # Labor Day
        _nth(year, 10, _MONDAY, 2),  # Columbus Day
        date(year, 11, 11),
        _nth(year, 11, _THURSDAY, 4),  # Thanksgiving
        date(year, 12, 25),
    )


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
