"""A pytest plugin: a run started by hand finds stores as `make test` does, before Django reads its settings.

Loaded by the configuration of pytest; a conftest.py would come too late. Runs of unit and house tests alone get
addresses where nobody listens: those tests need no store, and one that does is told so by its failure.
"""

import os
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

from deploy import stores

NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/these-tests-use-no-database",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
WITHOUT_STORES = ("tests/unit", "tests/house")

in_use = pytest.StashKey[stores.Stores]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """Fill in DATABASE_URL and REDIS_URL where the environment has none."""
    if missing := [name for name in NOWHERE if not os.environ.get(name)]:
        known = parser.parse_known_args(args)
        if known.help or known.version or needs_no_stores(known.file_or_dir, root=early_config.rootpath):
            os.environ.update({name: NOWHERE[name] for name in missing})
        else:
            early_config.stash[in_use] = _start(early_config.rootpath, missing)
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run is over: the stores stop unless another run uses them."""
    if (used := config.stash.get(in_use, None)) is not None:
        used.stop()


def needs_no_stores(asked: Iterable[str], *, root: Path) -> bool:
    """Whether only unit and house tests are asked for."""
    places = [Path(one.partition("::")[0]).resolve() for one in asked]
    without = [root / place for place in WITHOUT_STORES]
    return bool(places) and all(any(place.is_relative_to(free) for free in without) for place in places)


def _start(root: Path, missing: list[str]) -> stores.Stores:
    started = stores.start(
        root / "var" / "test", for_tests=True, postgres="DATABASE_URL" in missing, valkey="REDIS_URL" in missing
    )
    found = {"DATABASE_URL": started.database_url, "REDIS_URL": started.redis_url}
    os.environ.update({name: found[name] for name in missing})
    return started
