"""The caller's telephone line: what was really heard and said, sample by sample, on the call's own time.

Time zero is the moment the call was answered. Both directions are mu-law, 8 bytes per millisecond, and gaps are
filled with silence, so byte `n` of a track is what was on the line `n / 8` milliseconds after the answer.
"""

from collections import deque

from sandbox.audio import MULAW_SILENCE
from sandbox.clock import Clock

BYTES_PER_MS = 8
_SILENCE = bytes((MULAW_SILENCE,)) * (1000 * BYTES_PER_MS)


class Track:
    """One direction of a line: a past that cannot change any more and a queue of what comes next."""

    def __init__(self) -> None:
        self.past = bytearray()
        self.spans: list[tuple[int, int]] = []  # where the past holds what was put here, and not the background
        self.background = _SILENCE  # repeated wherever nothing is played
        self.accepted = 0  # bytes put into the queue and not cleared from it
        self.played = 0  # bytes of those that really went over the line
        self._queue: deque[memoryview] = deque()

    @property
    def pending(self) -> int:
        """Bytes that wait to be played."""
        return self.accepted - self.played

    def put(self, audio: bytes) -> None:
        """Append audio after whatever waits already."""
        if audio:
            self.accepted += len(audio)
            self._queue.append(memoryview(bytes(audio)))

    def clear(self) -> int:
        """Drop what waits; answers how many bytes were dropped. The past stays."""
        dropped = self.pending
        self._queue.clear()
        self.accepted -= dropped
        return dropped

    def run_to(self, sample: int) -> None:
        """Let the line's time reach `sample`: play from the queue, fill the rest with silence."""
        while len(self.past) < sample and self._queue:
            chunk = self._queue.popleft()
            room, start = sample - len(self.past), len(self.past)
            self.past += chunk[:room]
            self.played += min(room, len(chunk))
            self._note_span(start, len(self.past))
            if len(chunk) > room:
                self._queue.appendleft(chunk[room:])
        self._fill_to(sample)

    def forget(self) -> None:
        """Drop the sound."""
        self.past.clear()
        self.spans.clear()

    def _note_span(self, start: int, end: int) -> None:
        if self.spans and self.spans[-1][1] == start:
            start = self.spans.pop()[0]
        self.spans.append((start, end))

    def _fill_to(self, sample: int) -> None:
        while len(self.past) < sample:
            place = len(self.past) % len(self.background)
            self.past += self.background[place : place + sample - len(self.past)]


class Line:
    """Both directions of a call, moved on by the clock: `inbound` is the caller's voice, `outbound` what they hear."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.answered_at_ms: float | None = None
        self._hung_up_at_ms: float | None = None
        self._is_forgotten = False
        self.inbound = Track()
        self.outbound = Track()

    @property
    def is_open(self) -> bool:
        """True between answer and hang-up."""
        return self.answered_at_ms is not None and self._hung_up_at_ms is None

    def answer(self) -> None:
        """Time zero of both tracks is now."""
        if self.answered_at_ms is None:
            self.answered_at_ms = self._clock.now_ms()

    def hang_up(self) -> None:
        """Freeze both tracks at this moment; what still waited is never heard."""
        if self.is_open:
            self.run()
            self._hung_up_at_ms = self._clock.now_ms()

    def forget(self) -> None:
        """Drop the sound of a call that is long over."""
        self._is_forgotten = True
        for track in (self.inbound, self.outbound):
            track.forget()

    @property
    def is_forgotten(self) -> bool:
        """Whether the sound of this call is gone."""
        return self._is_forgotten

    def run(self) -> int:
        """Bring both tracks up to now; answers the position in samples."""
        sample = 0 if self._is_forgotten else self.position()
        self.inbound.run_to(sample)
        self.outbound.run_to(sample)
        return sample

    def position(self) -> int:
        """Samples since the answer (0 before it, fixed after the hang-up)."""
        if self.answered_at_ms is None:
            return 0
        at_ms = self._clock.now_ms() if self._hung_up_at_ms is None else self._hung_up_at_ms
        return int((at_ms - self.answered_at_ms) * BYTES_PER_MS + 1e-6)  # 1e-6: floats such as 20.1 * 8

    def hiss(self, background: bytes) -> None:
        """From now on the caller's side sounds like this, over and over, wherever the caller says nothing."""
        self.run()
        self.inbound.background = background

    def say(self, audio: bytes) -> float:
        """The caller speaks `audio` after what they are saying already; answers when it ends (clock ms)."""
        return self._put(self.inbound, audio)

    def play(self, audio: bytes) -> float:
        """The carrier plays `audio` to the caller after what waits already; answers when it ends (clock ms)."""
        return self._put(self.outbound, audio)

    def _put(self, track: Track, audio: bytes) -> float:
        self.run()
        if self.is_open:
            track.put(audio)
        return self._clock.now_ms() + track.pending / BYTES_PER_MS
