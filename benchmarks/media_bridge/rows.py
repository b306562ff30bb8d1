"""What was found of one variant."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.media_bridge.search import Bracket
from benchmarks.media_bridge.spread import Spread
from benchmarks.media_bridge.under_test import Measured
from benchmarks.media_bridge.variants import Variant


@dataclass(slots=True)
class Row:
    """One variant's figures as they come in."""

    variant: Variant
    loads: dict[int, Measured] = field(default_factory=dict)  # the quietest window of each number of calls
    barge_in: Spread = field(default_factory=lambda: Spread((), 0))
    truncation: Spread = field(default_factory=lambda: Spread((), 0))
    bracket: Bracket = field(default_factory=Bracket)
    at_limit: Measured | None = None
    faults: dict[str, int] = field(default_factory=dict)  # of whole runs at fixed loads, and what was left open
    books: dict[str, tuple[int, int]] | None = None  # differences; None: nothing is written down
    lost: int = 0
    is_favoured: bool = True
    problem: str = ""  # why it could not be measured to the end

    def keep(self, measured: Measured) -> None:
        """Keep a window at a fixed load."""
        known = self.loads.get(measured.calls)
        if known is None or measured.spent.waited < known.spent.waited:
            self.loads[measured.calls] = measured
        self.barge_in = Spread.merged([self.barge_in, measured.window.barge_in])
        self.truncation = Spread.merged([self.truncation, measured.window.truncation])

    def ended(self, totals: dict[str, Any]) -> None:
        """Keep what was wrong over a whole run, from the first frame to the last closed socket."""
        self.lost += totals["frames_sent"] - totals["frames_arrived"]
        left_open = {"carrier_sockets_left": totals["carrier_sockets"], "model_sockets_left": totals["model_sockets"]}
        for name, count in (totals["faults"] | {name: n for name, n in left_open.items() if n}).items():
            self.faults[name] = self.faults.get(name, 0) + count

    def step(self, measured: Measured, *, is_passed: bool) -> None:
        """Keep a step of the search."""
        self.bracket = self.bracket.seen(measured.calls, is_passed=is_passed)
        if is_passed and (self.at_limit is None or measured.calls > self.at_limit.calls):
            self.at_limit = measured

    @property
    def limit(self) -> int | None:
        """The most calls that passed; None when it was not searched."""
        return self.bracket.passed if self.bracket != Bracket() else None

    def cpu_ms(self, calls: int) -> float | None:
        """Processor milliseconds per call and second at a fixed load."""
        measured = self.loads.get(calls)
        return measured.cpu_ms if measured is not None else None
