"""Finding prepared clips in mu-law bytes: which were said, in which order, and how far each was heard.

Bytes travel unchanged through the phone network stand-in, the product and the model stand-in, so a clip can be
found again exactly. Landmarks are windows of 16 bytes whose hash has six zero bits: the same windows are chosen in
a clip and in any audio that holds it, whatever the alignment. Each landmark met gives a place where a clip may
lie; comparing bytes around it gives the stretch that really matches. Ten seconds take a few milliseconds.
"""

import functools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox import audio
from sandbox.clips import library
from sandbox.clips.library import Clip

_WINDOW_BYTES = 16
_SELECT_MASK = np.uint64(63)
_MIX_FIRST = np.uint64(0x9E3779B97F4A7C15)
_MIX_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)
MIN_STRETCH_BYTES = 320
"""Shorter agreement (under 40 ms) is chance: two clips may share the end of a vowel."""


@dataclass(frozen=True, slots=True)
class HeardClip:
    """A clip found in a stretch of audio: where it lies (byte offsets) and the words of it that were heard."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes of the audio from `start` that are the bytes of `clip` from `clip_start`."""

    clip: Clip
    clip_start: int
    start: int
    length: int

    @property
    def clip_end(self) -> int:
        return self.clip_start + self.length

    @property
    def end(self) -> int:
        return self.start + self.length


def find_spoken(data: bytes) -> list[HeardClip]:
    """Every clip heard in mu-law bytes, in order; a clip cut short gives the words spoken so far."""
    if len(data) < MIN_STRETCH_BYTES:
        return []
    return heard_in(_matching_stretches(data), len(data))


def heard_in(stretches: list[Stretch], length: int) -> list[HeardClip]:
    """What the matching stretches of so many bytes of audio say, in order."""
    heard = []
    for parts in _utterances(_without_overlaps(stretches, length)):
        text = _words_heard(parts)
        if text:
            heard.append(HeardClip(parts[0].start, parts[-1].end, text))
    return heard


def _landmarks(data: bytes) -> Iterator[tuple[int, int]]:
    """(offset, hash) of each chosen window."""
    octets = np.frombuffer(data, dtype=np.uint8).astype(np.uint64)
    count = len(octets) - _WINDOW_BYTES + 1
    if count <= 0:
        return
    half = _WINDOW_BYTES // 2
    words = np.zeros(len(octets) - half + 1, dtype=np.uint64)
    for place in range(half):
        words |= octets[place : place + len(words)] << np.uint64(8 * place)
    first, second = words[:count], words[half : half + count]
    mixed = first * _MIX_FIRST ^ second * _MIX_SECOND
    mixed ^= mixed >> np.uint64(29)
    # A window whose halves are equal is silence (or a steady tone): it marks nothing.
    chosen = np.flatnonzero(((mixed & _SELECT_MASK) == 0) & (first != second))
    yield from zip(chosen.tolist(), mixed[chosen].tolist(), strict=True)


@functools.cache
def _landmark_index() -> dict[int, tuple[tuple[Clip, int], ...]]:
    index: dict[int, list[tuple[Clip, int]]] = defaultdict(list)
    for clip in library.load_clips():
        for offset, mark in _landmarks(clip.audio):
            index[mark].append((clip, offset))
    return {mark: tuple(places) for mark, places in index.items()}


def _matching_stretches(data: bytes) -> list[Stretch]:
    index = _landmark_index()
    meetings: dict[tuple[int, int], tuple[Clip, list[int]]] = {}
    for offset, mark in _landmarks(data):
        for clip, clip_offset in index.get(mark, ()):
            meetings.setdefault((id(clip), offset - clip_offset), (clip, []))[1].append(offset)
    octets = np.frombuffer(data, dtype=np.uint8)
    return [
        stretch
        for (_, origin), (clip, offsets) in meetings.items()
        for stretch in _stretches_at(octets, clip, origin, offsets)
    ]


def _stretches_at(octets: npt.NDArray[np.uint8], clip: Clip, origin: int, offsets: list[int]) -> Iterator[Stretch]:
    """The agreeing stretches around the landmarks of one clip laid at one place (`origin` may be before the audio)."""
    begin, finish = max(origin, 0), min(origin + len(clip.audio), len(octets))
    wanted = np.frombuffer(clip.audio, dtype=np.uint8)[begin - origin : finish - origin]
    differing = np.flatnonzero(octets[begin:finish] != wanted)
    edges = np.concatenate(([-1], differing, [finish - begin]))
    gaps = sorted({int(np.searchsorted(edges, offset - begin, side="right")) for offset in offsets})
    for gap in gaps:
        low, high = int(edges[gap - 1]) + 1, int(edges[gap])
        whole = high == finish - begin and finish == origin + len(clip.audio)
        if not whole:  # silence after a cut agrees with a pause of the clip, but nobody spoke it
            high = low + len(wanted[low:high].tobytes().rstrip(bytes((audio.MULAW_SILENCE,))))
        if high - low >= MIN_STRETCH_BYTES:
            yield Stretch(clip, begin - origin + low, begin + low, high - low)


def _without_overlaps(stretches: list[Stretch], length: int) -> list[Stretch]:
    """The longest stretches first; what lies mostly on a longer one is chance and goes. In order of time."""
    claimed = np.zeros(length, dtype=bool)
    kept = []
    for stretch in sorted(stretches, key=lambda one: one.length, reverse=True):
        place = claimed[stretch.start : stretch.end]
        if 2 * int(place.sum()) < stretch.length:
            place[:] = True
            kept.append(stretch)
    return sorted(kept, key=lambda one: one.start)


def _utterances(stretches: list[Stretch]) -> Iterator[list[Stretch]]:
    """Stretches grouped by utterance: the same clip going on (a frame was lost between) is one."""
    group: list[Stretch] = []
    for stretch in stretches:
        if group and (
            stretch.clip is not group[-1].clip or stretch.clip_start < group[-1].clip_end - audio.FRAME_BYTES
        ):
            yield group
            group = []
        group.append(stretch)
    if group:
        yield group


def _words_heard(parts: list[Stretch]) -> str:
    """The words of which at least half was heard; a word's time is its share of the letters."""
    clip = parts[0].clip
    heard = np.zeros(len(clip.audio), dtype=bool)
    for part in parts:
        heard[part.clip_start : part.clip_end] = True
    words = clip.text.split()
    bounds = np.cumsum([0, *(len(word) + 1 for word in words)]) / sum(len(word) + 1 for word in words) * len(heard)
    return " ".join(
        word
        for word, start, end in zip(words, bounds[:-1].astype(int), bounds[1:].astype(int), strict=True)
        if heard[start:end].mean() >= 0.5
    )
