"""Placeholder until the floor is measured."""

from typing import Any

from benchmarks.goals import Outcome


def run(**_: Any) -> Outcome:
    """Nothing yet."""
    return Outcome([], {})
