"""Finding prepared clips by their sound, when another code or another rate on the way has changed the bytes.

Only what is below 800 Hz is looked at: that passes every code and filter alike. First, at 2 kHz, where is a clip likely
at all: by correlation of the waveforms, with every clip. Then, at 8 kHz, which blocks of 10 ms of it are really there:
those whose waveforms agree, and those that are quiet on both sides. It takes 30 ms for a sentence of two seconds, far
more than exact bytes take; so this is asked only where bytes cannot be.
"""

import functools

import numpy as np
import numpy.typing as npt

from sandbox import audio
from sandbox.clips import library
from sandbox.clips.hearing import MIN_STRETCH_BYTES, HeardClip, Stretch, heard_in
from sandbox.clips.library import Clip

Sound = npt.NDArray[np.float64]
Spectrum = npt.NDArray[np.complex64]

_LOW_PASS = np.hamming(33) * np.sinc((np.arange(33) - 16) / 5) / 5
_FEWER = 4  # only one sample of so many is looked at first
_LIKELY = 0.5
"""Correlation from which a place is looked at closely. Half a clip followed by silence has 0.7."""
_SLACK = 48
"""Samples around a likely place among which the best is found: a voice sounds alike a period or two farther."""
_BLOCK = 80
_ALIKE = 0.8
_QUIET = 150.0
"""Amplitude (RMS) under which a block is quiet, about -47 dBFS."""


def find_alike(data: bytes) -> list[HeardClip]:
    """Every clip heard in mu-law bytes that are not its own, in order."""
    if len(data) < MIN_STRETCH_BYTES:
        return []
    sound = _low_sound(data)
    spectra = _Spectra(sound[::_FEWER])
    stretches = [
        stretch
        for number, (clip, clip_sound) in enumerate(_clips())
        for place in _likely_places(spectra, number)
        for stretch in _stretches(clip, clip_sound, sound, _exact_place(clip_sound, sound, place * _FEWER))
    ]
    return heard_in(stretches, len(data))


@functools.cache
def _clips() -> tuple[tuple[Clip, Sound], ...]:
    return tuple((clip, _low_sound(clip.audio)) for clip in library.load_clips())


@functools.cache
def _fewer(number: int) -> Sound:
    """A clip as it is looked at first."""
    return _clips()[number][1][::_FEWER]


@functools.cache
def _spectrum(number: int, size: int) -> Spectrum:
    """The spectrum of a clip: sizes are powers of two, so there are few, and each is made once."""
    return np.conj(np.fft.rfft(_fewer(number), size)).astype(np.complex64)


def _low_sound(data: bytes) -> Sound:
    return np.convolve(audio.decode_mulaw(data), _LOW_PASS, "same")


class _Spectra:
    """A sound and its spectrum of any size, made once."""

    def __init__(self, sound: Sound) -> None:
        self.sound = sound
        self.energy = np.concatenate(([0.0], np.cumsum(sound**2)))  # up to each sample
        self._of_size: dict[int, Spectrum] = {}

    def of_size(self, size: int) -> Spectrum:
        if size not in self._of_size:
            self._of_size[size] = np.fft.rfft(self.sound, size).astype(np.complex64)
        return self._of_size[size]


def _likely_places(spectra: _Spectra, number: int) -> list[int]:
    """Where in the sound the clip of this number may begin; it may reach over either end."""
    clip = _fewer(number)
    length, size = len(spectra.sound), 1 << (len(spectra.sound) + len(clip)).bit_length()
    product = np.fft.irfft(spectra.of_size(size) * _spectrum(number, size), size)
    places = np.arange(1 - len(clip), length)
    energy = spectra.energy
    local = energy[np.minimum(places + len(clip), length)] - energy[np.maximum(places, 0)]
    alike = product[places] / np.sqrt(np.maximum(local, 1.0) * (clip @ clip))
    found: list[int] = []
    while alike.max() >= _LIKELY:
        best = int(alike.argmax())
        found.append(int(places[best]))
        alike[max(best - len(clip) // 2, 0) : best + len(clip) // 2] = 0.0
    return found


def _exact_place(clip: Sound, sound: Sound, near: int) -> int:
    """The place of the best agreement around this one."""

    def agreement(place: int) -> float:
        first, last = max(place, 0), min(place + len(clip), len(sound))
        return float(sound[first:last] @ clip[first - place : last - place]) if first < last else 0.0

    return max(range(near - _SLACK, near + _SLACK + 1), key=agreement)


def _stretches(clip: Clip, clip_sound: Sound, sound: Sound, place: int) -> list[Stretch]:
    """The blocks of the clip, laid at this place, that are there, joined where they touch."""
    skipped = -min(place, 0) + -min(place, 0) % -_BLOCK % _BLOCK
    first = place + skipped
    count = (min(place + len(clip_sound), len(sound)) - first) // _BLOCK
    if count < 1:
        return []
    heard = sound[first : first + count * _BLOCK].reshape(count, _BLOCK)
    wanted = clip_sound[skipped : skipped + count * _BLOCK].reshape(count, _BLOCK)
    loudness = np.sqrt((heard**2).mean(axis=1) * (wanted**2).mean(axis=1))
    is_alike = (heard * wanted).mean(axis=1) >= _ALIKE * np.maximum(loudness, 1.0)
    is_quiet = np.maximum(np.abs(heard).mean(axis=1), np.abs(wanted).mean(axis=1)) < _QUIET
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (is_alike | is_quiet).astype(int), [0]))))
    return [
        Stretch(clip, skipped + start * _BLOCK, first + start * _BLOCK, (end - start) * _BLOCK)
        for start, end in edges.reshape(-1, 2).tolist()
        if (end - start) * _BLOCK >= MIN_STRETCH_BYTES
    ]
