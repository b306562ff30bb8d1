"""Which variants of a journey every run holds: the first of each, on the first of its servers.

What the variants have in common takes the time, and what they differ in is decided in pure modules, which the unit
tests walk through whole. `EVERY=1` holds all of them; pytest counts those that are left out as deselected.
"""

import pytest

# Each of these is a journey of its own.
_ALL = ("test_doors.py",)


def some_of(items: list[pytest.Item]) -> list[pytest.Item]:
    """The items to be run, in their order."""
    first: dict[str, pytest.Item] = {}
    for item in items:
        first.setdefault(f"{item.path}::{getattr(item, 'originalname', item.name)}", item)
    kept = {id(item) for item in first.values()}
    return [item for item in items if id(item) in kept or item.path.name in _ALL]
