"""What a run holds only when it is asked for everything: `EVERY=1 make test`.

Marked `rarely` is what takes long and differs little from what every run holds: another signal, a second kind of kill,
the drill that `make drill` is for. pytest counts what is left out as deselected; what is asked for by name is held.
"""

import os

import pytest


def is_everything_asked() -> bool:
    """True when nothing is to be left out."""
    return bool(os.environ.get("EVERY"))


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark."""
    config.addinivalue_line("markers", "rarely: held with EVERY=1, or when it is asked for by name")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked, unless somebody wants it."""
    if is_everything_asked() or config.option.keyword or any("::" in word for word in config.args):
        return
    if left := [item for item in items if item.get_closest_marker("rarely")]:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]
