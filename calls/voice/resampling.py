"""Between the telephone line (mu-law, 8000 samples a second) and PCM16 at 24000, frame by frame, without a seam.

One low-pass filter serves both ways: 96 taps at 24000 Hz, cut off at 3600 Hz, Kaiser window of beta 8. Down, it removes
what would come back as a false tone (a 5 kHz tone taken every third sample is a 3 kHz tone); up, it removes the mirror
images above 4 kHz. Its response: flat to 3 kHz, -1.8 dB at 3.4 kHz, -29.5 dB at 4 kHz, below -80 dB from 4.3 kHz on.

Each direction keeps the last samples of what it was given, so any cutting of the stream gives the same bytes. That
holds to the bit on every machine, because the arithmetic is exact: the taps are whole multiples of 2^-20, samples have
16 bits, and no sum of their products needs more than the 53 bits of a float. The sound comes 47.5 samples (2 ms) later
than it went in; lengths do not change: 8 bytes of mu-law are 48 bytes of PCM.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from calls.voice import g711

Sound = NDArray[np.float64]

RATIO: Final = 3  # 24000 / 8000
TAPS: Final = 96
_CUTOFF = 3600 / 24000
_KAISER_BETA = 8.0
_TAP_UNIT = 2.0**-20
_PCM_BYTES: Final = 2 * RATIO  # of PCM for one sample on the line
# Where a rounded sample is found in a table of 65536: floor(x + 0.5), from the most negative on.
_ROUNDING: Final = g711.FULL_SCALE + 0.5


def _taps() -> Sound:
    places = np.arange(TAPS) - (TAPS - 1) / 2
    taps = np.sinc(2 * _CUTOFF * places) * np.kaiser(TAPS, _KAISER_BETA)
    return np.asarray(np.rint(taps / taps.sum() / _TAP_UNIT) * _TAP_UNIT)


_DOWN: Final = _taps()
# Of three output samples each sees every third tap; the samples between are zeros, hence three times as loud.
_UP: Final = tuple(RATIO * _DOWN[phase::RATIO] for phase in range(RATIO))
_UP_TAIL: Final = TAPS // RATIO - 1
_DOWN_TAIL: Final = TAPS - 1

_MULAW_SOUND: Final = g711.MULAW_DECODED.astype(np.float64)
_PCM: Final = np.arange(-g711.FULL_SCALE, g711.FULL_SCALE, dtype="<i2")


class Raised:
    """The line's mu-law as PCM16 at 24000 Hz: six bytes for every byte."""

    silence: Final = g711.MULAW_SILENCE

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was said before."""
        self._tail: Sound = np.zeros(_UP_TAIL)

    def convert(self, data: bytes) -> bytes:
        """The next piece."""
        if not data:
            return b""
        sound = np.concatenate((self._tail, _MULAW_SOUND.take(np.frombuffer(data, np.uint8))))
        self._tail = sound[-_UP_TAIL:]
        raised = np.empty((len(data), RATIO))
        for phase, taps in enumerate(_UP):
            raised[:, phase] = np.convolve(sound, taps, "valid")
        return _PCM.take((raised + _ROUNDING).astype(np.intp), mode="clip").tobytes()


class Lowered:
    """PCM16 at 24000 Hz as the line's mu-law: a byte for every six; what is left over waits for the next piece."""

    silence: Final = b"\x00"

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was said before, and half a sample of it too."""
        self._tail: Sound = np.zeros(_DOWN_TAIL)
        self._rest = b""

    def convert(self, data: bytes) -> bytes:
        """The next piece; nothing when it does not fill a sample."""
        if self._rest:
            data = self._rest + data
        whole = len(data) - len(data) % _PCM_BYTES
        self._rest = data[whole:]
        if not whole:
            return b""
        sound = np.concatenate((self._tail, np.frombuffer(data, "<i2", whole // 2)))
        self._tail = sound[-_DOWN_TAIL:]
        lowered = np.convolve(sound, _DOWN, "valid")[::RATIO]
        return g711.MULAW_ENCODED.take((lowered + _ROUNDING).astype(np.intp), mode="clip").tobytes()
