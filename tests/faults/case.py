"""One case at work: its seed, its size, and what it has reached."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.faults.catalogue import FAULTS, Fault

NOT_MEASURED = "not measured"


@dataclass(slots=True)
class Case:
    """What a test is given. Draw everything from `dice`, do `size` of it, and tell what was reached."""

    fault: Fault
    seed: int
    is_full: bool
    figures: dict[str, float] = field(default_factory=dict)
    done: int = 0

    @property
    def size(self) -> int:
        """How many are to be done."""
        return self.fault.full if self.is_full else self.fault.smoke

    def dice(self, *names: object) -> random.Random:
        """A generator of its own for everything of this name; the same for the same seed."""
        return random.Random(f"{self.seed} {self.fault.name} {names}")

    def reached(self, what: str, figure: float) -> None:
        """Keep a figure; of several for one goal the worst counts."""
        goal = next(goal for goal in self.fault.goals if goal.what == what)
        known = self.figures.get(what, figure)
        self.figures[what] = min(known, figure) if goal.is_floor else max(known, figure)

    def did(self, count: int) -> None:
        """So many of the case's unit were done."""
        self.done += count

    @property
    def missed(self) -> list[str]:
        """Goals that fall short; those in milliseconds only in the full size."""
        return [
            f"{goal.what}: {self.figures[goal.what]:g}, wanted {goal.bound}"
            for goal in self.fault.goals
            if goal.what in self.figures
            and not goal.is_met(self.figures[goal.what])
            and (self.is_full or not goal.is_timed)
        ]

    @property
    def replay(self) -> str:
        """What to type to have exactly this again."""
        size = "" if self.is_full else "--smoke "
        words = self.fault.name.replace(" ", " and ")
        return f"make faults ARGS=\"{size}-k '{words}' --seed {self.seed}\""


class Cases:
    """All cases of a run."""

    def __init__(self, *, seed: int, is_full: bool) -> None:
        self.seed = seed
        self.is_full = is_full
        self._cases = {name: Case(fault, seed, is_full) for name, fault in FAULTS.items()}

    def of(self, name: str) -> Case:
        """The case of this name; several tests may work on one."""
        return self._cases[name]

    def rows(self) -> list[dict[str, Any]]:
        """One row for each goal."""
        return [
            {
                "case": case.fault.name,
                "size": case.done,
                "unit": case.fault.unit,
                "goal": goal.what,
                "limit": goal.limit,
                "bound": goal.bound,
                "reached": case.figures.get(goal.what, NOT_MEASURED),
                "missed": any(lack.startswith(f"{goal.what}: ") for lack in case.missed),
            }
            for case in self._cases.values()
            for goal in case.fault.goals
        ]

    def table(self, *, only_done: bool = False) -> str:
        """The rows for a person; all of them, or those of the cases that were done."""
        lines = [f"{'case':<22}{'done':>16}  {'goal':<68}{'limit':>9}{'reached':>16}"]
        last = ""
        for row in self.rows():
            if only_done and not row["size"]:
                continue
            done = f"{row['size']} {row['unit']}" if row["case"] != last else ""
            name = row["case"] if row["case"] != last else ""
            reached = row["reached"] if isinstance(row["reached"], str) else f"{row['reached']:.6g}"
            mark = "  MISSED" if row["missed"] else ""
            lines.append(f"{name:<22}{done:>16}  {row['goal']:<68}{row['bound']:>9}{reached:>16}{mark}")
            last = row["case"]
        return "\n".join(lines)


def quantile(values: list[float], share: float) -> float:
    """The value below which this share lies, by nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)] if ordered else 0.0
