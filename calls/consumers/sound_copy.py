"""Copying the sound of a call to those who listen, for as long as they say that they do.

Nothing here may hold up the call: pieces are handed to a task that sends them, and what it cannot send in time is lost.
"""

import asyncio
import time

import structlog
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from calls import metrics
from calls.control.supervision import LISTEN_LEASE_S, sound_group

_PATIENCE_S = 1.0
_BACKLOG = 10

log = structlog.get_logger(__name__)


class SoundCopy:
    """The copy of one stream of a call. `offset_ms` puts the stream's clock on the call's."""

    def __init__(self, *, call_id: int, offset_ms: int) -> None:
        self._call_id, self._offset_ms = call_id, offset_ms
        self._until = 0.0
        self._pieces: asyncio.Queue[tuple[int, bytes, bytes]] = asyncio.Queue(_BACKLOG)
        self._sender = asyncio.create_task(self._send_all(), name="sound copy")
        self.ask()

    def ask(self) -> None:
        """Somebody listens, and will say so again before the lease is over."""
        self._until = time.monotonic() + LISTEN_LEASE_S

    @property
    def is_wanted(self) -> bool:
        """True while somebody has asked lately."""
        return time.monotonic() < self._until

    def close(self) -> None:
        """Nobody listens any more, or there is nothing to hear."""
        self._sender.cancel()

    def put(self, at_ms: int, caller: bytes, ours: bytes) -> None:
        """A piece of both sides, which begins here on the stream's clock."""
        if self._pieces.full():
            self._pieces.get_nowait()
        self._pieces.put_nowait((self._offset_ms + at_ms, caller, ours))

    async def _send_all(self) -> None:
        layer, group = get_channel_layer(), sound_group(self._call_id)
        while True:
            at_ms, caller, assistant = await self._pieces.get()
            message = {"type": "call.sound", "at_ms": at_ms, "caller": caller, "assistant": assistant}
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await layer.group_send(group, message)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("sound not copied", call=self._call_id, error=type(error).__name__)
            else:
                metrics.SOUND_COPIED.inc()
