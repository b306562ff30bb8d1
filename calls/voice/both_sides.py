"""Both sides of a stream side by side: what the caller said, and what was played to them, on the stream's own clock.

Sound that is sent waits its turn behind what was sent before and is heard from then on; what a clear drops was never
heard. What lies back far enough is taken out, the caller on the left; nothing before that can change any more.

Positions are bytes of G.711, eight to a millisecond.
"""

from collections.abc import Iterable

import numpy as np

from calls.voice import g711
from calls.voice.audio import BYTES_PER_MS

# The carrier holds no more than this of what was sent and not played yet.
LONGEST_QUEUE = 10 * 60 * 1000 * BYTES_PER_MS
# A frame that lies farther ahead is not where its stamp says.
_LONGEST_HOLE = 60 * 1000 * BYTES_PER_MS
_SILENCE = g711.MULAW_SILENCE
Span = tuple[int, int]  # milliseconds


class BothSides:
    """The sound of one stream that has not been taken out yet."""

    def __init__(self) -> None:
        self._taken = 0
        self._now = 0  # the end of the newest frame
        self._caller = bytearray()
        self._played = bytearray()  # may reach beyond now: it waits to be heard

    @property
    def now_ms(self) -> int:
        """The caller's clock."""
        return self._now // BYTES_PER_MS

    @property
    def waiting_ms(self) -> int:
        """How much of the past has not been taken out."""
        return (self._now - self._taken) // BYTES_PER_MS

    def caller(self, sound: bytes, at_ms: int) -> None:
        """A frame of the caller; one that is stamped behind the clock, or far ahead of it, is the next one."""
        start = at_ms * BYTES_PER_MS
        if not self._now <= start <= self._now + _LONGEST_HOLE:
            start = self._now
        _put(self._caller, sound, start - self._taken)
        self._now = start + len(sound)

    def sent(self, sound: bytes) -> None:
        """Sound for the caller: heard now, or after what waits."""
        end = self._taken + len(self._played)
        start = max(self._now, end)
        if start + len(sound) - self._now <= LONGEST_QUEUE:
            _put(self._played, sound, start - self._taken)

    def cleared(self) -> None:
        """What waits is dropped."""
        del self._played[max(self._now - self._taken, 0) :]

    def take(self, until_ms: int, *, silent: Iterable[Span] = ()) -> bytes:
        """Take out everything before this moment, sample by sample from left and right; silence where it must be."""
        length = min(until_ms * BYTES_PER_MS, self._now) - self._taken
        if length <= 0:
            return b""
        sides = [np.frombuffer(_first(side, length), dtype=np.uint8).copy() for side in (self._caller, self._played)]
        for start_ms, end_ms in silent:
            start, end = (max(ms * BYTES_PER_MS - self._taken, 0) for ms in (start_ms, end_ms))
            for side in sides:
                side[start:end] = _SILENCE[0]
        del self._caller[:length], self._played[:length]
        self._taken += length
        return np.stack(sides, axis=1).tobytes()


def _put(side: bytearray, sound: bytes, at: int) -> None:
    side += _SILENCE * (at - len(side))
    side += sound


def _first(side: bytearray, length: int) -> bytes:
    found = bytes(side[:length])
    return found + _SILENCE * (length - len(found))
