"""Sounds that are no words: the hiss of a line at a chosen level, and a cough."""

import functools

import numpy as np
import numpy.typing as npt

from sandbox import audio

QUIETEST_DBFS, LOUDEST_DBFS = -90, -20
SHORTEST_COUGH_MS, LONGEST_COUGH_MS = 80, 200
_HISS_MS = 5_000
_BAND_HZ = (300.0, 3_400.0)
_COUGH_DBFS = -18.0
_ONSET_MS = 8

Signal = npt.NDArray[np.float64]


@functools.cache
def hiss(level_dbfs: int) -> bytes:
    """Five seconds of noise of the telephone band at this level (RMS), to be repeated: what a quiet line sounds like.

    The lowest level is silence: mu-law has no step that small.
    """
    if level_dbfs <= QUIETEST_DBFS:
        return audio.silence(_HISS_MS)
    return audio.encode_mulaw(_band(_HISS_MS * audio.BYTES_PER_MS, seed=1) * 32768 * 10 ** (level_dbfs / 20))


def cough(ms: int, *, seed: int = 1) -> bytes:
    """A burst of that many milliseconds: it begins at once and dies away. Each seed is another one."""
    length = ms * audio.BYTES_PER_MS
    envelope = np.exp(-3 * np.arange(length) / length)
    envelope[: _ONSET_MS * audio.BYTES_PER_MS] *= np.linspace(0, 1, _ONSET_MS * audio.BYTES_PER_MS)
    burst = _band(length, seed=seed) * envelope
    return audio.encode_mulaw(burst / np.sqrt(np.mean(burst**2)) * 32768 * 10 ** (_COUGH_DBFS / 20))


def _band(length: int, *, seed: int) -> Signal:
    """White noise of the telephone band with an RMS of 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(length))
    frequencies = np.fft.rfftfreq(length, 1 / audio.RATE)
    spectrum[(frequencies < _BAND_HZ[0]) | (frequencies > _BAND_HZ[1])] = 0
    noise: Signal = np.fft.irfft(spectrum, length)
    return noise / np.sqrt(np.mean(noise**2))
