"""Waiting lines: calls that wait under a name, oldest first, until somebody dials the queue or they leave it.

https://www.twilio.com/docs/voice/twiml/enqueue and `…/twiml/queue`. How a call waits is in `enqueue_verb.py`, how it is
taken out and talked to in `dequeue.py`.
"""

import asyncio
from dataclasses import dataclass, field

from sandbox.carrier.values import Call, new_sid

Params = tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class Waiting:
    """One call in a queue: from its coming in to the end of the conversation with whoever took it out."""

    call: Call
    since_ms: float
    taken_by: Call | None = None
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)  # to talk: the wait document is silent
    over: asyncio.Event = field(default_factory=asyncio.Event)  # the talk, or the waiting, by whichever side


@dataclass(slots=True)
class Queue:
    """One waiting line of the account."""

    name: str
    sid: str = field(default_factory=lambda: new_sid("QU"))
    waiting: list[Waiting] = field(default_factory=list)
    waited_ms: list[float] = field(default_factory=list)  # by those who are not waiting any more
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self, call: Call, *, now_ms: float) -> Waiting:
        """Stand at the end."""
        waiting = Waiting(call, now_ms)
        self.waiting.append(waiting)
        self._announce()
        return waiting

    def take(self, *, by: Call, now_ms: float) -> Waiting:
        """Take out whoever has waited longest; there must be somebody."""
        waiting = self.waiting[0]
        waiting.taken_by = by
        self.leave(waiting, now_ms=now_ms)
        waiting.taken.set()
        return waiting

    def leave(self, waiting: Waiting, *, now_ms: float) -> None:
        """Wait no more, for whatever reason."""
        if waiting in self.waiting:
            self.waiting.remove(waiting)
            self.waited_ms.append(now_ms - waiting.since_ms)
            self._announce()

    def _announce(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def told(self, waiting: Waiting, *, now_ms: float) -> Params:
        """What the wait document is asked with."""
        average_ms = sum(self.waited_ms) / len(self.waited_ms) if self.waited_ms else 0.0
        return (
            ("QueueSid", self.sid),
            ("QueuePosition", str(self.waiting.index(waiting) + 1)),
            ("QueueTime", _seconds(now_ms - waiting.since_ms)),
            ("AvgQueueTime", _seconds(average_ms)),
            ("CurrentQueueSize", str(len(self.waiting))),
        )

    def result(self, result: str, waiting: Waiting | None, *, now_ms: float) -> Params:
        """What the action of `<Enqueue>` is asked with."""
        seconds = _seconds(now_ms - waiting.since_ms) if waiting else "0"
        return (("QueueResult", result), ("QueueSid", self.sid), ("QueueTime", seconds))


def _seconds(ms: float) -> str:
    return str(round(ms / 1000))
