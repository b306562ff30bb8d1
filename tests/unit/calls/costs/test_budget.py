"""What follows from money spent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calls.costs.budget import Amounts, Level, Period, began, ends, is_believed, judge, uses_cheaper

NOW = datetime(2026, 12, 31, 23, 59, 30, tzinfo=UTC)
ALL = Amounts(Decimal(5), Decimal(8), Decimal(10))


@pytest.mark.parametrize(
    ("spent", "level"),
    [("4.999999", Level.FINE), ("5", Level.WARNED), ("8", Level.STEPPED_DOWN), ("9.99", Level.STEPPED_DOWN),
     ("10", Level.STOPPED), ("999", Level.STOPPED)],
)  # fmt: skip
def test_each_amount_is_a_step_and_reached_is_reached(spent: str, level: Level) -> None:
    assert judge(ALL, Decimal(spent)) is level


def test_a_step_that_is_left_out_is_never_taken() -> None:
    assert judge(Amounts(stop=Decimal(10)), Decimal(9)) is Level.FINE
    assert judge(Amounts(warn=Decimal(1)), Decimal(10**6)) is Level.WARNED
    assert judge(Amounts(), Decimal(10**6)) is Level.FINE


def test_a_stopped_budget_keeps_the_cheaper_model_for_whoever_calls_in() -> None:
    assert uses_cheaper(Level.STOPPED, ALL)
    assert not uses_cheaper(Level.STOPPED, Amounts(stop=Decimal(10)))
    assert not uses_cheaper(Level.WARNED, ALL)


def test_periods_begin_and_end_where_the_clock_says() -> None:
    assert (began(Period.HOUR, NOW), ends(Period.HOUR, NOW)) == (
        datetime(2026, 12, 31, 23, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert began(Period.DAY, NOW) == datetime(2026, 12, 31, tzinfo=UTC)
    assert began(Period.MONTH, NOW) == datetime(2026, 12, 1, tzinfo=UTC)
    assert ends(Period.MONTH, NOW) == ends(Period.DAY, NOW) == datetime(2027, 1, 1, tzinfo=UTC)


def test_money_that_was_not_counted_lately_is_not_believed() -> None:
    assert is_believed(NOW - timedelta(minutes=4), NOW)
    assert not is_believed(NOW - timedelta(minutes=5), NOW)
    assert not is_believed(None, NOW)
