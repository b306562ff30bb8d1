"""The signals of a telephone line that are neither speech nor noise: keypad tones found in sound, and the beep.

Found by Goertzel's filter over windows of 205 samples every 5 ms, with the limits of ITU-T Q.24: how much of the
sound the two tones must make up, how far they may differ in loudness, and that 40 ms are a key and less is none.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox import audio

_WINDOW = 205
_HOP_MS = 5
_HOP = _HOP_MS * audio.BYTES_PER_MS
_EDGE_MS = 6  # of a window lie outside of the signal at its edge, on average, when it is the first that counts
_SHARE = 0.65
"""Least share of a window's power that the signal must hold. Speech over the tones hides them."""
_FAINTEST_POWER = (32768 * 10 ** (-40 / 20)) ** 2
_TWIST_UP, _TWIST_DOWN = 10 ** (4 / 10), 10 ** (-8 / 10)  # high tone against low tone
_SHORTEST_KEY_MS = 33  # a key of 40 ms, as it is measured here
_BEEP_HZ = 1000
_BEEP_AMPLITUDE = 8000
BEEP_MS = 400
_SHORTEST_BEEP_MS = 200
_NOTHING = -1

Frames = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeardKey:
    """A key's tones in a stretch of audio, to about 5 ms."""

    key: str
    start_ms: int
    end_ms: int


def beep() -> bytes:
    """What is heard before a message may be spoken: one tone of 1000 Hz."""
    seconds = np.arange(BEEP_MS * audio.BYTES_PER_MS) / audio.RATE
    return audio.encode_mulaw(_BEEP_AMPLITUDE * np.sin(2 * np.pi * _BEEP_HZ * seconds))


def find_beeps(data: bytes) -> list[tuple[int, int]]:
    """(start, end) in ms of every beep in mu-law bytes."""
    frames = _frames(data)
    is_beep = _powers(frames, (_BEEP_HZ,))[:, 0] >= _SHARE * _audible(frames)
    found = _stretches(np.where(is_beep, 0, _NOTHING))
    return [(start, end) for _, start, end in found if end - start >= _SHORTEST_BEEP_MS]


def find_keys(data: bytes) -> list[HeardKey]:
    """Every key whose tones are in mu-law bytes, in order."""
    frames = _frames(data)
    low, high = _powers(frames, audio.DTMF_ROWS_HZ), _powers(frames, audio.DTMF_COLUMNS_HZ)
    row, column = low.argmax(axis=1), high.argmax(axis=1)
    best_low, best_high = low.max(axis=1, initial=0), high.max(axis=1, initial=0)
    is_key = best_low + best_high >= _SHARE * _audible(frames)
    is_key &= (best_high <= _TWIST_UP * best_low) & (best_high >= _TWIST_DOWN * best_low)
    found = _stretches(np.where(is_key, row * len(audio.DTMF_COLUMNS_HZ) + column, _NOTHING))
    keys = "".join(audio.DTMF_KEYS)
    return [HeardKey(keys[place], start, end) for place, start, end in found if end - start >= _SHORTEST_KEY_MS]


def _frames(data: bytes) -> Frames:
    samples = audio.decode_mulaw(data).astype(np.float64)
    if len(samples) < _WINDOW:
        return np.zeros((0, _WINDOW))
    windows: Frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    return windows


def _powers(frames: Frames, tones_hz: tuple[int, ...]) -> Frames:
    """Mean square of the part of each window that has these frequencies, one column for each."""
    turns = np.exp(-2j * np.pi * np.outer(np.arange(_WINDOW), tones_hz) / audio.RATE)
    powers: Frames = 2 * np.abs(frames @ turns) ** 2 / _WINDOW**2
    return powers


def _audible(frames: Frames) -> Frames:
    """Mean square of each window; what is too faint counts as louder than any signal in it."""
    power: Frames = np.mean(frames**2, axis=1)
    return np.where(power < _FAINTEST_POWER, np.inf, power)


def _stretches(kinds: npt.NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """(kind, start, end in ms) of every run of windows of one kind."""
    edges = np.flatnonzero(np.diff(np.concatenate(([_NOTHING], kinds, [_NOTHING]))))
    found = []
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if kinds[first] != _NOTHING:
            end_ms = (last - 1) * _HOP_MS + _WINDOW // audio.BYTES_PER_MS - _EDGE_MS
            found.append((int(kinds[first]), first * _HOP_MS + _EDGE_MS, end_ms))
    return found
