"""The carrier's side of one call: its socket, and what has been decided to be played but has not left yet.

What goes out goes out in the order it was put, by one sender at a time. Audio that has not left when a clear is put
does not leave any more.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from calls import metrics
from calls.carrier import media_stream
from calls.consumers.lane import Lane
from calls.voice import effects as e

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Line:
    """How to read and write the carrier's socket, and which stream it is."""

    receive: Receive
    send: Send
    stream_sid: str
    lane: Lane | None = None


class CarrierLine:
    """The way out to the carrier."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._waiting: deque[e.ToCarrier] = deque()
        self._sender: asyncio.Task[None] | None = None
        self._is_sending = self._has_spoken = False
        self._began_at = time.monotonic()

    def put(self, effect: e.ToCarrier) -> None:
        """Have this sent by the next flush, after what was put before it; a clear takes its place."""
        if type(effect) is e.Clear:
            self._waiting.clear()
        elif type(effect) is e.PlayAudio and not self._has_spoken:
            self._has_spoken = True
            metrics.FIRST_WORD_MS.observe((time.monotonic() - self._began_at) * 1000)
        self._waiting.append(effect)

    async def flush(self) -> None:
        """Send what was put; returns when it has left, or at once when somebody is sending already."""
        if not self._waiting or self._is_sending:
            return
        if self._line.lane is not None:
            self._post(self._line.lane)
            return
        self._is_sending = True
        try:
            while self._waiting:
                await self._line.send({"type": "websocket.send", "text": self._encode(self._waiting.popleft())})
        except (OSError, RuntimeError):  # the servers' words for a socket that is closed; reading will tell us so too
            self._waiting.clear()
        finally:
            self._is_sending = False

    def flush_now(self) -> None:
        """The same without waiting: what cannot leave at once leaves later."""
        if not self._waiting or self._is_sending:
            return
        if self._line.lane is not None:
            self._post(self._line.lane)
        elif self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self.flush(), name="carrier")

    def close(self) -> None:
        """Send nothing more."""
        self._waiting.clear()
        if self._sender is not None:
            self._sender.cancel()

    def _post(self, lane: Lane) -> None:
        texts = [self._encode(effect) for effect in self._waiting]
        self._waiting.clear()
        try:
            is_read = lane.send_texts(texts)
        except OSError:  # closed; reading will tell us so too
            return
        if not is_read:
            self._is_sending = True
            self._sender = asyncio.create_task(self._post_when_drained(lane), name="carrier")

    async def _post_when_drained(self, lane: Lane) -> None:
        await lane.drained()
        self._is_sending = False
        if self._waiting:
            self._post(lane)

    def _encode(self, effect: e.ToCarrier) -> str:
        return media_stream.encode(effect, stream_sid=self._line.stream_sid)
