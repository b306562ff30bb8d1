"""The caller's newest sound, kept until it is written down.

A session of the model can die while the caller speaks. What they said is then known to nobody else, so the frames since
the oldest words that are not written down are said to the next session again; and in any case a little before now,
because the model notices speech only after it has begun.
"""

from collections import deque

from calls.voice.audio import BYTES_PER_MS, payload_bytes

# Frames kept when everything is written down: the padding the model puts before speech, and its time to notice it.
PRE_ROLL_FRAMES = 40
# Nobody speaks longer in one breath; older frames go first.
MOST_FRAMES = 1500


class RecentSound:
    """Frames of the caller, oldest first; the last one ends now."""

    def __init__(self) -> None:
        self._frames: deque[str] = deque()
        self._is_held = False

    @property
    def is_held(self) -> bool:
        """True while everything is kept."""
        return self._is_held

    def frame(self, payload: str) -> None:
        """Take the next frame."""
        self._frames.append(payload)
        if len(self._frames) > (MOST_FRAMES if self._is_held else PRE_ROLL_FRAMES):
            self._frames.popleft()

    def hold(self) -> None:
        """Something is being said that is not written down yet, or nobody listens: keep everything from here."""
        self._is_held = True

    def release(self) -> None:
        """Everything said so far is written down."""
        self._is_held = False
        while len(self._frames) > PRE_ROLL_FRAMES:
            self._frames.popleft()

    def since(self, start_ms: int | None, now_ms: int) -> tuple[int, list[str]]:
        """The frames from this moment on (None: all there are), and the moment at which the first of them begins."""
        frames = list(self._frames)
        begins = now_ms * BYTES_PER_MS - sum(map(payload_bytes, frames))
        while frames and start_ms is not None:
            length = payload_bytes(frames[0])
            if begins + length > start_ms * BYTES_PER_MS:
                break
            begins += length
            del frames[0]
        return begins // BYTES_PER_MS, frames
