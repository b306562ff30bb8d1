"""Telling everybody who watches that something on the floor changed.

`changed` goes out when the transaction has committed; `heard` carries words that are not stored yet. Both are hints
over the channel layer: they may get lost, and a reader that notices (the counter `n` of an `origin` skips) fetches
afresh. Neither ever raises or waits for long: a missing Redis must not touch a call.

Messages, to the group `floor`: `{"type": "floor.changed", kind, id, origin, n}` and
`{"type": "floor.heard", call, seq, party, item_id, text, origin, n}`.
"""

import asyncio
import itertools
import threading
import uuid
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

from agents.metrics import FLOOR_MESSAGES

GROUP = "floor"
_PATIENCE_S = 1.0
_BACKLOG = 1000

log = structlog.get_logger(__name__)


class _Outbox:
    """The messages of one event loop, sent in order by one task, so that no caller waits for Redis."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_BACKLOG)
        self._task = loop.create_task(self._send_all())

    def put(self, message: dict[str, Any]) -> None:
        """Add a message; must run in the loop."""
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            FLOOR_MESSAGES.labels("dropped").inc()

    async def _send_all(self) -> None:
        task = asyncio.current_task()
        # The Redis client can swallow a cancellation that arrives with its answer; the count of them is still right.
        while task is None or not task.cancelling():
            await _send(await self._queue.get())


_lock = threading.Lock()
_outbox: _Outbox | None = None
_origin = uuid.uuid4().hex
_counter = itertools.count(1)


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


def attach_loop() -> None:
    """Send from this event loop from now on; call it once where a server process starts."""
    global _outbox  # noqa: PLW0603  (one per process)
    loop = asyncio.get_running_loop()
    with _lock:
        if _outbox is None or _outbox.loop is not loop:
            _outbox = _Outbox(loop)


def _publish(message: dict[str, Any]) -> None:
    with _lock:
        message |= {"origin": _origin, "n": next(_counter)}
        outbox = _outbox
        if outbox is not None and outbox.loop.is_running():
            outbox.loop.call_soon_threadsafe(outbox.put, message)
            return
    async_to_sync(_send)(message)


def changed(kind: str, pk: int) -> None:
    """Announce, once the current transaction has committed, that this row's card looks different now."""
    transaction.on_commit(lambda: _publish({"type": "floor.changed", "kind": kind, "id": pk}))


def heard(*, call: int, seq: int, party: str, item_id: str, text: str) -> None:
    """Announce what a party has said so far in its current turn; must run in the loop given to `attach_loop`."""
    _publish({"type": "floor.heard", "call": call, "seq": seq, "party": party, "item_id": item_id, "text": text})
