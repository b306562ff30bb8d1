"""What follows from money spent: a warning, a cheaper model, and at last no more dialling."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

# A budget whose money was not counted for so long is not known any more: then nobody is dialled.
BELIEVED = timedelta(minutes=5)


class Period(StrEnum):
    """Over which time money is counted. Values are stored."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Level(StrEnum):
    """How far a budget is used up. Values are stored."""

    FINE = "fine"
    WARNED = "warned"
    STEPPED_DOWN = "stepped_down"
    STOPPED = "stopped"


LEVEL_WORDS = {
    Level.FINE: "within its limits",
    Level.WARNED: "warned",
    Level.STEPPED_DOWN: "calls that begin now use the cheaper model",
    Level.STOPPED: "outgoing calls are stopped",
}


@dataclass(frozen=True, slots=True)
class Amounts:
    """From which money on what happens, in dollars; None: it never does."""

    warn: Decimal | None = None
    step_down: Decimal | None = None
    stop: Decimal | None = None


def judge(amounts: Amounts, spent: Decimal) -> Level:
    """The furthest step that this money has reached."""
    steps = ((Level.STOPPED, amounts.stop), (Level.STEPPED_DOWN, amounts.step_down), (Level.WARNED, amounts.warn))
    return next((level for level, amount in steps if amount is not None and spent >= amount), Level.FINE)


def uses_cheaper(level: Level, amounts: Amounts) -> bool:
    """True when calls that begin now use the cheaper model: also of a budget that has stopped dialling since."""
    return level is Level.STEPPED_DOWN or (level is Level.STOPPED and amounts.step_down is not None)


def began(period: Period, now: datetime) -> datetime:
    """When the period that `now` is in began, by the clock `now` is given in."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if period is Period.HOUR:
        return hour
    return hour.replace(hour=0) if period is Period.DAY else hour.replace(hour=0, day=1)


def ends(period: Period, now: datetime) -> datetime:
    """When it ends."""
    start = began(period, now)
    if period is Period.HOUR:
        return start + timedelta(hours=1)
    if period is Period.DAY:
        return start + timedelta(days=1)
    return (start + timedelta(days=32)).replace(day=1)


def is_believed(judged_at: datetime | None, now: datetime) -> bool:
    """True while the money of a budget was counted lately enough to dial on."""
    return judged_at is not None and now - judged_at < BELIEVED
