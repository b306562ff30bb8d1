"""Noticing that a machine has answered a call of ours although it was taken for a person.

It says so itself, or its tone gives it away. From its words on the assistant is silent, and the tone is waited for: the
message belongs behind it. Only the beginning of a call is watched, and only where the plan says so.
"""

import base64

import numpy as np

from calls.voice import effects as e
from calls.voice import g711, machine_talk
from calls.voice.conduct import Conduct

# After its words a machine comes to its tone within this, or has none.
TONE_WITHIN_MS = 6_000
# A tone is steady for so long; then it must end, or the message would begin in it.
_TONE_MS = 240
_LONGEST_TONE_MS = 2_000
_LOWEST_HZ, _HIGHEST_HZ = 350.0, 2_500.0
_RATE = 8_000
# Of the power of a frame, so little may be anything but the one tone.
_REST = 0.02
_STEADY_HZ = 25.0
_FAINTEST_POWER = 2.0e5  # mean square; about -46 dB below full scale


def tone_hz(payload: str) -> float:
    """The frequency of a frame that holds one steady tone and nothing else; 0 for any other sound.

    Of a pure tone each sample is what its neighbours say, by one factor: `x[n+1] + x[n-1] = 2 cos(w) x[n]`.
    """
    samples = g711.MULAW_DECODED[np.frombuffer(base64.b64decode(payload), dtype=np.uint8)].astype(np.float64)
    if len(samples) < 80 or float(np.mean(samples**2)) < _FAINTEST_POWER:
        return 0.0
    middle, around = samples[1:-1], samples[2:] + samples[:-2]
    power = float(middle @ middle)
    factor = float(around @ middle) / power
    if not -2.0 < factor < 2.0:
        return 0.0
    rest = around - factor * middle
    if float(rest @ rest) > _REST * 4 * power:
        return 0.0
    hz = float(np.arccos(factor / 2)) * _RATE / (2 * np.pi)
    return hz if _LOWEST_HZ <= hz <= _HIGHEST_HZ else 0.0


class MachineWatch:
    """Listens for a machine at the beginning of one call; it is told to the shell once."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._until_ms = conduct.plan.machine_watch_ms
        self._told_of_words_ms: int | None = None
        self._tone_ms, self._tone_hz = 0, 0.0
        self.is_on = conduct.plan.machine_watch_ms > 0

    def words(self, text: str) -> None:
        """They have said this."""
        if self.is_on and self._told_of_words_ms is None and machine_talk.is_greeting(text):
            conduct = self._conduct
            self._told_of_words_ms = conduct.now_ms
            conduct.note("machine_words")
            conduct.interrupt(cancel=True)
            conduct.is_silenced = True

    def frame(self, payload: str, length_ms: int) -> None:
        """One frame of theirs, while it is watched."""
        now = self._conduct.now_ms
        hz = tone_hz(payload)
        if hz and (not self._tone_ms or abs(hz - self._tone_hz) <= _STEADY_HZ):
            self._tone_ms, self._tone_hz = self._tone_ms + length_ms, hz
        else:
            # A fax, or a line that hums, goes on for longer.
            is_over, self._tone_ms = _TONE_MS <= self._tone_ms <= _LONGEST_TONE_MS, 0
            if is_over:
                self._tell("tone")
                return
        waited_from = self._told_of_words_ms
        if waited_from is not None and now >= waited_from + TONE_WITHIN_MS and not self._tone_ms:
            self._tell("words")
        elif waited_from is None and now >= self._until_ms:
            self.is_on = False

    def _tell(self, how: str) -> None:
        self.is_on = False
        conduct = self._conduct
        conduct.interrupt(cancel=True)
        conduct.is_silenced = True
        conduct.out.put(e.MachineHeard(how))
