"""The one clock of the sandbox: frame pacing, thinking time, retries, expiry and silence all run by it.

A *real* clock follows the machine. A *stepped* clock stands still until it is told to move, so a test can run an
hour-long session in a second and always see the same order of events.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

# A woken task may need several turns of the event loop before it sleeps again (queue -> task -> socket write).
_TURNS_AFTER_WAKE = 25


class Clock:
    """Milliseconds since the sandbox started, real by default, stepped on request.

    Times are floats in milliseconds. Deadlines are absolute (`until`), so a loop that always waits for
    `start + n * 20` does not drift however late it wakes.
    """

    def __init__(self, *, stepped: bool = False) -> None:
        self.stepped = stepped
        self._started_at = datetime.now(UTC)
        self._started_s = time.monotonic()
        self._now_ms = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now_ms(self) -> float:
        """Milliseconds since start, by this clock."""
        return self._now_ms if self.stepped else (time.monotonic() - self._started_s) * 1000

    def date(self, at_ms: float | None = None) -> datetime:
        """The calendar time (UTC) that goes with `at_ms`, by default with now; a stepped clock steps it too."""
        return self._started_at + timedelta(milliseconds=self.now_ms() if at_ms is None else at_ms)

    async def until(self, at_ms: float) -> None:
        """Wait until the clock shows `at_ms`; a moment that has passed only gives other tasks a turn."""
        remaining_ms = at_ms - self.now_ms()
        if remaining_ms <= 0:
            await asyncio.sleep(0)
        elif not self.stepped:
            await asyncio.sleep(remaining_ms / 1000)
        else:
            wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._sleepers, (at_ms, next(self._order), wake))
            await wake

    async def sleep(self, ms: float) -> None:
        """Wait for `ms` milliseconds of this clock."""
        await self.until(self.now_ms() + ms)

    async def within(self, ms: float, work: Awaitable[T]) -> T:
        """Await `work` for at most `ms` of this clock; raises `TimeoutError` and cancels the work when it is late."""
        task = asyncio.ensure_future(work)
        alarm = asyncio.ensure_future(self.sleep(ms))
        try:
            await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise TimeoutError(f"not done within {ms:g} ms")
        finally:
            alarm.cancel()
            task.cancel()

    async def advance(self, ms: float) -> None:
        """Move a stepped clock on by `ms`, waking sleepers in the order of their time.

        Between two moments every task gets its turns, so work that a sleeper starts is under way before the
        next one wakes. Raises `RuntimeError` on a real clock.
        """
        if not self.stepped:
            raise RuntimeError("a real clock cannot be advanced")
        target_ms = self._now_ms + ms
        await self._give_turns()
        while self._sleepers and self._sleepers[0][0] <= target_ms:
            self._now_ms = max(self._now_ms, self._sleepers[0][0])
            while self._sleepers and self._sleepers[0][0] <= self._now_ms:
                wake = heapq.heappop(self._sleepers)[2]
                if not wake.done():
                    wake.set_result(None)
            await self._give_turns()
        self._now_ms = target_ms

    @staticmethod
    async def _give_turns() -> None:
        for _ in range(_TURNS_AFTER_WAKE):
            await asyncio.sleep(0)
