"""What a check finds: said for a person who knows their business, and the change that would put it right."""

import re
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

_PASSWORD = re.compile(r"//[^/@\s]*@")


def shown(value: str) -> str:
    """A setting as it may be shown: an address may hold somebody's password."""
    return _PASSWORD.sub("//•••@", value)


class Severity(StrEnum):
    """How bad it is. The worst first."""

    BLOCKER = "blocker"  # callers do not reach us, or we cannot call
    SERIOUS = "serious"  # something is lost, or will be
    HINT = "hint"  # good to know


@dataclass(frozen=True, slots=True)
class Change:
    """One setting of one thing at a vendor: what it is now, and what it would be.

    `what` names the kind of thing (see `calls.control.vendor_settings`), `ref` the one of its kind, as the vendor names
    it, and `label` the same for people.
    """

    what: str
    ref: str
    label: str
    name: str
    before: str
    after: str

    def as_shown(self) -> "Change":
        """The same without passwords."""
        return replace(self, before=shown(self.before), after=shown(self.after))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be.

    `key` is the same whenever the same thing is found again. `said`: what is so. `why`: why it matters. `caller`: what
    happens to somebody who calls, or is called. `changes`: the repair, empty where the vendor's API has none; then
    `by_hand` says what to do. `is_setup`: setting up an account for us puts it right without being asked about each.
    """

    key: str
    severity: Severity
    about: str
    said: str
    why: str
    caller: str
    changes: tuple[Change, ...] = ()
    by_hand: str = ""
    is_setup: bool = False

    @property
    def is_repairable(self) -> bool:
        """True when we can put it right ourselves."""
        return bool(self.changes)

    def as_json(self) -> dict[str, Any]:
        """As plain values, to be kept and shown; without passwords."""
        changes = [asdict(change.as_shown()) for change in self.changes]
        return asdict(self) | {"severity": self.severity.value, "changes": changes}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "Finding":
        """A finding that was kept."""
        changes = tuple(Change(**change) for change in kept["changes"])
        return cls(**(kept | {"changes": changes, "severity": Severity(kept["severity"])}))
