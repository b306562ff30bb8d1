"""What it costs to speak to a model in another code than the line's: microseconds for 20 ms of sound, one direction.

From base64 to base64, with fresh payloads, as the bridge does it. A call needs each direction fifty times a second.
"""

import base64
import random
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.goals import Outcome
from calls.voice.transcoding import ModelAudio, transcoder

FRAME_MS = 20
DELTA_MS = 200
FRAMES = 2_000
RUNS = 25


def run(**_: Any) -> Outcome:
    """Measure each way of each code."""
    figures = {}
    for kind in (ModelAudio.PCMA, ModelAudio.PCM24K):
        made = transcoder(kind)
        assert made is not None
        figures[f"{kind}, frame of 20 ms to the model"] = measured(made.to_model, 8 * FRAME_MS, FRAME_MS)
        per_ms = kind.bytes_per_ms
        figures[f"{kind}, frame of 20 ms from the model"] = measured(made.from_model, per_ms * FRAME_MS, FRAME_MS)
        figures[f"{kind}, delta of 200 ms from the model"] = measured(made.from_model, per_ms * DELTA_MS, DELTA_MS)
    lines = [
        f"{name:<40} {figure['median_us']:8.2f} us for 20 ms   (best run {figure['best_us']:.2f})"
        for name, figure in figures.items()
    ]
    return Outcome([], figures, "\n".join(lines))


def measured(convert: Callable[[str], str], length: int, ms: int) -> dict[str, float]:
    """Cost of 20 ms of sound: over runs of many payloads, the median run and the best."""
    dice = random.Random(length)
    payloads = [base64.b64encode(dice.randbytes(length)).decode() for _ in range(FRAMES * FRAME_MS // ms)]
    runs = [_seconds(convert, payloads) / FRAMES * 1e6 for _ in range(RUNS)]
    return {"median_us": round(statistics.median(runs), 2), "best_us": round(min(runs), 2)}


def _seconds(convert: Callable[[str], str], payloads: Iterable[str]) -> float:
    began = time.perf_counter()
    for payload in payloads:
        convert(payload)
    return time.perf_counter() - began
