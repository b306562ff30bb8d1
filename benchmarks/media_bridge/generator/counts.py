"""What is counted, and the JSON it is told in."""

import json
from collections import Counter
from typing import Any

SPREADS = ("up", "down", "barge_in", "truncation", "behind")
WINDOW = ("frames_sent", "frames_arrived", "chunks_sent", "chunks_arrived", "marks", "clears", "truncates")
TOTALS = (*WINDOW, "calls", "caller_turns", "assistant_turns", "responses", "transcriptions")


class Counts:
    """Everything since the beginning, and since the window opened."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.all_faults: Counter[str] = Counter()
        self.window_number = 0
        self.is_open = False
        self._begin()

    def _begin(self) -> None:
        self._window: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._spreads: dict[str, Counter[int]] = {name: Counter() for name in SPREADS}

    def open(self) -> None:
        """Begin a window."""
        self._begin()
        self.window_number += 1
        self.is_open = True

    def close(self) -> None:
        """Frames sent from now on belong to no window."""
        self.is_open = False

    def add(self, name: str) -> None:
        """Count something."""
        self.totals[name] += 1
        self._window[name] += 1

    def add_frame(self, name: str, window: int) -> None:
        """Count a frame of a window; 0 stands for none."""
        self.totals[name] += 1
        if window and window == self.window_number:
            self._window[name] += 1

    def note(self, name: str, seconds: float) -> None:
        """Note a length of time, to three digits."""
        self._spreads[name][int(float(f"{max(seconds, 0) * 1e6:.3g}"))] += 1

    def fault(self, name: str) -> None:
        """Count something that must not be."""
        self.all_faults[name] += 1
        self._faults[name] += 1

    def tell_window(self) -> str:
        """The window's line."""
        spreads = {
            name: {"max": max(seen, default=0), "buckets": sorted(seen.items())} for name, seen in self._spreads.items()
        }
        return json.dumps({name: self._window[name] for name in WINDOW} | spreads | {"faults": dict(self._faults)})

    def tell_totals(self, **more: Any) -> str:
        """The line of everything."""
        return json.dumps({name: self.totals[name] for name in TOTALS} | more | {"faults": dict(self.all_faults)})
