"""What a drill has shown, and whether that is enough."""

from dataclasses import asdict, dataclass, field
from typing import Any

LONGEST_S = {"kill": 3.0, "tool": 3.0, "stop": 5.0}  # without a sound, at the 99th percentile


@dataclass(slots=True)
class Figures:
    """Of one drill. `silences`: seconds without a sound around each strike, by way of striking."""

    calls: int = 0
    strikes: int = 0
    struck: int = 0
    resumed: int = 0
    turns_lost: int = 0
    greeted_twice: int = 0
    effects: int = 0
    effects_repeated: int = 0
    silences: dict[str, list[float]] = field(default_factory=dict)

    def missed(self) -> list[str]:
        """What falls short, in words; empty when nothing does."""
        lacks = []
        if self.resumed < self.struck:
            lacks.append(f"{self.struck - self.resumed} calls were not resumed with their conversation")
        lacks += [
            f"{count} {what}"
            for count, what in (
                (self.turns_lost, "turns lost"),
                (self.greeted_twice, "callers greeted twice"),
                (self.effects_repeated, "effects of tools repeated"),
            )
            if count
        ]
        lacks += [
            f"{quantile(found, 0.99):.2f} s of silence after a {how}, more than {LONGEST_S[how]:.0f}"
            for how, found in self.silences.items()
            if quantile(found, 0.99) > LONGEST_S[how]
        ]
        return lacks

    def table(self) -> str:
        """The figures for a person."""
        lines = [
            f"{self.calls} calls, {self.strikes} strikes, {self.struck} calls struck",
            f"resumed with their conversation   {self.resumed} of {self.struck}",
            f"turns lost                        {self.turns_lost}",
            f"greeted twice                     {self.greeted_twice}",
            f"effects of tools, and repeated    {self.effects}, {self.effects_repeated}",
        ]
        for how, found in self.silences.items():
            p50, p99 = quantile(found, 0.5), quantile(found, 0.99)
            lines.append(f"silence after a {how:<4} p50, p99      {p50:.2f} s, {p99:.2f} s  ({len(found)} calls)")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The figures for a machine."""
        return asdict(self) | {"missed": self.missed()}


def quantile(values: list[float], share: float) -> float:
    """The value below which this share lies, by nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)] if ordered else 0.0
