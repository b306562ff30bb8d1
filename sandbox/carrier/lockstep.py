"""Stepping the clock while real sockets lie between the stand-ins: a tick, then wait until the tick has arrived.

In lock-step each 20 ms tick waits until the model has received as much sound as the carrier sent, and until nothing
else has crossed a sandbox socket for a little while of real time. After an event the ticks go slowly for a moment,
since the product may be busy with it out of our sight; where nothing happens but sound passing through, they go as fast
as the sound does. So the product may be slow without time running away from it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from sandbox.audio import FRAME_MS
from sandbox.carrier.state import Carrier

_LONGEST_WAIT_S = 0.25  # for sound that may never be passed on
_LONGEST_ANSWER_S = 5.0  # as long as an application may be told to wait; what hangs longer no longer holds the clock
_LOOK_AGAIN_S = 0.001
_BLIND_SHARE = 0.5  # of the quiet, for each tick in which no sound tells how far the product is
_SLOW_TICKS = 15  # after an event, each of these takes as long as the quiet that is waited for


class ModelProbe(Protocol):
    """What lock-step wants to know of the model stand-in."""

    received_audio_bytes: int
    last_traffic_s: float  # time.monotonic() of the last message in either direction that is not caller sound


class Lockstep:
    """Advances a stepped clock in ticks, in step with whatever listens."""

    def __init__(self, carrier: Carrier, model: ModelProbe | None) -> None:
        self._carrier, self._model = carrier, model
        self._behind = 0  # bytes the model may lack: sent before, or held back by the product
        self._is_passed_on = True

    async def advance(
        self, ms: float, *, in_step: bool, quiet_ms: float, tick_ms: float = FRAME_MS, until: Callable[[], bool]
    ) -> bool:
        """Advance by `ms` in ticks; stops early, and answers True, as soon as `until()` holds.

        Longer ticks, several frames each, go faster and see less. Without `in_step` nothing is waited for between the
        ticks: right when no socket lies between the parts.
        """
        clock = self._carrier.clock
        target_ms = clock.now_ms() + ms
        if in_step:
            await self.quiet(quiet_ms / 1000)
        self._behind = self._missing()
        while clock.now_ms() < target_ms:
            if until():
                return True
            began_s = time.monotonic()
            await clock.advance(min(tick_ms, target_ms - clock.now_ms()))
            if in_step:
                await self._sound_arrives()
                await self.quiet(quiet_ms / 1000)
                await self._slowly(began_s, quiet_ms / 1000)
        return until()

    def _missing(self) -> int:
        return self._carrier.stream_bytes_sent - self._model.received_audio_bytes if self._model else 0

    async def _sound_arrives(self) -> None:
        if self._model is None:
            return
        before = self._model.received_audio_bytes
        deadline = time.monotonic() + (_LONGEST_WAIT_S if self._is_passed_on else 0.0)
        while self._missing() > self._behind and time.monotonic() < deadline:  # noqa: ASYNC110  it announces nothing
            await asyncio.sleep(_LOOK_AGAIN_S)
        self._is_passed_on = self._missing() <= self._behind or self._model.received_audio_bytes > before
        self._behind = self._missing()  # below zero when a stream was told to carry more than its frames

    async def _slowly(self, began_s: float, quiet_s: float) -> None:
        """Let a tick take its time that follows an event closely, or while nothing tells how far the product is.

        Sound that is passed on tells it. Where a conversation's sound does not pass through the product, nothing does
        for as long as the call lasts: a machine that is busy falls behind the clock, and ten seconds for a tool would
        be two of its own. While sound is held back (no model is there, or none that takes it) that is soon over.
        """
        last_s = max(self._carrier.last_event_s, self._model.last_traffic_s if self._model else 0.0)
        if self._carrier.out_of_hearing or began_s - last_s < _SLOW_TICKS * quiet_s:
            await asyncio.sleep(max(began_s + quiet_s - time.monotonic(), 0))
        elif not self._is_passed_on:
            await asyncio.sleep(max(began_s + quiet_s * _BLIND_SHARE - time.monotonic(), 0))

    async def quiet(self, quiet_s: float) -> None:
        """Wait until nothing but sound has crossed a socket for `quiet_s` of real time, and nobody owes an answer."""
        while True:
            now = time.monotonic()
            waiting = any(now - since < _LONGEST_ANSWER_S for since in self._carrier.waiting_since)
            last = max(self._carrier.last_message_s, self._model.last_traffic_s if self._model else 0.0)
            silent_for = now - last
            if not waiting and silent_for >= quiet_s:
                return
            await asyncio.sleep(_LOOK_AGAIN_S if waiting else max(_LOOK_AGAIN_S, quiet_s - silent_for))
