"""The caller's ear: from the sound on the line, is someone speaking to me, and for how long not any more?"""

from sandbox import audio
from sandbox.carrier.line import Track

_SOUND_DBFS = -45.0
_BREATH_MS = 400  # a pause this short is still the same stretch of speech
_SILENT_CODES = b"\xff\x7f"


class Ear:
    """Listens to one track in steps of 20 ms."""

    def __init__(self, track: Track, *, since: int = 0) -> None:
        """`since` is the sample from which it listens."""
        self._track = track
        self._heard = since
        self.silent_ms = 0  # since the last sound
        self.spoken_ms = 0  # sound heard since `attend`
        self._stretch_ms = 0

    def attend(self) -> None:
        """From now on count anew what is heard."""
        self.listen()
        self.silent_ms = self.spoken_ms = self._stretch_ms = 0

    @property
    def speaking_ms(self) -> int:
        """How long the present stretch of speech has lasted; 0 while nobody speaks."""
        return self._stretch_ms if self._stretch_ms and self.silent_ms < _BREATH_MS else 0

    def listen(self) -> None:
        """Take in what the line has carried since the last time, in whole frames."""
        past, step = self._track.past, audio.FRAME_BYTES
        while self._heard + step <= len(past):
            frame = bytes(past[self._heard : self._heard + step])
            self._heard += step
            if _has_sound(frame):
                if self.silent_ms >= _BREATH_MS:
                    self._stretch_ms = 0
                self._stretch_ms += self.silent_ms + audio.FRAME_MS if self._stretch_ms else audio.FRAME_MS
                self.spoken_ms += audio.FRAME_MS
                self.silent_ms = 0
            else:
                self.silent_ms += audio.FRAME_MS


def _has_sound(frame: bytes) -> bool:
    return bool(frame.strip(_SILENT_CODES)) and audio.level_dbfs(frame) > _SOUND_DBFS
