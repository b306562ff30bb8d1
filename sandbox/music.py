"""Sounds without words, the same every time: music for those who wait, the ringing of another telephone, beeps."""

import functools

import numpy as np

from sandbox import audio

_CHORDS_HZ = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
_CHORD_MS = 2_000
_AMPLITUDE = 1_800
_EDGE_MS = 150
_NOTE_MS = 160


@functools.cache
def while_waiting() -> bytes:
    """Soft chords for eight seconds, to be repeated."""
    return b"".join(_chord(tones) for tones in _CHORDS_HZ)


def _chord(tones_hz: tuple[int, ...]) -> bytes:
    seconds = np.arange(_CHORD_MS * audio.BYTES_PER_MS) / audio.RATE
    edge = np.linspace(0, 1, _EDGE_MS * audio.BYTES_PER_MS)
    envelope = np.ones(len(seconds))
    envelope[: len(edge)], envelope[-len(edge) :] = edge, edge[::-1]
    return audio.encode_mulaw(_AMPLITUDE * envelope * sum(np.sin(2 * np.pi * hz * seconds) for hz in tones_hz))


@functools.cache
def ringback() -> bytes:
    """What one hears while it rings at the other end, in North America: two seconds of tone, four of silence."""
    seconds = np.arange(2_000 * audio.BYTES_PER_MS) / audio.RATE
    tone = _AMPLITUDE * (np.sin(2 * np.pi * 440 * seconds) + np.sin(2 * np.pi * 480 * seconds))
    return audio.encode_mulaw(tone) + audio.silence(4_000)


@functools.cache
def somebody_came() -> bytes:
    """Two rising notes."""
    return _note(660) + _note(880)


@functools.cache
def somebody_left() -> bytes:
    """Two falling notes."""
    return _note(880) + _note(660)


def _note(hz: int) -> bytes:
    seconds = np.arange(_NOTE_MS * audio.BYTES_PER_MS) / audio.RATE
    return audio.encode_mulaw(3 * _AMPLITUDE * np.sin(2 * np.pi * hz * seconds))
