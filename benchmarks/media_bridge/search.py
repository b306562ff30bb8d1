"""The search for the largest number of calls that still pass: up in steps, then by halves. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bracket:
    """The most calls that passed and the fewest that did not; 0 and None while unknown."""

    passed: int = 0
    failed: int | None = None

    def seen(self, calls: int, *, is_passed: bool) -> "Bracket":
        """The same after one more step."""
        if is_passed:
            return Bracket(max(self.passed, calls), self.failed)
        return Bracket(self.passed, calls if self.failed is None else min(self.failed, calls))


def next_up(bracket: Bracket, *, first: int, most: int, factor: float = 1.5) -> int | None:
    """The next step of the ramp; None once a step has failed, or the most has passed."""
    if bracket.failed is not None or bracket.passed >= most:
        return None
    return min(max(int(bracket.passed * factor), bracket.passed + 1), most) if bracket.passed else first


def next_between(bracket: Bracket, *, closeness: float = 0.06) -> int | None:
    """The next step between what passed and what failed; None once they are this close, or nothing has failed."""
    if bracket.failed is None:
        return None
    gap = bracket.failed - bracket.passed
    if gap <= 1 or gap <= bracket.failed * closeness:
        return None
    return bracket.passed + gap // 2
