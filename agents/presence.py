"""What agents are doing. The only writer of an agent's state: every move is one conditional UPDATE, so that of two who
want the same person at once one gets them.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q

from agents import floor
from agents.models import Agent

_S = Agent.State


def _move(agent_id: int, *, where: Q, now: datetime, state: str, **changes: object) -> bool:
    moved = Agent.objects.filter(where, pk=agent_id, is_active=True).update(state=state, state_since=now, **changes)
    if moved:
        floor.changed("agent", agent_id)
    return bool(moved)


def set_available(agent_id: int, *, now: datetime) -> bool:
    """The agent says that they are free. Not while they are rung or on a call; wrapping up ends by it."""
    return _move(
        agent_id,
        where=Q(state__in=[_S.AWAY, _S.WRAP_UP]),
        now=now,
        state=_S.AVAILABLE,
        idle_since=now,
        wrap_up_until=None,
        goes_away=False,
    )


def call_in(agent_id: int, *, now: datetime) -> bool:
    """The agent asks for one call, and was away: free for it, and away again after it."""
    return _move(
        agent_id, where=Q(state=_S.AWAY), now=now, state=_S.AVAILABLE, idle_since=now, goes_away=True
    ) or _move(agent_id, where=Q(state=_S.WRAP_UP), now=now, state=_S.AVAILABLE, idle_since=now, wrap_up_until=None)


def call_off(agent_id: int, *, now: datetime) -> bool:
    """The call that somebody had asked for does not come: away as before."""
    return _move(agent_id, where=Q(state=_S.AVAILABLE, goes_away=True), now=now, state=_S.AWAY, goes_away=False)


def set_away(agent_id: int, *, now: datetime) -> bool:
    """The agent goes away: at once, or after the call they are on."""
    if _move(agent_id, where=Q(state__in=[_S.AVAILABLE, _S.WRAP_UP]), now=now, state=_S.AWAY, wrap_up_until=None):
        return True
    later = Agent.objects.filter(pk=agent_id, state__in=[_S.OFFERED, _S.ON_CALL]).update(goes_away=True)
    if later:
        floor.changed("agent", agent_id)
    return bool(later)


def offer(agent_id: int, *, now: datetime) -> bool:
    """Claim a free agent, who is about to be rung. False when somebody else was faster."""
    return _move(agent_id, where=Q(state=_S.AVAILABLE), now=now, state=_S.OFFERED)


def take(agent_id: int, *, now: datetime) -> bool:
    """The agent has taken the call they were rung for."""
    return _move(agent_id, where=Q(state=_S.OFFERED), now=now, state=_S.ON_CALL)


def release(agent_id: int, *, was_missed: bool, now: datetime) -> bool:
    """The offer came to nothing. Who did not answer is taken to be away, so that the next caller does not wait for
    nobody; who declined stays free, and keeps their place among the idle.
    """
    is_offered = Q(state=_S.OFFERED)
    if was_missed and _move(agent_id, where=is_offered, now=now, state=_S.AWAY, goes_away=False):
        return True
    if _move(agent_id, where=is_offered & Q(goes_away=True), now=now, state=_S.AWAY, goes_away=False):
        return True
    return _move(agent_id, where=is_offered, now=now, state=_S.AVAILABLE)


def begin_wrap_up(agent_id: int, *, now: datetime) -> bool:
    """The call is over for this agent: some time for the note."""
    found = Agent.objects.filter(pk=agent_id).values_list("wrap_up_s", flat=True).first()
    until = now + timedelta(seconds=found or 60)
    return _move(agent_id, where=Q(state=_S.ON_CALL), now=now, state=_S.WRAP_UP, wrap_up_until=until)


def end_wrap_up(agent_id: int, *, now: datetime) -> bool:
    """Done with the note: free again, or away if they had asked for it."""
    if _move(
        agent_id, where=Q(state=_S.WRAP_UP, goes_away=True), now=now, state=_S.AWAY, wrap_up_until=None, goes_away=False
    ):
        return True
    return _move(agent_id, where=Q(state=_S.WRAP_UP), now=now, state=_S.AVAILABLE, idle_since=now, wrap_up_until=None)


def end_due_wrap_ups(*, now: datetime) -> list[int]:
    """End every wrap-up whose time is over; whose."""
    due = Agent.objects.filter(state=_S.WRAP_UP, wrap_up_until__lte=now).values_list("pk", flat=True)
    return [agent_id for agent_id in due if end_wrap_up(agent_id, now=now)]


def more_wrap_up(agent_id: int, *, seconds: int, now: datetime) -> bool:
    """A little longer for the note."""
    longer = Agent.objects.filter(pk=agent_id, state=_S.WRAP_UP).update(
        wrap_up_until=F("wrap_up_until") + timedelta(seconds=seconds)
    )
    if longer:
        floor.changed("agent", agent_id)
    return bool(longer)
