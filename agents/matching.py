"""Who is rung for whom: waiting callers and free agents in, offers out.

The caller who has waited longest is served first; of those who may be rung for them the lowest priority number comes
first, and of equals the one who has been idle longest. Nobody is rung twice for the same caller in one round.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller who waits for a person. `only` names the one person asked for, if one was.

    `not_by_telephone`: their channel reaches browsers and SIP telephones only.
    """

    ref: int
    since: datetime
    queue: int | None
    skills: frozenset[int] = frozenset()
    tried: frozenset[int] = frozenset()
    only: int | None = None
    not_by_telephone: bool = False


@dataclass(frozen=True, slots=True)
class Free:
    """An agent who may be rung: the queues they serve, each with the priority they have there."""

    agent: int
    idle_since: datetime
    skills: frozenset[int]
    priorities: dict[int, int]
    is_by_telephone: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Ring this agent for this caller."""

    ref: int
    agent: int


def suits(waiting: Waiting, free: Free) -> bool:
    """True when this agent may be rung for this caller."""
    if free.agent in waiting.tried or (waiting.not_by_telephone and free.is_by_telephone):
        return False
    if waiting.only is not None:
        return free.agent == waiting.only
    return waiting.queue in free.priorities and waiting.skills <= free.skills


def match(waiting: Iterable[Waiting], free: Iterable[Free]) -> list[Match]:
    """The offers to make now, in the order in which the callers came; nobody is in two of them."""
    left = {each.agent: each for each in free}
    found = []
    for caller in sorted(waiting, key=lambda each: (each.since, each.ref)):
        fitting = [each for each in left.values() if suits(caller, each)]
        if fitting:
            best = min(fitting, key=lambda each: (_priority(each, caller), each.idle_since, each.agent))
            found.append(Match(caller.ref, best.agent))
            del left[best.agent]
    return found


def _priority(free: Free, waiting: Waiting) -> int:
    return 0 if waiting.queue is None else free.priorities.get(waiting.queue, 0)
