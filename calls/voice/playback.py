"""What the caller has really heard.

The carrier buffers what we send and plays it in order at eight bytes a millisecond; a mark comes back when everything
before it was played (https://www.twilio.com/docs/voice/media-streams/websocket-messages#send-a-mark-message). Between
two marks the position is reckoned from the media clock, never beyond a mark that has not come back. A clear makes every
pending mark come back at once with no sign that its audio was dropped, so with the clear all of them are forgotten
here: a mark that is not waited for says nothing, and no name is used twice.

Positions are kept in bytes; milliseconds are made at the edge, rounded down.
"""

from collections import deque
from dataclasses import dataclass

from calls.voice.audio import BYTES_PER_MS

# The media clock ticks once a frame, so a mark proves the end of its audio to one frame either way.
FRAME_MS = 20
# A mark this late will not come: the audio is taken as heard.
MARK_PATIENCE_MS = 2000


@dataclass(slots=True)
class _Segment:
    """A piece of one item in the carrier's buffer."""

    item_id: str
    mark: str
    start: int  # bytes on the media clock, but for the correction
    length: int  # bytes
    payload: str  # the sound itself, as it was sent


@dataclass(frozen=True, slots=True)
class Heard:
    """How much of an item was heard when playback was cut."""

    item_id: str
    heard_ms: int
    sent_ms: int


class Playback:
    """The carrier's play buffer as far as we can know it."""

    def __init__(self) -> None:
        self._count = 0
        self._queue: deque[_Segment] = deque()  # not yet proven played
        self._heard: dict[str, int] = {}  # bytes proven or finished, per item
        self._sent: dict[str, int] = {}
        self._first: dict[str, int] = {}  # where each item began, bytes
        self._end = 0  # where the buffer runs dry, bytes on the media clock
        self._correction = 0  # what marks have proven about everything that is still queued
        self._done = 0  # bytes of everything that is not queued any more and was played

    def enqueue(self, item_id: str, length: int, now_ms: int, *, payload: str = "") -> str:
        """Note that `length` bytes of an item were sent; returns the name of the mark to send after them."""
        start = max(now_ms * BYTES_PER_MS, self._end)
        self._count += 1
        name = f"m{self._count}"
        self._queue.append(_Segment(item_id, name, start - self._correction, length, payload))
        self._end = start + length
        self._sent[item_id] = self._sent.get(item_id, 0) + length
        self._first.setdefault(item_id, start)
        return name

    def mark_returned(self, name: str, now_ms: int) -> bool:
        """Note a returned mark. False when it proves nothing: unknown, repeated, or of audio that was cleared."""
        is_next = bool(self._queue) and self._queue[0].mark == name  # as nearly always
        if not is_next and all(segment.mark != name for segment in self._queue):
            return False
        now = now_ms * BYTES_PER_MS
        while self._queue:
            segment = self._queue.popleft()
            self._heard[segment.item_id] = self._heard.get(segment.item_id, 0) + segment.length
            self._done += segment.length
            if segment.mark == name:
                self._correct(now - segment.start - self._correction - segment.length)
                return True
        return False

    def _correct(self, error: int) -> None:
        """Move what is still queued, by no more than it takes to agree with the proof."""
        doubt = FRAME_MS * BYTES_PER_MS
        shift = error - min(max(error, -doubt), doubt)
        self._correction += shift
        self._end += shift

    def clear(self, now_ms: int) -> list[Heard]:
        """Drop what has not been played; returns, oldest first, the items that were cut and how much was heard."""
        cut = dict.fromkeys(s.item_id for s in self._queue if self._played(s, now_ms) < s.length)
        result = [Heard(item, self.heard_ms(item, now_ms), self.sent_ms(item)) for item in cut]
        if self._queue:
            first = self._queue[0]
            played = self._played(first, now_ms)
            self._heard[first.item_id] = self._heard.get(first.item_id, 0) + played
            self._done += played
        self._queue.clear()
        self._end = now_ms * BYTES_PER_MS
        return result

    def _played(self, segment: _Segment, now_ms: int) -> int:
        """Bytes of a queued segment reckoned played: only the first can be, the others wait behind its mark."""
        if segment is not self._queue[0]:
            return 0
        return min(max(now_ms * BYTES_PER_MS - segment.start - self._correction, 0), segment.length)

    def played(self, now_ms: int) -> int:
        """Bytes played of everything that was ever sent; what was cleared does not count."""
        return self._done + (self._played(self._queue[0], now_ms) if self._queue else 0)

    def queued(self) -> tuple[int, list[str]]:
        """The sound that is not proven played yet, oldest first, and how many bytes were played before it."""
        return self._done, [segment.payload for segment in self._queue]

    def item_ids(self) -> set[str]:
        """Items with sound that is not proven played yet."""
        return {segment.item_id for segment in self._queue}

    def heard_ms(self, item_id: str, now_ms: int) -> int:
        """Milliseconds of an item the caller has heard."""
        heard = self._heard.get(item_id, 0)
        if self._queue and self._queue[0].item_id == item_id:
            heard += self._played(self._queue[0], now_ms)
        return heard // BYTES_PER_MS

    def sent_ms(self, item_id: str) -> int:
        """Milliseconds of an item that were sent to the carrier."""
        return self._sent.get(item_id, 0) // BYTES_PER_MS

    def started_ms(self, item_id: str) -> int:
        """When an item's first sound was played."""
        return self._first[item_id] // BYTES_PER_MS

    def ends_ms(self) -> int:
        """When the buffer runs dry."""
        return self._end // BYTES_PER_MS

    def is_heard_out(self, item_id: str, now_ms: int) -> bool:
        """True once every sound of an item sent so far is proven heard, or its proof is overdue."""
        return self._heard.get(item_id, 0) >= self._sent.get(item_id, 0) or self._is_overdue(now_ms)

    def is_dry(self, now_ms: int, *, but_for: str = "") -> bool:
        """True once everything sent is proven heard, or its proof is overdue; items `but_for` do not count."""
        for segment in self._queue:
            if segment.item_id != but_for:
                return self._is_overdue(now_ms)
        return True

    def _is_overdue(self, now_ms: int) -> bool:
        return now_ms >= self.ends_ms() + MARK_PATIENCE_MS

    def forget(self, item_id: str) -> None:
        """Drop the books of an item that will not be asked about again."""
        for table in (self._heard, self._sent, self._first):
            table.pop(item_id, None)
