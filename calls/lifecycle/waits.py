"""How long callers wait, told only as far as it is known."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

FEWEST = 3  # of fewer callers nothing can be said
_MINUTE = timedelta(minutes=1)


def usual_minutes(recent: Sequence[timedelta], *, waited: timedelta) -> int | None:
    """How many minutes callers have waited lately, rounded up; None when that would tell this caller nothing.

    `recent` are the waits of those who were taken lately. It is not known of too few of them, and it is no news to a
    caller who has waited longer already.
    """
    if len(recent) < FEWEST:
        return None
    usual = timedelta(seconds=median(wait.total_seconds() for wait in recent))
    if waited >= usual:
        return None
    return max(-(-usual // _MINUTE), 1)
