"""The speaking half of a ConversationRelay session: tokens become words on the line, and what was heard is known.

Words are spoken when their talk cycle ends, or when no token has come for a moment: prepared speech exists for whole
sentences. The real carrier begins with the first tokens.
"""

from collections import deque
from dataclasses import dataclass

from sandbox import speech
from sandbox.carrier.line import BYTES_PER_MS
from sandbox.carrier.state import Call, Carrier

# No more tokens for so long: what there is is spoken.
_HOLD_MS = 300


@dataclass(slots=True)
class _Spoken:
    """A stretch of speech, from where to where it lies on what the line plays."""

    text: str
    begin: int
    end: int
    interruptible: str
    preemptible: bool


class RelayVoice:
    """Speaks on one call's line."""

    def __init__(self, carrier: Carrier, call: Call, *, interruptible: str, preemptible: bool) -> None:
        self._clock, self._line, self._track = carrier.clock, call.line, call.line.outbound
        self._interruptible, self._preemptible = interruptible, preemptible
        self._waiting = ""
        self._waiting_since_ms = 0.0
        self._waiting_interruptible = interruptible
        self._spoken: deque[_Spoken] = deque()
        self._cycle: list[_Spoken] = []  # of this talk cycle, heard or not
        self._cycle_began_ms = 0.0
        self._is_cycle_over = True

    @property
    def is_speaking(self) -> bool:
        """Whether the caller hears us now, or will in this moment."""
        self._line.run()
        return bool(self._spoken) and self._spoken[-1].end > self._track.played

    @property
    def interruptible(self) -> str:
        """What may cut us short at this moment."""
        self._line.run()
        now = next((each for each in self._spoken if each.end > self._track.played), None)
        return self._interruptible if now is None else now.interruptible

    def token(self, text: str, *, last: bool, interruptible: str = "", preemptible: bool | None = None) -> None:
        """More words; `last` ends the talk cycle."""
        if self._is_cycle_over and (text or self._waiting):
            is_preemptible = bool(self._spoken) and all(each.preemptible for each in self._spoken)
            if is_preemptible:
                self._drop()
            self._cycle, self._is_cycle_over, self._cycle_began_ms = [], False, self._clock.now_ms()
        if text and not self._waiting:
            self._waiting_since_ms = self._clock.now_ms()
        self._waiting += text
        self._waiting_interruptible = interruptible or self._interruptible
        if last:
            self._speak(self._preemptible if preemptible is None else preemptible)
            self._is_cycle_over = True
        elif text:
            self._waiting_since_ms = self._clock.now_ms()

    def play(self, sound: bytes) -> None:
        """Other sound, such as keys."""
        self._speak(self._preemptible)
        self._line.play(sound)

    def beat(self) -> None:
        """Speak what waits, when nothing more comes."""
        if self._waiting.strip() and self._clock.now_ms() - self._waiting_since_ms >= _HOLD_MS:
            self._speak(self._preemptible)

    def _speak(self, preemptible: bool) -> None:
        text, self._waiting = self._waiting, ""
        if not text.strip():
            return
        self._line.run()
        begin = self._track.played + self._track.pending
        sound = speech.say(text, voice=speech.ASSISTANT).audio
        self._line.play(sound)
        spoken = _Spoken(text, begin, begin + len(sound), self._waiting_interruptible, preemptible)
        self._spoken.append(spoken)
        self._cycle.append(spoken)

    def heard_out(self) -> list[str]:
        """Stretches of speech that were heard to their end, each once."""
        self._line.run()
        done = []
        while self._spoken and self._spoken[0].end <= self._track.played:
            done.append(self._spoken.popleft().text)
        return done

    def interrupt(self) -> tuple[str, int]:
        """Be silent at once: what was heard of this talk cycle, and for how long it was heard."""
        self._line.run()
        heard = "".join(_until(each, self._track.played) for each in self._cycle)
        began = self._cycle[0].begin if self._cycle else self._track.played
        after_ms = max(self._track.played - began, 0) // BYTES_PER_MS
        self._drop()
        self._waiting, self._is_cycle_over = "", True
        return heard.strip(), after_ms

    def _drop(self) -> None:
        self._track.clear()
        self._spoken.clear()


def _until(spoken: _Spoken, played: int) -> str:
    """The whole words of a stretch that were heard."""
    if played >= spoken.end:
        return spoken.text
    share = max(played - spoken.begin, 0) / max(spoken.end - spoken.begin, 1)
    text = spoken.text[: int(len(spoken.text) * share)]
    return text.rpartition(" ")[0] + " " if " " in text else ""
