"""Opening hours by the wall clock: midnight, holidays, the nights when clocks are changed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from calls.intake.hours import Holiday, Hours, Week, look, overlapping

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
PACIFIC, BERLIN, KATHMANDU = (ZoneInfo(name) for name in ("America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu"))


def span(weekday: int, opens: str, closes: str) -> Hours:
    return Hours(weekday, time.fromisoformat(opens), time.fromisoformat(closes))


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reading(text: str) -> datetime:
    """What the clock on the wall shows."""
    return datetime.fromisoformat(text)


OFFICE = Week(tuple(span(day, "08:00", "18:00") for day in range(5)))
BAR = Week((span(FRI, "22:00", "03:00"), span(SAT, "22:00", "03:00")))


@pytest.mark.parametrize(
    ("now", "is_open", "until"),
    [
        ("2026-11-20T15:59:59", False, "2026-11-20T08:00"),  # Friday, 07:59:59 on the coast
        ("2026-11-20T16:00:00", True, "2026-11-20T18:00"),
        ("2026-11-21T01:59:59", True, "2026-11-20T18:00"),
        ("2026-11-21T02:00:00", False, "2026-11-23T08:00"),  # closing time belongs to the night; next is Monday
        ("2026-07-20T15:00:00", True, "2026-07-20T18:00"),  # the same reading is an hour earlier in summer
        ("2026-07-20T14:59:00", False, "2026-07-20T08:00"),
    ],
)
def test_office_hours_are_those_of_the_place(now: str, is_open: bool, until: str) -> None:
    moment = look(OFFICE, zone=PACIFIC, now=at(now))
    assert (moment.is_open, moment.until) == (is_open, reading(until))


def test_a_zone_need_not_be_whole_hours_away() -> None:
    assert look(OFFICE, zone=KATHMANDU, now=at("2026-11-20T02:15:00")).is_open
    assert not look(OFFICE, zone=KATHMANDU, now=at("2026-11-20T02:14:59")).is_open


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-11-20T20:59:00", False),  # Friday 21:59
        ("2026-11-20T21:00:00", True),
        ("2026-11-21T01:59:00", True),  # Saturday 02:59, still Friday's night
        ("2026-11-21T02:00:00", False),
        ("2026-11-22T01:59:00", True),  # Sunday 02:59, Saturday's night
        ("2026-11-22T22:30:00", False),  # Sunday night has no hours
    ],
)
def test_hours_that_run_over_midnight(now: str, is_open: bool) -> None:
    assert look(BAR, zone=BERLIN, now=at(now)).is_open is is_open


# Clocks go forward in Berlin on 29 March 2026: 01:59 is followed by 03:00.
@pytest.mark.parametrize(
    ("now", "is_open"), [("2026-03-29T00:59:59", False), ("2026-03-29T01:00:00", True), ("2026-03-29T01:59:59", True)]
)
def test_what_begins_in_the_hour_that_is_skipped_begins_behind_it(now: str, is_open: bool) -> None:
    week = Week((span(SUN, "02:30", "04:00"),))
    moment = look(week, zone=BERLIN, now=at(now))
    assert moment.is_open is is_open
    assert moment.until == reading("2026-03-29T04:00" if is_open else "2026-03-29T03:00")


# Clocks go back in Berlin on 25 October 2026: 02:59 is followed by 02:00.
@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-10-24T23:59:59", False),
        ("2026-10-25T00:00:00", True),  # 02:00 for the first time
        ("2026-10-25T00:30:00", False),
        ("2026-10-25T01:00:00", True),  # 02:00 again
        ("2026-10-25T01:29:59", True),
        ("2026-10-25T01:30:00", False),
    ],
)
def test_the_hour_that_comes_twice_is_open_twice(now: str, is_open: bool) -> None:
    week = Week((span(SUN, "02:00", "02:30"),))
    assert look(week, zone=BERLIN, now=at(now)).is_open is is_open


def test_a_night_in_which_clocks_go_back_is_an_hour_longer() -> None:
    night = Week((span(SAT, "22:00", "06:00"),))
    assert look(night, zone=BERLIN, now=at("2026-10-25T04:59:59")).is_open  # nine hours after 22:00
    assert not look(night, zone=BERLIN, now=at("2026-10-25T05:00:00")).is_open


HOLIDAYS = (
    Holiday(date(2026, 11, 26), "Thanksgiving"),
    Holiday(date(2020, 12, 25), "Christmas Day", is_yearly=True),
    Holiday(date(2026, 12, 24), "Christmas Eve", opens=time(8), closes=time(12)),
)


@pytest.mark.parametrize(
    ("now", "is_open", "name", "until"),
    [
        ("2026-11-26T18:00:00", False, "Thanksgiving", "2026-11-27T08:00"),
        ("2027-11-26T18:00:00", True, "", "2027-11-26T18:00"),  # only that year
        ("2026-12-24T17:00:00", True, "Christmas Eve", "2026-12-24T12:00"),
        ("2026-12-24T21:00:00", False, "Christmas Eve", "2026-12-28T08:00"),
        ("2031-12-25T18:00:00", False, "Christmas Day", "2031-12-26T08:00"),
    ],
)
def test_holidays_replace_the_hours_of_their_day(now: str, is_open: bool, name: str, until: str) -> None:
    moment = look(Week(OFFICE.hours, HOLIDAYS), zone=PACIFIC, now=at(now))
    assert (moment.is_open, moment.holiday, moment.until) == (is_open, name, reading(until))


def test_the_night_before_a_holiday_is_worked_to_its_end_and_the_night_of_it_is_not() -> None:
    week = Week(BAR.hours, (Holiday(date(2026, 11, 21), "Saturday off"),))
    assert look(week, zone=BERLIN, now=at("2026-11-21T01:30:00")).is_open  # Friday's night
    assert not look(week, zone=BERLIN, now=at("2026-11-21T22:30:00")).is_open
    assert not look(week, zone=BERLIN, now=at("2026-11-22T01:30:00")).is_open  # what would have been Saturday's


def test_hours_without_a_break_are_one() -> None:
    week = Week((span(MON, "08:00", "12:00"), span(MON, "12:00", "18:00"), span(MON, "18:00", "00:00")))
    assert look(week, zone=BERLIN, now=at("2026-11-23T08:00:00")).until == reading("2026-11-24T00:00")


def test_a_day_and_a_night() -> None:
    week = Week(tuple(span(day, "00:00", "00:00") for day in range(7)))
    assert all(look(week, zone=BERLIN, now=at(f"2026-11-{day}T{hour:02}:00:00")).is_open
               for day in range(20, 28) for hour in range(24))  # fmt: skip


def test_nothing_ever_opens_again() -> None:
    assert look(Week(()), zone=BERLIN, now=at("2026-11-20T12:00:00")).until is None


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [
        (span(MON, "08:00", "12:00"), span(MON, "12:00", "18:00"), False),
        (span(MON, "08:00", "12:01"), span(MON, "12:00", "18:00"), True),
        (span(MON, "08:00", "12:00"), span(TUE, "08:00", "12:00"), False),
        (span(MON, "22:00", "03:00"), span(TUE, "02:00", "04:00"), True),
        (span(SUN, "22:00", "03:00"), span(MON, "02:59", "04:00"), True),  # the week goes round
        (span(SUN, "22:00", "03:00"), span(MON, "03:00", "04:00"), False),
        (span(MON, "00:00", "00:00"), span(MON, "12:00", "13:00"), True),
        (span(MON, "00:00", "00:00"), span(TUE, "00:00", "00:00"), False),
    ],
)
def test_hours_that_overlap(one: Hours, other: Hours, do: bool) -> None:
    assert overlapping([one, other]) == ([(one, other)] if do else [])
    assert overlapping([other, one]) == ([(other, one)] if do else [])
