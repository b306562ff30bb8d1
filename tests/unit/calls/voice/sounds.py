"""Sounds to listen to: tones, made and read with the standard library's own tables of G.711."""

import base64
import warnings

import numpy as np
from numpy.typing import NDArray

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

Sound = NDArray[np.float64]
LINE, PCM = 8000, 24000


def of_mulaw(data: bytes) -> Sound:
    return np.frombuffer(audioop.ulaw2lin(data, 2), "<i2").astype(float)


def as_mulaw(sound: Sound) -> bytes:
    return bytes(audioop.lin2ulaw(np.rint(sound).astype("<i2").tobytes(), 2))


def of_pcm(data: bytes) -> Sound:
    return np.frombuffer(data, "<i2").astype(float)


def as_pcm(sound: Sound) -> bytes:
    return np.rint(sound).astype("<i2").tobytes()


def tone(hz: float, rate: int, *, seconds: float = 0.5, peak: float = 10_000) -> Sound:
    return peak * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


def db(sound: Sound, reference: Sound) -> float:
    """Level against a reference, RMS, without the first frames."""
    return 20 * float(np.log10(max(sound[400:].std(), 1e-9) / reference[400:].std()))


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()
