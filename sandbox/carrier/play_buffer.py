"""The play buffer of a bidirectional stream: audio waiting for the caller's ear, and the marks between it.

https://www.twilio.com/docs/voice/media-streams/websocket-messages: audio plays in order of arrival at 8 bytes per
millisecond; a mark comes back when what stands before it was played, at once if nothing does; clear empties the
buffer and every waiting mark comes back at once.
"""

from collections import deque

from sandbox.carrier.line import BYTES_PER_MS, Line

LONGEST_BYTES = 10 * 60 * 1000 * BYTES_PER_MS


class PlayBuffer:
    """Wraps the outbound side of a line for as long as a stream feeds it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._track = line.outbound
        self._marks: deque[tuple[int, str]] = deque()
        self._filled_from = self._track.played

    @property
    def played_ms(self) -> float:
        """Audio really played on this line so far, by now."""
        self._line.run()
        return self._track.played / BYTES_PER_MS

    @property
    def pending_ms(self) -> float:
        """Audio that waits, by now."""
        self._line.run()
        return self._track.pending / BYTES_PER_MS

    @property
    def played_of_filling_ms(self) -> float:
        """What was played since the buffer last began to fill: the heard part of the sentence under way."""
        return self.played_ms - self._filled_from / BYTES_PER_MS

    def put(self, audio: bytes) -> bool:
        """Append audio; False when the buffer holds its ten minutes already and the audio is lost."""
        self._line.run()
        if self._track.pending == 0:
            self._filled_from = self._track.played
        room = LONGEST_BYTES - self._track.pending
        self._track.put(audio[:room])
        return len(audio) <= room

    def mark(self, name: str) -> None:
        """Remember a mark behind the audio that arrived so far."""
        self._marks.append((self._track.accepted, name))

    def clear(self) -> tuple[float, list[str]]:
        """Drop what waits; answers the dropped milliseconds and the names of all marks that waited."""
        self._line.run()
        names = [name for _, name in self._marks]
        self._marks.clear()
        return self._track.clear() / BYTES_PER_MS, names

    def reached(self) -> list[str]:
        """Take out the marks whose audio has been played by now, in order."""
        self._line.run()
        names = []
        while self._marks and self._marks[0][0] <= self._track.played:
            names.append(self._marks.popleft()[1])
        return names

    def next_mark_in_ms(self) -> float | None:
        """How long until the first waiting mark is reached; None without one."""
        if not self._marks:
            return None
        return max(0.0, (self._marks[0][0] - self._track.played) / BYTES_PER_MS)
