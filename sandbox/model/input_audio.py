"""The input audio buffer of a session: the timeline of appended audio, and what of it is not committed yet."""

from sandbox import audio
from sandbox.model.formats import Format, to_mulaw


class InputAudioBuffer:
    """Audio appended since the session started, counted in milliseconds; uncommitted bytes are kept as mu-law."""

    def __init__(self) -> None:
        self.received = bytearray()
        """Every byte appended, as it came."""
        self._kept = bytearray()
        self._kept_from_bytes = 0
        self._partial = b""

    @property
    def total_ms(self) -> int:
        """Audio appended since the session started."""
        return (self._kept_from_bytes + len(self._kept)) // audio.BYTES_PER_MS

    @property
    def start_ms(self) -> int:
        """Where the uncommitted audio begins."""
        return self._kept_from_bytes // audio.BYTES_PER_MS

    @property
    def held_ms(self) -> int:
        """How much audio is uncommitted."""
        return len(self._kept) // audio.BYTES_PER_MS

    def append(self, data: bytes, source: Format) -> bytes:
        """Add audio in the session's input format; returns it as mu-law."""
        self.received += data
        data = self._partial + data
        whole = len(data) - len(data) % source.bytes_per_sample
        self._partial = data[whole:]
        mulaw = to_mulaw(data[:whole], source)
        self._kept += mulaw
        return mulaw

    def take(self, start_ms: int, end_ms: int) -> bytes:
        """Remove everything up to `end_ms` and return its part from `start_ms` on, as mu-law."""
        first = max(start_ms * audio.BYTES_PER_MS - self._kept_from_bytes, 0)
        last = max(end_ms * audio.BYTES_PER_MS - self._kept_from_bytes, first)
        segment = bytes(self._kept[first:last])
        self._drop(last)
        return segment

    def keep_only_last(self, ms: int) -> None:
        """Let go of silence before a turn, but for the padding the next turn may want."""
        self._drop(max(len(self._kept) - ms * audio.BYTES_PER_MS, 0))

    def clear(self) -> None:
        """Drop all uncommitted audio. The timeline goes on."""
        self._drop(len(self._kept))

    def _drop(self, count: int) -> None:
        count = min(count, len(self._kept))
        del self._kept[:count]
        self._kept_from_bytes += count
