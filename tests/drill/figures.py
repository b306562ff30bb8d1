"""What a drill has shown, and whether that is enough."""

from dataclasses import asdict, dataclass, field
from typing import Any

LONGEST_S = {"kill": 3.0, "tool": 3.0, "stop": 5.0}  # without a sound, at the 99th percentile


@dataclass(slots=True)
class Figures:
    """Of one drill. By way of striking: `silences`, seconds without a sound around each strike, and `streams`, seconds
    until the new stream. `turns` are in the books, `turns_told` at the far end; `cut_off` were under way at a strike;
    `words_kept` are of callers who did not want to be recorded, and `turns_told` is without theirs.
    """

    calls: int = 0
    strikes: int = 0
    struck: int = 0
    resumed: int = 0
    turns: int = 0
    turns_told: int = 0
    turns_lost: int = 0
    turns_doubled: int = 0
    cut_off: int = 0
    words_kept: int = 0
    greeted_twice: int = 0
    effects_wanted: int = 0
    effects: int = 0
    effects_repeated: int = 0
    silences: dict[str, list[float]] = field(default_factory=dict)
    streams: dict[str, list[float]] = field(default_factory=dict)

    def missed(self) -> list[str]:
        """What falls short, in words; empty when nothing does."""
        return self.went_wrong() + [
            f"{quantile(found, 0.99):.2f} s of silence after a {how}, more than {LONGEST_S[how]:.0f}"
            for how, found in self.silences.items()
            if quantile(found, 0.99) > LONGEST_S[how]
        ]

    def went_wrong(self) -> list[str]:
        """What falls short and has nothing to do with how fast the machine is."""
        lacks = [] if self.struck else ["no call was struck"]
        if self.resumed < self.struck:
            lacks.append(f"{self.struck - self.resumed} calls were not resumed with their conversation")
        lacks += [
            f"{count} {what}"
            for count, what in (
                (self.turns_lost, "turns lost"),
                (self.turns_doubled, "turns doubled"),
                (self.words_kept, "turns kept of callers who refused"),
                (self.greeted_twice, "callers greeted twice"),
                (self.effects_wanted - self.effects, "effects of tools missing"),
                (self.effects_repeated, "effects of tools repeated"),
            )
            if count > 0
        ]
        measured = sum(map(len, self.silences.values()))
        if measured < self.struck:
            lacks.append(f"{self.struck - measured} calls were not measured")
        if self.struck and not self.turns_told:
            lacks.append("nobody knows what was said")
        return lacks

    def table(self) -> str:
        """The figures for a person."""
        effects = (self.effects_wanted, self.effects, self.effects_repeated)
        lines = [
            f"{self.calls} calls, {self.strikes} strikes, {self.struck} times a call was struck",
            f"{'resumed with their conversation':<42}{self.resumed} of {self.struck}",
            f"{'turns in the books, known to the far end':<42}{self.turns}, {self.turns_told}",
            f"{'  lost, doubled':<42}{self.turns_lost}, {self.turns_doubled}",
            f"{'  under way when struck, in no book':<42}{self.cut_off}",
            f"{'greeted twice':<42}{self.greeted_twice}",
            f"{'effects of tools wanted, seen, repeated':<42}{', '.join(map(str, effects))}",
        ]
        for how, found in self.silences.items():
            lines.append(_spread(f"silence after a {how}", found))
            lines.append(_spread("  new stream after", self.streams.get(how, [])))
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The figures for a machine."""
        quantiles = {
            how: {"p50": quantile(found, 0.5), "p99": quantile(found, 0.99), "longest": max(found, default=0.0)}
            for how, found in self.silences.items()
        }
        return asdict(self) | {"silence_s": quantiles, "missed": self.missed()}


def _spread(what: str, found: list[float]) -> str:
    p50, p99 = quantile(found, 0.5), quantile(found, 0.99)
    return f"{what:<42}p50 {p50:.2f} s, p99 {p99:.2f} s, of {len(found)}"


def quantile(values: list[float], share: float) -> float:
    """The value below which this share lies, by nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)] if ordered else 0.0
