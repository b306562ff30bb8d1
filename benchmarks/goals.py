"""A figure, its limit, and whether the one is within the other. Pure."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its limit; `value` None: it could not be measured here, and is not judged."""

    name: str
    unit: str
    value: float | None
    limit: float
    is_least: bool = False  # the limit is the least that will do, not the most

    @property
    def is_met(self) -> bool:
        """True when the figure is within its limit, or there is none."""
        if self.value is None:
            return True
        return self.value >= self.limit if self.is_least else self.value <= self.limit

    def line(self) -> str:
        """One line for a terminal."""
        value = "       -" if self.value is None else f"{self.value:8.2f}"
        sign = "at least" if self.is_least else "at most"
        verdict = "not measured" if self.value is None else "met" if self.is_met else "MISSED"
        return f"{self.name:<62} {value} {self.unit:<4} goal {sign} {self.limit:g}   {verdict}"

    def as_row(self) -> dict[str, Any]:
        """The same for a file of results."""
        return {
            "name": self.name,
            "unit": self.unit,
            "value": None if self.value is None else round(self.value, 3),
            "limit": self.limit,
            "is_least": self.is_least,
            "met": None if self.value is None else self.is_met,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a benchmark found: the goals with their figures, everything measured, and a table to read."""

    goals: list[Goal]
    measured: dict[str, Any]
    table: str = ""
