"""Where a caller was left alone: the stretches of a call in which nobody was to be heard.

Measured on the samples themselves, in frames of 20 ms since the answer: a frame is silent when what the caller was
played stays below -50 dBFS and the caller was not speaking. The hiss of the caller's own line is no speech.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sandbox import audio
from sandbox.carrier.line import Line, Track

AUDIBLE_DBFS = -50.0
_MINUTE = 60 * 1000 // audio.FRAME_MS  # frames that are measured at once

Frames = npt.NDArray[np.bool_]


def find(line: Line, *, over_ms: float) -> list[tuple[int, int]]:
    """(start, end) in ms since the answer of every silence that lasted longer than `over_ms`, in order."""
    line.run()
    is_silent = ~(_audible(line.outbound) | (_audible(line.inbound) & _carrying(line.inbound)))
    return [(start, end) for start, end in _stretches(is_silent) if end - start > over_ms]


def measured_ms(line: Line) -> int:
    """How much of the call could be measured: whole frames since the answer."""
    line.run()
    return len(line.outbound.past) // audio.FRAME_BYTES * audio.FRAME_MS


def _audible(track: Track) -> Frames:
    count = len(track.past) // audio.FRAME_BYTES
    loud: list[Frames] = [np.zeros(0, dtype=bool)]
    limit = (32768 * 10 ** (AUDIBLE_DBFS / 20)) ** 2
    for first in range(0, count, _MINUTE):
        last = min(first + _MINUTE, count)
        samples = audio.decode_mulaw(bytes(track.past[first * audio.FRAME_BYTES : last * audio.FRAME_BYTES]))
        powers = np.mean(samples.astype(np.float64).reshape(-1, audio.FRAME_BYTES) ** 2, axis=1)
        loud.append(powers >= limit)
    return np.concatenate(loud)


def _carrying(track: Track) -> Frames:
    """The frames in which something was put on the track, as opposed to its own background."""
    carrying = np.zeros(len(track.past) // audio.FRAME_BYTES, dtype=bool)
    for start, end in track.spans:
        carrying[start // audio.FRAME_BYTES : -(-end // audio.FRAME_BYTES)] = True
    return carrying


def _stretches(is_silent: Frames) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_silent, [False])).astype(np.int8)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield start * audio.FRAME_MS, end * audio.FRAME_MS
