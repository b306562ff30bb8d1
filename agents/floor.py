"""Telling everybody who watches that something on the floor changed.

`changed` goes out when the transaction has committed; `heard` carries words that are not stored yet. Both are hints
over the channel layer: they may get lost, and a reader that notices (the counter `n` of an `origin` skips) fetches
afresh. Neither ever raises or waits for long: a missing Redis must not touch a call.

News of all calls of a process goes out together, at once when there was none for a moment, so that a process with
hundreds of calls costs the layer as little as one with two. A message to the group `floor` is
`{"type": "floor.news", "changed": [[kind, id], ...], "heard": [[call, seq, party, item_id, text], ...], origin, n}`.
"""

import asyncio
import itertools
import os
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

from agents.metrics import FLOOR_MESSAGES

GROUP = "floor"
_PATIENCE_S = 1.0
# News gathers for this long after a message went out.
_PAUSE_S = 0.05

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _News:
    """What is to be told: each row once, and of each party the newest words."""

    changed: dict[tuple[str, int], None] = field(default_factory=dict)
    heard: dict[tuple[int, str], list[Any]] = field(default_factory=dict)

    def message(self) -> dict[str, Any]:
        """All of it, numbered."""
        return {
            "type": "floor.news",
            "changed": [list(row) for row in self.changed],
            "heard": list(self.heard.values()),
            "origin": _sender.name,
            "n": next(_sender.counter),
        }


class _Outbox:
    """The news of one event loop, sent in order by one task, so that no caller waits for Redis."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._news = _News()
        self._has_news = asyncio.Event()
        self._task = loop.create_task(self._send_all())

    def changed(self, kind: str, pk: int) -> None:
        """Tell that a row changed; must run in the loop."""
        self._news.changed[kind, pk] = None
        self._has_news.set()

    def heard(self, words: list[Any]) -> None:
        """Tell what is being said; must run in the loop."""
        self._news.heard[words[0], words[2]] = words
        self._has_news.set()

    async def _send_all(self) -> None:
        task = asyncio.current_task()
        # The Redis client can swallow a cancellation that arrives with its answer; the count of them is still right.
        while task is None or not task.cancelling():
            await self._has_news.wait()
            self._has_news.clear()
            news, self._news = self._news, _News()
            await _send(news.message())
            await asyncio.sleep(_PAUSE_S)


_lock = threading.Lock()
_outbox: _Outbox | None = None


class _Sender:
    """Who numbers the messages: this process, and not the one it was forked from, which numbers its own."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin to count anew under a name nobody has."""
        self.name = uuid.uuid4().hex
        self.counter = itertools.count(1)


_sender = _Sender()
os.register_at_fork(after_in_child=_sender.renew)


async def _send(message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await layer.group_send(GROUP, message)
    except (RedisError, OSError, TimeoutError) as error:  # a hint may be lost
        FLOOR_MESSAGES.labels("failed").inc()
        log.warning("floor message not sent", error=type(error).__name__)
    else:
        FLOOR_MESSAGES.labels("sent").inc()


def attach_loop() -> _Outbox:
    """Send from this event loop from now on. Raises RuntimeError where none runs."""
    global _outbox  # noqa: PLW0603  (one per process)
    loop = asyncio.get_running_loop()
    with _lock:
        if _outbox is None or _outbox.loop is not loop:
            _outbox = _Outbox(loop)
        return _outbox


def _send_alone(news: _News) -> None:
    async_to_sync(_send)(news.message())


def _changed(kind: str, pk: int) -> None:
    outbox = _outbox
    if outbox is not None and outbox.loop.is_running():
        outbox.loop.call_soon_threadsafe(outbox.changed, kind, pk)
    else:
        _send_alone(_News(changed={(kind, pk): None}))


def changed(kind: str, pk: int) -> None:
    """Announce, once the current transaction has committed, that this row's card looks different now."""
    transaction.on_commit(lambda: _changed(kind, pk))


def heard(*, call: int, seq: int, party: str, item_id: str, text: str) -> None:
    """Announce what a party has said so far in its current turn."""
    words = [call, seq, party, item_id, text]
    try:
        outbox = attach_loop()
    except RuntimeError:  # no loop runs here
        _send_alone(_News(heard={(call, party): words}))
    else:
        outbox.heard(words)
