"""How lists, their age and their imports are said to people."""

from dataclasses import dataclass
from datetime import date, timedelta

from compliance.models import ListImport, NumberList, NumberListCopy

_SOON_DAYS = 7
STATES = {
    ListImport.State.WAITING: "Waits for a worker",
    ListImport.State.READING: "Being read",
    ListImport.State.READ: "Being put in order",
    ListImport.State.ORDERED: "About to come into force",
    ListImport.State.JOINED: "Comes into force",
    ListImport.State.DONE: "Done",
    ListImport.State.FAILED: "Failed",
    ListImport.State.CANCELLED: "Cancelled",
}


@dataclass(frozen=True, slots=True)
class Age:
    """How a copy's age is told; `is_overdue` in red."""

    said: str
    is_overdue: bool = False


def age_of(of: NumberList, copy: NumberListCopy | None, today: date) -> Age:
    """Whether this list is due for a new copy, and what follows if it is."""
    where = f" to {of.state}" if of.kind == NumberList.Kind.STATE and of.state else ""
    stops = f" No sales call{where} leaves until there is a new one." if of.stops_calls else ""
    if copy is None:
        return Age(f"No copy.{stops}", is_overdue=of.stops_calls)
    age = copy.age_days(today)
    left = of.max_age_days - age
    if left < 0:
        return Age(f"{_days(age)} old; at most {of.max_age_days} are allowed.{stops}", is_overdue=True)
    if left <= _SOON_DAYS:
        return Age(f"Due {'today' if left == 0 else f'in {_days(left)}'}")
    return Age(f"Good until {copy.version_date + timedelta(days=of.max_age_days):%-d %b %Y}")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


@dataclass(frozen=True, slots=True)
class Progress:
    """An import as its card tells it."""

    row: ListImport

    @property
    def said(self) -> str:
        """Where it stands."""
        return STATES[ListImport.State(self.row.state)]

    @property
    def book(self) -> str:
        """Where its numbers go."""
        if self.row.of is not None:
            return self.row.of.name
        return "Our own list" if self.row.into == ListImport.Into.OWN else "Answers about reassigned numbers"

    @property
    def percent(self) -> int:
        """How full its bar is."""
        return 100 if self.row.state == ListImport.State.DONE else self.row.percent
