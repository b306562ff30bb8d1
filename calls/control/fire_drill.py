"""A fire drill: end a bridge on purpose while calls are on it, and see what becomes of them.

Only a bridge of this machine can be struck, and only one that is the process it says it is. The strike is written into
the history of every call it meets, so that nobody searches for the cause later.
"""

import os
import signal
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import psutil
from django.db.models import QuerySet

from calls.lifecycle import Phase
from calls.models import BridgeWorker, Call, Stream, ToolRun, TranscriptTurn
from compliance import audit


class How(StrEnum):
    """The ways in which a process can fail its callers."""

    KILL = "kill"  # gone at once, as after a crash
    STOP = "stop"  # there, and deaf: a hang
    TOOL = "tool"  # gone while a tool is at work for one of its calls


class NothingToStrike(Exception):
    """No bridge of this machine holds a call; `str()` says so to a person."""


class NobodyToGoOn(Exception):
    """The other bridges have no room for the calls of the one to be struck; `str()` says so to a person."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One bridge ended on purpose, and the calls it held."""

    how: How
    bridge: str
    pid: int
    at: datetime
    calls: tuple[int, ...]
    turns: frozenset[tuple[int, str]]  # call and item of each turn in the books before


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the calls so far. Times in seconds from the strike to the new stream."""

    resumed: dict[int, float] = field(default_factory=dict)
    ended: frozenset[int] = frozenset()
    turns_lost: int = 0

    def is_known_of(self, strike: Strike) -> bool:
        """True once no call is waited for any more."""
        return len(self.resumed) + len(self.ended) == len(strike.calls)


def tool_at_work() -> str:
    """The bridge of this machine on which a tool is at work at this moment; empty when none is."""
    calls = ToolRun.objects.filter(finished_at=None).exclude(call__phase=Phase.CLOSED).values_list("call", flat=True)
    held = _open_streams().filter(call__in=calls, bridge__in=[bridge.name for bridge in _here()])
    return held.values_list("bridge", flat=True).first() or ""


def strike(*, how: How, by: str, now: datetime, bridge: str = "", whatever_follows: bool = False) -> Strike:
    """Strike the bridge of this name, or the busiest of this machine. Raises NothingToStrike or NobodyToGoOn.

    `whatever_follows`: also when nobody has room for its calls.
    """
    here = [one for one in _here() if not bridge or one.name == bridge]
    found = max(here, key=lambda one: _open_streams().filter(bridge=one.name).count(), default=None)
    if found is None or not _is_itself(found):
        raise NothingToStrike("No bridge of this machine says that it is there.")
    calls = tuple(_open_streams().filter(bridge=found.name).values_list("call", flat=True))
    if not calls:
        raise NothingToStrike("No bridge of this machine holds a call.")
    if not whatever_follows and (room := _room_beside(found)) < len(calls):
        raise NobodyToGoOn(f"{found.name} holds {len(calls)} calls, and the other bridges have room for {room}.")
    turns = frozenset(TranscriptTurn.objects.filter(call__in=calls).values_list("call", "item_id"))
    audit.note(act="fire_drill", subject=f"bridge:{found.name}", by=by, now=now)
    for call in Call.objects.filter(pk__in=calls):
        call.note("fire_drill", at=now, source="supervisor", bridge=found.name, how=how)
    os.kill(found.pid, signal.SIGSTOP if how is How.STOP else signal.SIGKILL)
    return Strike(how, found.name, found.pid, now, calls, turns)


def outcome(struck: Strike) -> Outcome:
    """What became of its calls until now."""
    opened = Stream.objects.filter(call__in=struck.calls, opened_at__gt=struck.at).order_by("-opened_at")
    resumed = {stream.call_id: (stream.opened_at - struck.at).total_seconds() for stream in opened if stream.opened_at}
    closed = Call.objects.filter(pk__in=struck.calls, phase=Phase.CLOSED).values_list("pk", flat=True)
    turns = set(TranscriptTurn.objects.filter(call__in=struck.calls).values_list("call", "item_id"))
    return Outcome(resumed, frozenset(closed) - frozenset(resumed), len(struck.turns - turns))


def is_back(struck: Strike) -> bool:
    """True when another process has taken the struck one's place."""
    return any(one.name == struck.bridge and one.pid != struck.pid for one in BridgeWorker.heard_lately())


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which this share lies, by nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)] if ordered else 0.0


def _here() -> list[BridgeWorker]:
    return list(BridgeWorker.objects.filter(machine=socket.gethostname()))


def _open_streams() -> QuerySet[Stream]:
    """Those of callers: nobody goes on with a test call."""
    telephone = Stream.objects.exclude(door=Stream.Door.PAGE)
    return telephone.filter(opened_at__isnull=False, closed_at=None).exclude(call__phase=Phase.CLOSED)


def _room_beside(struck: BridgeWorker) -> int:
    others = [one for one in BridgeWorker.heard_lately() if one.name != struck.name and not one.is_draining]
    return sum(max(one.capacity - one.calls, 0) for one in others)


def _is_itself(bridge: BridgeWorker) -> bool:
    """Numbers of processes are used again: the one with this number must be a server of ours, older than its report."""
    try:
        found = psutil.Process(bridge.pid)
        return "contactcenter.asgi" in " ".join(found.cmdline()) and found.create_time() < bridge.started_at.timestamp()
    except psutil.Error:
        return False
