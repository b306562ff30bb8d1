"""Telephone audio as both stand-ins speak it: G.711, levels, keypad tones, and the two-sided WAV of a recording.

Everything here is 8000 Hz mono. The companding follows ITU-T G.711 (mu-law and A-law); the keypad frequencies
are those of ITU-T Q.23. Tables make each call a single lookup, so a 20 ms frame costs a few microseconds.
"""

import math
import os
import wave
from typing import IO

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

MULAW_SILENCE = 0xFF
RATE = 8000
FRAME_MS = 20
FRAME_BYTES = 160
BYTES_PER_MS = 8
QUIETEST_DBFS = -96.0
"""What level_dbfs says of digital silence: the floor of 16-bit audio, so that the number stays finite (and JSON)."""

_BIAS = 0x84
_CLIP = 32635
_DTMF_AMPLITUDE = 8000
_DTMF_RAMP_MS = 4
DTMF_ROWS_HZ = (697, 770, 852, 941)
DTMF_COLUMNS_HZ = (1209, 1336, 1477, 1633)
DTMF_KEYS = ("123A", "456B", "789C", "*0#D")


def _mulaw_decode_table() -> Samples:
    codes = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((codes & 15) << 3) + _BIAS) << ((codes >> 4) & 7)) - _BIAS
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


def _mulaw_encode_table() -> npt.NDArray[np.uint8]:
    """The code of every 16-bit sample, indexed by its unsigned pattern (sample & 0xFFFF)."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(samples), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    code = np.where(samples < 0, 0x80, 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)
    return np.asarray(~code & 0xFF, dtype=np.uint8)


def _alaw_decode_table() -> Samples:
    codes = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (codes >> 4) & 7, codes & 15
    magnitude = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, magnitude, -magnitude).astype(np.int16)


def _alaw_encode_table() -> npt.NDArray[np.uint8]:
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    # Negative samples are folded with one's complement, so that -1..-8 share the first negative step (G.711, 3.2).
    magnitude = np.where(samples < 0, ~samples, samples) >> 3
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    mantissa = (magnitude >> np.maximum(exponent, 1)) & 15
    code = np.where(samples < 0, 0, 0x80) | (exponent << 4) | mantissa
    return np.asarray(code ^ 0x55, dtype=np.uint8)


_MULAW_DECODE = _mulaw_decode_table()
_MULAW_ENCODE = _mulaw_encode_table()
_ALAW_DECODE = _alaw_decode_table()
_ALAW_ENCODE = _alaw_encode_table()
_MULAW_SQUARES = _MULAW_DECODE.astype(np.float64) ** 2


def decode_mulaw(data: bytes) -> Samples:
    """Mu-law bytes -> 16-bit samples, one per byte."""
    return _MULAW_DECODE[np.frombuffer(data, dtype=np.uint8)]


def encode_mulaw(samples: npt.ArrayLike) -> bytes:
    """16-bit samples -> mu-law bytes. Values beyond 16 bits are clipped, fractions rounded."""
    return _MULAW_ENCODE[_as_patterns(samples)].tobytes()


def decode_alaw(data: bytes) -> Samples:
    """A-law bytes -> 16-bit samples, one per byte."""
    return _ALAW_DECODE[np.frombuffer(data, dtype=np.uint8)]


def encode_alaw(samples: npt.ArrayLike) -> bytes:
    """16-bit samples -> A-law bytes. Values beyond 16 bits are clipped, fractions rounded."""
    return _ALAW_ENCODE[_as_patterns(samples)].tobytes()


def level_dbfs(data: bytes) -> float:
    """Loudness (RMS) of mu-law bytes in dB below 16-bit full scale; QUIETEST_DBFS for silence and for no audio."""
    if not data:
        return QUIETEST_DBFS
    mean_square = float(_MULAW_SQUARES[np.frombuffer(data, dtype=np.uint8)].mean())
    if mean_square == 0.0:
        return QUIETEST_DBFS
    return max(QUIETEST_DBFS, 10 * math.log10(mean_square / 32768**2))


def silence(ms: int) -> bytes:
    """That many milliseconds of mu-law silence."""
    return bytes((MULAW_SILENCE,)) * (ms * BYTES_PER_MS)


def dtmf_tone(key: str, *, tone_ms: int = 100, pause_ms: int = 100) -> bytes:
    """One key of a telephone keypad (0-9 * # A-D) as mu-law bytes: the tone pair, then a pause.

    The edges are raised-cosine ramps, so the tone starts and ends without a click. ValueError for any other key.
    """
    position = next(
        ((row, keys.index(key)) for row, keys in enumerate(DTMF_KEYS) if key in keys and len(key) == 1), None
    )
    if position is None:
        raise ValueError(f"no such key on a telephone: {key!r}")
    row, column = position
    seconds = np.arange(tone_ms * BYTES_PER_MS) / RATE
    pair = np.sin(2 * np.pi * DTMF_ROWS_HZ[row] * seconds) + np.sin(2 * np.pi * DTMF_COLUMNS_HZ[column] * seconds)
    ramp_length = min(_DTMF_RAMP_MS * BYTES_PER_MS, len(seconds) // 2)
    envelope = np.ones(len(seconds))
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(ramp_length) / max(ramp_length, 1))
    envelope[:ramp_length] = ramp
    envelope[len(seconds) - ramp_length :] = ramp[::-1]
    return encode_mulaw(_DTMF_AMPLITUDE * pair * envelope) + silence(pause_ms)


def write_stereo_wav(path_or_file: str | os.PathLike[str] | IO[bytes], *, left: bytes, right: bytes) -> None:
    """Two mu-law tracks -> one WAV file, PCM16 at 8000 Hz, two channels. The shorter track is padded with silence."""
    length = max(len(left), len(right))
    interleaved = np.zeros((length, 2), dtype="<i2")
    interleaved[: len(left), 0] = decode_mulaw(left)
    interleaved[: len(right), 1] = decode_mulaw(right)
    target = os.fspath(path_or_file) if isinstance(path_or_file, str | os.PathLike) else path_or_file
    with wave.open(target, "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(interleaved.tobytes())


def _as_patterns(samples: npt.ArrayLike) -> npt.NDArray[np.uint16]:
    values = np.asarray(samples)
    if values.dtype != np.int16:
        values = np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    return values.view(np.uint16)
