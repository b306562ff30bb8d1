"""Cutting one side of a line into utterances: from the first sound of a stretch of speech to the silence after it."""

import asyncio

from sandbox import signals, speech
from sandbox.carrier.ear import Ear
from sandbox.carrier.line import BYTES_PER_MS, Track
from sandbox.carrier.state import Carrier

_SPOKE_MS = 100
_OVER_MS = 600  # silent for so long, an utterance is over
_BEFORE = 100 * BYTES_PER_MS  # taken along before the first sound
_LONGEST = 30_000 * BYTES_PER_MS
_LONGEST_MIXED = 8_000 * BYTES_PER_MS
"""Longer sound is not looked into for mixed voices: it is music, most of the time."""


class Utterances:
    """Listens to one track from a sample on; ask it often."""

    def __init__(self, track: Track, *, since: int) -> None:
        self._track = track
        self._begin = since
        self._ear = Ear(track, since=since)

    def so_far(self) -> bytes:
        """The sound of the utterance that is under way; empty without one."""
        self._ear.listen()
        return bytes(self._track.past[self._begin :]) if self._ear.spoken_ms >= _SPOKE_MS else b""

    def next(self, *, is_last: bool = False) -> bytes:
        """The sound of an utterance that is over, each once; empty while there is none.

        When the line `is_last` heard, what is under way is over too.
        """
        self._ear.listen()
        now = len(self._track.past)
        has_spoken = self._ear.spoken_ms >= _SPOKE_MS
        is_over = is_last or self._ear.silent_ms >= _OVER_MS or now - self._begin >= _LONGEST
        if not self._ear.spoken_ms:
            self._begin = max(self._begin, now - _BEFORE)
        if not self._ear.spoken_ms or not is_over:
            return b""
        sound = bytes(self._track.past[self._begin : now])
        self._begin = now
        self._ear.attend()
        return sound if has_spoken else b""


async def words_in(carrier: Carrier, sound: bytes) -> str:
    """What is said in the sound; empty when nobody knows.

    Where no bytes are known, voices may be mixed: that takes a while, so it is looked into beside the event loop.
    """
    words = speech.recognise(sound) if sound else ""
    if words is None and len(sound) <= _LONGEST_MIXED and not signals.find_keys(sound):
        with carrier.waiting():
            words = await asyncio.to_thread(speech.recognise, sound, is_recoded=True)
    return words or ""
