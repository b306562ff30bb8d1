"""Looking at a recording: its peaks for the screen, and where it lies on the call's clock.

The carrier stamps a recording's start to the second, and does not promise which channel is whose. But we know, to a few
milliseconds, when the assistant's voice was played; so the recording is laid where its loud stretches fit those times
best, and the channel that fits is ours.

Samples are 16-bit PCM as an array of shape (n, channels). Times are milliseconds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Span = tuple[int, int]

PEAKS_PER_SECOND = 25
STEP_MS = 20
# A step counts as sound above this RMS, about -46 dB below full scale: under speech, over comfort noise.
_LOUD = 160
# How far the recording may lie from where it was expected, and the steps of the first, rough search.
_SEARCH_MS = 12_000
_ROUGH_MS = 100
# Below this likeness (1 is perfect) the expected place is believed instead.
_LIKENESS = 0.35
# A place farther off must be better by this much to be preferred.
_BETTER = 0.005
# Silence expected before our first and after our last word.
_MARGIN_MS = 240
# So far from our words silence is expected on our channel.
_NEAR_MS = 1_000


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a recording lies: its first sample on the call's clock, and which channel is ours."""

    offset_ms: int
    our_channel: int
    is_certain: bool


def peaks(samples: Samples, rate: int) -> list[list[float]]:
    """The loudest sample of each fortieth of a second, per channel, from 0 to 1."""
    step = rate // PEAKS_PER_SECOND
    count = -(-len(samples) // step) if len(samples) else 0
    padded = np.zeros((count * step, samples.shape[1]), dtype=np.int32)
    padded[: len(samples)] = np.abs(samples.astype(np.int32))
    loudest = padded.reshape(count, step, samples.shape[1]).max(axis=1) / 32768
    return [[round(float(value), 3) for value in loudest[:, channel]] for channel in range(samples.shape[1])]


def sounding(channel: Samples, rate: int) -> NDArray[np.bool_]:
    """For each 20 ms step whether there is sound in it."""
    step = rate * STEP_MS // 1000
    count = len(channel) // step
    blocks = channel[: count * step].astype(np.float64).reshape(count, step)
    return np.asarray(np.sqrt((blocks**2).mean(axis=1)) > _LOUD) if count else np.zeros(0, dtype=np.bool_)


def _likeness(sound: NDArray[np.float64], mask: NDArray[np.float64]) -> float:
    """How well two courses agree: 1 when they rise and fall together (Pearson's correlation)."""
    a, b = sound - sound.mean(), mask - mask.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else 0.0


def place(samples: Samples, rate: int, *, ours: list[Span], expected_ms: int, expected_channel: int) -> Placement:
    """Lay a recording on the call's clock, where its sound fits the spans in which we know that we were heard.

    Compared is sound where we spoke, and silence just before and after. What lies farther off does not count: the
    opening words, and whoever else was heard on our channel while we were not there, a person or the music of a wait.
    """
    expected = Placement(expected_ms, min(expected_channel, samples.shape[1] - 1), is_certain=False)
    if not ours or not len(samples):
        return expected
    moments = np.arange(ours[0][0] - _MARGIN_MS, ours[-1][1] + _MARGIN_MS, STEP_MS)
    moments = moments[
        np.any([(moments >= start - _NEAR_MS) & (moments < end + _NEAR_MS) for start, end in ours], axis=0)
    ]
    mask = sum(((moments >= start) & (moments < end)).astype(np.float64) for start, end in ours)
    sounds = [sounding(samples[:, channel], rate).astype(np.float64) for channel in range(samples.shape[1])]

    def best_of(shifts: list[int], channels: list[int], best: Placement, likeness: float) -> tuple[Placement, float]:
        for channel in channels:
            sound = sounds[channel]
            for shift in shifts:
                at = (moments - expected_ms - shift) // STEP_MS
                heard = np.where((at >= 0) & (at < len(sound)), sound[np.clip(at, 0, len(sound) - 1)], 0.0)
                found = _likeness(heard, np.asarray(mask))
                if found > likeness + _BETTER:
                    best, likeness = Placement(expected_ms + shift, channel, is_certain=True), found
        return best, likeness

    everywhere = sorted(range(-_SEARCH_MS, _SEARCH_MS + 1, _ROUGH_MS), key=abs)
    rough, likeness = best_of(everywhere, list(range(len(sounds))), expected, _LIKENESS)
    if not rough.is_certain:
        return expected
    middle = rough.offset_ms - expected_ms
    near = sorted(range(middle - _ROUGH_MS, middle + _ROUGH_MS + 1, STEP_MS), key=abs)
    return best_of(near, [rough.our_channel], rough, likeness)[0]


def first_stretch(channel: Samples, rate: int, *, until_ms: int | None) -> Span | None:
    """The sound at the beginning of a channel, before `until_ms`: its first and last loud moment; None when silent."""
    sound = sounding(channel, rate)[: None if until_ms is None else max(until_ms // STEP_MS, 0)]
    loud = np.flatnonzero(sound)
    return (int(loud[0]) * STEP_MS, (int(loud[-1]) + 1) * STEP_MS) if len(loud) else None
