"""What is heard while waiting when nobody said otherwise: soft chords without words, the same every time."""

import functools

import numpy as np

from sandbox import audio

_CHORDS_HZ = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
_CHORD_MS = 2_000
_AMPLITUDE = 1_800
_EDGE_MS = 150
ENTER_MS = 160


@functools.cache
def while_waiting() -> bytes:
    """Eight seconds, to be repeated."""
    return b"".join(_chord(tones) for tones in _CHORDS_HZ)


def _chord(tones_hz: tuple[int, ...]) -> bytes:
    seconds = np.arange(_CHORD_MS * audio.BYTES_PER_MS) / audio.RATE
    edge = np.linspace(0, 1, _EDGE_MS * audio.BYTES_PER_MS)
    envelope = np.ones(len(seconds))
    envelope[: len(edge)], envelope[-len(edge) :] = edge, edge[::-1]
    return audio.encode_mulaw(_AMPLITUDE * envelope * sum(np.sin(2 * np.pi * hz * seconds) for hz in tones_hz))


@functools.cache
def somebody_came() -> bytes:
    """Two rising notes."""
    return _note(660) + _note(880)


@functools.cache
def somebody_left() -> bytes:
    """Two falling notes."""
    return _note(880) + _note(660)


def _note(hz: int) -> bytes:
    seconds = np.arange(ENTER_MS * audio.BYTES_PER_MS) / audio.RATE
    return audio.encode_mulaw(3 * _AMPLITUDE * np.sin(2 * np.pi * hz * seconds))
