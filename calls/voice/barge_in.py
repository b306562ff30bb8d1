"""When speech over the assistant's voice counts as an interruption.

Left to the model, any sound that it takes for speech silences the assistant at once. An assistant can be told to be
more patient: to go on until the caller has spoken for a little while, and not to be put off by words that only say "I
am listening". Then it is decided here, and the model is asked for its answers by us.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

# Short speech over the assistant's voice is taken for words if nobody has written it down by then.
WORDS_LIMIT_MS = 900
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class Verdict(Enum):
    """What a stretch of the caller's speech calls for."""

    WAIT = auto()  # not known yet
    IGNORE = auto()
    ANSWER = auto()
    INTERRUPT = auto()  # silence the assistant, then answer


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return [word.lower() for word in _WORD.findall(text)]


@dataclass(slots=True)
class _Speech:
    item_id: str
    started_ms: int
    stopped_ms: int | None = None


class BargeIn:
    """The judge of one call. Not patient: the model decides, and nothing here applies."""

    def __init__(self, *, least_ms: int = 0, backchannels: frozenset[str] = frozenset()) -> None:
        self._least_ms = least_ms
        self._backchannels = backchannels
        self.is_patient = bool(least_ms or backchannels)
        self._over: _Speech | None = None  # speech over the assistant's voice that has not interrupted it

    def started(self, item_id: str, now_ms: int, *, is_over_voice: bool) -> None:
        """The caller began to speak; `is_over_voice`: while the assistant is heard."""
        self._over = _Speech(item_id, now_ms) if is_over_voice else None

    def due(self, now_ms: int) -> Verdict:
        """What has come of it by now."""
        speech = self._over
        if speech is None:
            return Verdict.WAIT
        if speech.stopped_ms is None:
            is_enough = now_ms - speech.started_ms >= max(self._least_ms, 1)
            return self._decided(Verdict.INTERRUPT) if is_enough and not self._backchannels else self._long(now_ms)
        if now_ms - speech.stopped_ms >= WORDS_LIMIT_MS:
            return self._decided(Verdict.INTERRUPT)
        return Verdict.WAIT

    def _long(self, now_ms: int) -> Verdict:
        """Somebody who speaks for longer than any "mm-hm" takes is not only listening."""
        assert self._over is not None
        is_enough = now_ms - self._over.started_ms >= max(self._least_ms, WORDS_LIMIT_MS)
        return self._decided(Verdict.INTERRUPT) if is_enough else Verdict.WAIT

    def stopped(self, item_id: str, now_ms: int) -> Verdict:
        """The caller fell silent."""
        if self._over is None or self._over.item_id != item_id:
            return Verdict.ANSWER
        self._over.stopped_ms = now_ms
        return Verdict.WAIT

    def words(self, item_id: str, text: str) -> Verdict:
        """What was said is written down."""
        if self._over is None or self._over.item_id != item_id or self._over.stopped_ms is None:
            return Verdict.WAIT
        words = words_of(text)
        is_only_listening = not words or (bool(self._backchannels) and set(words) <= self._backchannels)
        return self._decided(Verdict.IGNORE if is_only_listening else Verdict.INTERRUPT)

    def _decided(self, verdict: Verdict) -> Verdict:
        self._over = None
        return verdict
