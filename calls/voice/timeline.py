"""One clock for the call: the carrier's media time, and where the model's own counting lies on it.

The carrier stamps each frame with milliseconds since the stream began. The model counts the audio we appended
(`audio_start_ms`, `audio_end_ms`) since its session began. Both agree as long as every frame is appended; a short gap
is filled with silence so that they go on agreeing, a long one is noted as a new offset. A new session counts from zero.
"""

from dataclasses import dataclass

from calls.voice.audio import BYTES_PER_MS

# Between two frames the clock is carried on by the shell's, but never past the frame that is due next.
_FRAME = 20 * BYTES_PER_MS
# A longer hole is not worth appending as silence: the model would only wait through it.
FILL_LIMIT_MS = 1000


@dataclass(frozen=True, slots=True)
class _Offset:
    """From this appended byte on, caller time = appended time + shift."""

    appended: int
    shift: int


class Timeline:
    """The caller's media clock, in bytes inside and milliseconds outside."""

    def __init__(self) -> None:
        # What the caller's clock shows: the end of the newest frame, and what the shell says has passed since.
        self.now_ms = 0
        self._now = 0
        self._appended = 0
        self._offsets: list[_Offset] = []

    def since_frame(self, ms: float) -> None:
        """Carry the clock on: this much time has passed since the newest frame came."""
        self.now_ms = (self._now + min(max(int(ms * BYTES_PER_MS), 0), _FRAME - BYTES_PER_MS)) // BYTES_PER_MS

    def frame(self, at_ms: int, length: int) -> int:
        """Take a frame of `length` bytes stamped `at_ms`; returns milliseconds of silence that belong before it.

        A stamp behind the clock is not believed: the frame is taken as the next one.
        """
        start = at_ms * BYTES_PER_MS
        fill = 0
        if not self._offsets:
            self._offsets.append(_Offset(0, start))
        elif start > self._now:
            gap = start - self._now
            if gap <= FILL_LIMIT_MS * BYTES_PER_MS:
                fill = gap
            else:
                self._offsets.append(_Offset(self._appended, start - self._appended))
        else:
            start = self._now
        self._appended += fill + length
        self._now = start + length
        self.now_ms = self._now // BYTES_PER_MS
        return fill // BYTES_PER_MS

    def new_session(self, begins_ms: int, appended_ms: int) -> None:
        """Another session of the model listens: the first sound it gets lies here, and this much it has by now."""
        self._appended = appended_ms * BYTES_PER_MS
        if not self._appended:
            self._offsets = []  # the next frame is its first
            return
        self._offsets = [_Offset(0, begins_ms * BYTES_PER_MS)]
        shift = self._now - self._appended
        if shift != begins_ms * BYTES_PER_MS:
            self._offsets.append(_Offset(self._appended, shift))

    def caller_ms(self, audio_ms: int) -> int:
        """Where a moment of the model's counting lies on the caller's clock."""
        position = audio_ms * BYTES_PER_MS
        shift = 0
        for offset in self._offsets:
            if offset.appended > position:
                break
            shift = offset.shift
        return (position + shift) // BYTES_PER_MS
