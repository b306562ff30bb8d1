"""How many people to ring now. Pure: what is known goes in, a count comes out.

A call that is answered must be talked to within two seconds (47 CFR 64.1200(a)(7)). So no more are rung than lines, and
people where people are needed, are free for. A campaign that goes by the share that answers rings a few more: as many
as keep the calls that would find nobody, as chance has it, below what the goal leaves. What was free a second ago is
not looked at again: when capacity goes, ringing stops.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

# Of the calls that people answered, over 30 days: 16 CFR 310.4(b)(4).
ABANDONED_CAP_PCT = 3.0
# With fewer calls than this nobody knows which share answers.
LEAST_KNOWN = 50
# However few answer, no more than this many are rung for one that is free.
MOST_PER_FREE = 3
# Of what the goal leaves, so much is planned with: the rest is for capacity that goes while telephones ring.
_PLANNED_SHARE = 0.5
# How sure the share that answers is not higher than it is taken for: one side of 95 %.
_SURE = 1.645
# What a campaign did not use up is not made up for later.
_SAVED_UP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Load:
    """How things stand for one campaign at this moment.

    `in_use`: its calls that are claimed, ringing or talking. `unanswered`: those of them that nobody has answered yet.
    `lines_free`: calls more that bridges and model can take, those on the way counted. `agents_free`: people who
    can take one now; None where the assistant needs nobody. `rung` and over, `answered` by people, `abandoned`: in
    the last 30 days.
    """

    in_use: int
    unanswered: int
    max_concurrent: int
    lines_free: int
    agents_free: int | None = None
    is_predictive: bool = False
    rung: int = 0
    answered: int = 0
    abandoned: int = 0
    goal_pct: float = 1.0

    @property
    def abandoned_pct(self) -> float:
        """Of those whom people answered, how many per hundred heard nothing of us in time."""
        return 100 * self.abandoned / self.answered if self.answered else 0.0


def allowance(load: Load, *, by_rate: int) -> int:
    """How many to ring now; `by_rate` is what the calls per second leave room for."""
    if load.abandoned_pct > ABANDONED_CAP_PCT:
        return 0
    limits = [by_rate, load.max_concurrent - load.in_use, load.lines_free]
    if load.agents_free is not None:
        limits.append(may_ring(load) - load.unanswered)
    return max(0, min(limits))


def may_ring(load: Load) -> int:
    """How many may ring at once for the people who are free: one each, or more by the share that answers."""
    free = load.agents_free or 0
    if not load.is_predictive or load.rung < LEAST_KNOWN or not free:
        return free
    talking = load.in_use - load.unanswered  # answered, whatever will be said of them when they are over
    known = load.rung + talking
    share = _at_most((load.answered + talking) / known, known)
    goal = min(load.goal_pct, ABANDONED_CAP_PCT) / 100 * _PLANNED_SHARE
    low, high = free, free * MOST_PER_FREE
    while low < high:  # the most that keeps within the goal
        middle = (low + high + 1) // 2
        met = middle * share
        left = goal * (load.answered + met) - load.abandoned
        if nobody_free_for(middle, share=share, free=free) <= min(goal * met, left):
            low = middle
        else:
            high = middle - 1
    return low


def nobody_free_for(ringing: int, *, share: float, free: int) -> float:
    """How many would find nobody free, as chance has it, when each that rings is answered with this probability."""
    if share >= 1:
        return float(max(0, ringing - free))
    chance, left_over = (1 - share) ** ringing, 0.0
    for answered in range(ringing + 1):
        left_over += chance * max(0, answered - free)
        chance *= (ringing - answered) / (answered + 1) * share / (1 - share)
    return left_over


def _at_most(share: float, known: int) -> float:
    return min(1.0, share + _SURE * sqrt(max(share * (1 - share), 0.01) / known))


@dataclass(frozen=True, slots=True)
class Turn:
    """What the calls per second leave room for now; `until(n)` is how long `n` of them fill the time."""

    most: int
    _begins: datetime
    _gap: timedelta

    def until(self, count: int) -> datetime:
        """The time is filled until then, once this many have been rung."""
        return self._begins + self._gap * count


def by_rate(*, calls_per_second: float, paced_until: datetime | None, now: datetime) -> Turn:
    """How many may be rung now without going faster than so many in a second."""
    if calls_per_second <= 0:
        return Turn(0, now, timedelta(0))
    gap = timedelta(seconds=1 / calls_per_second)
    earliest = now - max(_SAVED_UP, gap)
    begins = earliest if paced_until is None else max(paced_until, earliest)
    return Turn(max(0, int((now - begins) / gap + 1e-9)), begins, gap)
