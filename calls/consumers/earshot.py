"""The sound of one call as it is heard: both sides on one clock, in small pieces.

The caller's side is what came; the assistant's is what was really played: it is taken from the queue of what was sent,
at the pace of the line, and never much further than playback says. What a clear drops is dropped here too.
"""

import base64
from collections.abc import Callable
from typing import Protocol

from calls.voice import effects as e
from calls.voice.audio import BYTES_PER_MS

# So much makes a piece: each costs the channel layer as much as a change on the floor.
PIECE_MS = 100
# Marks come back late by the way there and back; no further than this is taken ahead of them.
_AHEAD = 200 * BYTES_PER_MS
# A hole in the caller's sound that is longer begins anew.
_LONGEST_HOLE = 1000 * BYTES_PER_MS
_SILENCE = b"\xff"  # mu-law

Take = Callable[[int, bytes, bytes], None]


class Played(Protocol):
    """What is known of the sound on its way to the caller; a voice session."""

    def played(self) -> int:
        """Bytes played of everything that was sent."""

    def queued(self) -> tuple[int, list[str]]:
        """Bytes played before the queue, and the queue."""


class Earshot:
    """What is heard of one call from now on. `take` is given each piece: where it begins, the caller, the assistant."""

    def __init__(self, session: Played, take: Take) -> None:
        self._session, self._give = session, take
        self._caller, self._assistant = bytearray(), bytearray()
        self._begins = 0  # bytes on the stream's clock: where the piece begins
        self._end: int | None = None  # and where it ends so far
        before, queue = session.queued()
        self._taken = session.played()
        self._queue = bytearray(b"".join(map(base64.b64decode, queue))[self._taken - before :])

    def frame(self, payload: str, at_ms: int) -> None:
        """One frame of the caller; the session must know it already."""
        sound = base64.b64decode(payload)
        start, end = at_ms * BYTES_PER_MS, at_ms * BYTES_PER_MS + len(sound)
        if self._end is None or start > self._end + _LONGEST_HOLE:
            self._flush()
            self._begins = self._end = start
        elif start < self._end:  # sent twice, or stamped behind the clock
            return
        passed = end - self._end
        self._caller += _SILENCE * (passed - len(sound)) + sound
        self._assistant += self._play(passed)
        self._end = end
        if len(self._caller) >= PIECE_MS * BYTES_PER_MS:
            self._flush()

    def sent(self, order: e.ToCarrier) -> None:
        """Something was sent to the carrier."""
        if type(order) is e.PlayAudio:
            self._queue += base64.b64decode(order.payload)
        elif type(order) is e.Clear:
            self._queue.clear()
            self._taken = self._session.played()

    def _play(self, length: int) -> bytes:
        """What the caller has heard of the assistant in so much time."""
        played = self._session.played()
        behind = played - self._taken - length
        if behind > _AHEAD:  # it was played while nobody took it
            del self._queue[:behind]
            self._taken += behind
        may = max(min(length, played + _AHEAD - self._taken, len(self._queue)), 0)
        heard = bytes(self._queue[:may])
        del self._queue[:may]
        self._taken += may
        return heard + _SILENCE * (length - may)

    def _flush(self) -> None:
        if self._caller:
            self._give(self._begins // BYTES_PER_MS, bytes(self._caller), bytes(self._assistant))
        self._begins += len(self._caller)
        self._caller.clear()
        self._assistant.clear()
