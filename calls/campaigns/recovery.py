"""Attempts whose worker died, or whose report never came: found in the database, and brought to an end.

Nothing here rings anybody. An attempt without a permit is put back; one with a permit waits until it is known what
became of that, which `calls.control.dialled` finds out from the carrier.
"""

from datetime import datetime, timedelta

import structlog

from calls.campaigns import runner
from calls.control import outgoing
from calls.models import ContactAttempt, Leg
from compliance.verdict import PermitState

# Whoever claimed a contact so long ago does not come to dial it: a permit lives for five seconds.
NOBODY_COMES_AFTER = timedelta(seconds=30)
# Whoever was to tell what came of a call that is over has had time to.
NOBODY_TELLS_AFTER = timedelta(seconds=30)
_BATCH = 500

log = structlog.get_logger(__name__)


def recover(*, now: datetime) -> int:
    """Bring on every attempt that nobody is at any more; how many."""
    return _put_back(now=now) + _conclude(now=now)


def _put_back(*, now: datetime) -> int:
    """Claimed, and no permit was spent: nobody was rung, and nobody will be in this attempt."""
    left = ContactAttempt.left_behind(claimed_before=now - NOBODY_COMES_AFTER, limit=_BATCH)
    found = sum(runner.nothing_left(attempt, why="its worker is gone", now=now) for attempt in left)
    if found:
        log.warning("contacts whose worker is gone were put back", count=found)
    return found


def _conclude(*, now: datetime) -> int:
    """A permit was spent, and it is known what became of that; but nobody has said so of the attempt."""
    return sum(
        _conclude_one(attempt, now=now)
        for attempt in ContactAttempt.unheard_of(before=now - NOBODY_TELLS_AFTER, limit=_BATCH)
    )


def _conclude_one(attempt: ContactAttempt, *, now: datetime) -> bool:
    assert attempt.permit is not None
    if attempt.permit.state == PermitState.VOID:
        done = runner.nothing_left(attempt, why=attempt.permit.outcome_note, now=now)
        if attempt.call is not None:
            outgoing.came_to_nothing(call=attempt.call, why=attempt.permit.outcome_note, now=now)
        return done
    leg = Leg.objects.filter(permit=attempt.permit).first()
    if leg is None or leg.ended_at is None or leg.ended_at > now - NOBODY_TELLS_AFTER:
        return False  # the carrier is to be asked, or it rings, or they talk, or somebody is about to tell
    over = None if attempt.call is None else outgoing.settle(call=attempt.call, now=now)
    if over is None:
        return False
    runner.call_over(over, now=now)
    return True
