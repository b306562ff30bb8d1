"""Sound for several people at once: adding up 20 ms frames, and a queue of what is still to be heard."""

from collections import deque
from collections.abc import Iterable

import numpy as np

from sandbox import audio

SILENT_FRAME = audio.silence(audio.FRAME_MS)
_SILENT_CODES = b"\xff\x7f"


def mix(frames: Iterable[bytes]) -> bytes:
    """One frame that holds all of them. A single one that is not silent passes unchanged, byte for byte."""
    loud = [frame for frame in frames if frame.strip(_SILENT_CODES)]
    if not loud:
        return SILENT_FRAME
    if len(loud) == 1:
        return loud[0].ljust(audio.FRAME_BYTES, b"\xff")
    total = np.zeros(audio.FRAME_BYTES, dtype=np.int32)
    for frame in loud:
        total[: len(frame)] += audio.decode_mulaw(frame)
    return audio.encode_mulaw(np.clip(total, -32768, 32767).astype(np.int16))


def is_silent(frame: bytes) -> bool:
    """Nothing but zeros."""
    return not frame.strip(_SILENT_CODES)


class Sounds:
    """Sounds that follow each other, taken out frame by frame."""

    def __init__(self) -> None:
        self._queue: deque[memoryview] = deque()
        self.pending = 0

    def put(self, sound: bytes) -> None:
        """Append."""
        if sound:
            self._queue.append(memoryview(sound))
            self.pending += len(sound)

    def take(self, size: int = audio.FRAME_BYTES) -> bytes:
        """The next bytes, fewer when there are no more."""
        taken = bytearray()
        while self._queue and len(taken) < size:
            chunk, room = self._queue.popleft(), size - len(taken)
            taken += chunk[:room]
            if len(chunk) > room:
                self._queue.appendleft(chunk[room:])
        self.pending -= len(taken)
        return bytes(taken)

    def clear(self) -> None:
        """Drop what waits."""
        self._queue.clear()
        self.pending = 0
