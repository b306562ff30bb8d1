"""Ten business days, with weekends and federal holidays left out."""

from datetime import date, timedelta

import pytest

from compliance import business_days


@pytest.mark.parametrize(
    ("received", "honour_by"),
    [
        (date(2026, 11, 20), date(2026, 12, 7)),
        (date(2026, 11, 26), date(2026, 12, 10)),  # Thanksgiving
        (date(2026, 12, 18), date(2027, 1, 5)),
        (date(2027, 2, 12), date(2027, 3, 1)),
        (date(2027, 6, 30), date(2027, 7, 15)),
        (date(2028, 2, 28), date(2028, 3, 13)),  # a leap year
    ],
)
def test_the_listed_cases(received: date, honour_by: date) -> None:
    assert business_days.honour_by(received) == honour_by


@pytest.mark.parametrize(
    "holiday",
    [
        date(2021, 12, 31),  # New Year's Day 2022 is a Saturday
        date(2026, 7, 3),  # 4 July 2026 is a Saturday
        date(2027, 7, 5),  # 4 July 2027 is a Sunday
        date(2027, 6, 18),  # 19 June 2027 is a Saturday
        date(2026, 5, 25),
        date(2026, 11, 11),
        date(2026, 10, 12),
    ],
)
def test_no_business_is_done_on_the_days_on_which_holidays_are_kept(holiday: date) -> None:
    assert not business_days.is_business_day(holiday)


def test_it_is_never_less_than_two_weeks_and_always_a_business_day() -> None:
    for days in range(1500):
        received = date(2026, 1, 1) + timedelta(days=days)
        last = business_days.honour_by(received)
        assert business_days.is_business_day(last)
        assert timedelta(days=12) <= last - received <= timedelta(days=20)
