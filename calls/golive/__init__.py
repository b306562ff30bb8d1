"""PURE: whether an installation is ready for callers. What was read at the vendors and of ourselves is frozen into one
snapshot; each check is a small function over it; what they find is said in plain words, with the repair if there is
one.

A new check is a function `check(snapshot) -> findings` and its name in `registry.CHECKS`.
"""

from calls.golive.findings import Change, Finding, Severity
from calls.golive.registry import examine
from calls.golive.snapshot import Snapshot, Unread

__all__ = ["Change", "Finding", "Severity", "Snapshot", "Unread", "examine"]
