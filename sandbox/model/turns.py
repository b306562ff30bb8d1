"""Turn detection by energy: when the caller began to speak and when they stopped, to the frame.

Time is the audio written, not the clock: it is cut into frames of 20 ms from the first byte on. A frame is voiced
when its level passes the threshold; three voiced frames in a row start a turn (a click does not), and a silence of
the configured length ends it. The offsets are those of the API: the start includes the prefix padding, the end
includes the silence.
"""

from dataclasses import dataclass
from typing import Any, Self

from sandbox import audio

_FRAMES_TO_START = 3
_SEMANTIC_PREFIX_MS = 300
_SEMANTIC_SILENCE_MS = {"low": 1000, "medium": 500, "auto": 500, "high": 350}


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """A turn began. `audio_start_ms` is where its audio starts (padding included)."""

    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The turn ended. Its audio reaches up to `audio_end_ms`; the voice itself took `voiced_ms`."""

    audio_end_ms: int
    voiced_ms: int


class TurnDetector:
    """Finds turns in mu-law audio fed in pieces of any size."""

    def __init__(self, *, threshold_dbfs: float, prefix_padding_ms: int, silence_ms: int, from_ms: int = 0) -> None:
        self.prefix_padding_ms = prefix_padding_ms
        self._threshold_dbfs = threshold_dbfs
        self._silence_ms = silence_ms
        self._pending = b""
        self._now_ms = from_ms
        self._earliest_ms = from_ms
        self._voiced_in_a_row = 0
        self._voice_began_ms = 0
        self._voice_ended_ms = 0
        self.is_speaking = False

    @classmethod
    def configured(cls, settings: dict[str, Any], *, from_ms: int) -> Self:
        """The detector for a session's `turn_detection` object, listening from `from_ms` of the audio on.

        A threshold of 0.5 hears what is louder than -40 dBFS; 0 and 1 are ten decibels below and above that.
        """
        if settings["type"] == "semantic_vad":
            silence_ms = _SEMANTIC_SILENCE_MS[settings["eagerness"]]
            return cls(
                threshold_dbfs=-40, prefix_padding_ms=_SEMANTIC_PREFIX_MS, silence_ms=silence_ms, from_ms=from_ms
            )
        return cls(
            threshold_dbfs=-50 + 20 * settings["threshold"],
            prefix_padding_ms=settings["prefix_padding_ms"],
            silence_ms=settings["silence_duration_ms"],
            from_ms=from_ms,
        )

    def feed(self, data: bytes) -> list[SpeechStarted | SpeechStopped]:
        """What the next piece of audio shows, in order."""
        data = self._pending + data
        whole = len(data) - len(data) % audio.FRAME_BYTES
        self._pending = data[whole:]
        changes = (self._hear(data[start : start + audio.FRAME_BYTES]) for start in range(0, whole, audio.FRAME_BYTES))
        return [change for change in changes if change is not None]

    def forget(self, *, at_ms: int) -> None:
        """Start over at this point of the audio: what came before was committed or cleared."""
        self.is_speaking = False
        self._voiced_in_a_row = 0
        self._earliest_ms = at_ms

    def _hear(self, frame: bytes) -> SpeechStarted | SpeechStopped | None:
        begins_ms, self._now_ms = self._now_ms, self._now_ms + audio.FRAME_MS
        if audio.level_dbfs(frame) > self._threshold_dbfs:
            if not self._voiced_in_a_row and not self.is_speaking:
                self._voice_began_ms = begins_ms
            self._voiced_in_a_row += 1
            self._voice_ended_ms = self._now_ms
            if not self.is_speaking and self._voiced_in_a_row >= _FRAMES_TO_START:
                self.is_speaking = True
                return SpeechStarted(max(self._earliest_ms, self._voice_began_ms - self.prefix_padding_ms))
            return None
        self._voiced_in_a_row = 0
        if self.is_speaking and self._now_ms - self._voice_ended_ms >= self._silence_ms:
            self.is_speaking = False
            self._earliest_ms = self._voice_ended_ms + self._silence_ms
            return SpeechStopped(self._earliest_ms, self._voice_ended_ms - self._voice_began_ms)
        return None
