"""Percentiles of what the far ends counted: pairs of a value and how often it was seen. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """Microseconds seen, sorted, each with its count; `most` is the largest, exactly."""

    counts: tuple[tuple[int, int], ...]
    most: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Spread":
        """From the far ends' JSON."""
        return cls(tuple(sorted((int(value), int(count)) for value, count in told["buckets"])), int(told["max"]))

    @classmethod
    def merged(cls, spreads: Iterable["Spread"]) -> "Spread":
        """Several stretches of time as one."""
        counts: dict[int, int] = {}
        most = 0
        for spread in spreads:
            most = max(most, spread.most)
            for value, count in spread.counts:
                counts[value] = counts.get(value, 0) + count
        return cls(tuple(sorted(counts.items())), most)

    @property
    def count(self) -> int:
        """How many were seen."""
        return sum(count for _, count in self.counts)

    def percentile_ms(self, percent: float) -> float | None:
        """The smallest value that is not exceeded by `percent` of them, in milliseconds; None when there are none."""
        total, seen = self.count, 0
        for value, count in self.counts:
            seen += count
            if seen * 100 >= total * percent:
                return min(value, self.most) / 1000
        return None

    @property
    def most_ms(self) -> float | None:
        """The largest of them."""
        return self.most / 1000 if self.counts else None
