"""Which variants of a journey every run holds: the first of each, on each server.

What the variants have in common takes the time, and what they differ in is decided in pure modules, which the unit
tests walk through whole. `EVERY_VARIANT=1` holds all of them; pytest counts those that are left out as deselected.
"""

from collections import defaultdict

import pytest

# Each of these is a journey of its own.
_ALL = ("test_doors.py",)


def some_of(items: list[pytest.Item]) -> list[pytest.Item]:
    """The items to be run, in their order."""
    groups: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
    for item in items:
        groups[_group(item)].append(item)
    kept = {id(item) for group in groups.values() for item in group[:1]}
    return [item for item in items if id(item) in kept or item.path.name in _ALL]


def _group(item: pytest.Item) -> tuple[str, str]:
    callspec = getattr(item, "callspec", None)
    server = "" if callspec is None else str(callspec.params.get("running", ""))
    return f"{item.path}::{getattr(item, 'originalname', item.name)}", server
