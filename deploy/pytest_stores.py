"""A pytest plugin: a run started by hand finds stores as `make test` does, before Django reads its settings.

Loaded by the configuration of pytest; a conftest.py would come too late. Runs of unit and house tests alone get
addresses where nobody listens: those tests need no store, and one that does is told so by its failure. Every process
of a run has a folder for its files as well, which goes with it, and databases that no other process uses.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest
import redis

from deploy import seats, stores

NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/these-tests-use-no-database",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
VAR = Path("var") / "test"
WITHOUT_STORES = ("tests/unit", "tests/house")

in_use = pytest.StashKey[stores.Stores]()
folder = pytest.StashKey[str]()
seat = pytest.StashKey[seats.Seat]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """Fill in DATABASE_URL and REDIS_URL where the environment has none, and say where files of the tests go."""
    early_config.stash[folder] = os.environ["TESTS_FOLDER"] = tempfile.mkdtemp(prefix="tests-")
    missing = [name for name in NOWHERE if not os.environ.get(name)]
    known = parser.parse_known_args(args)
    if known.help or known.version or needs_no_stores(known.file_or_dir, root=early_config.rootpath):
        os.environ.update({name: NOWHERE[name] for name in missing})
    else:
        if missing:
            early_config.stash[in_use] = _start(early_config.rootpath, missing)
        is_only_lead = getattr(known, "numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ
        if not is_only_lead:
            early_config.stash[seat] = _sit_down(early_config.rootpath)
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run is over: its files go, and the stores stop unless another run uses them."""
    if (mine := config.stash.get(folder, None)) is not None:
        shutil.rmtree(mine, ignore_errors=True)
    if (taken := config.stash.get(seat, None)) is not None:
        taken.leave()
    if (used := config.stash.get(in_use, None)) is not None:
        used.stop()


def needs_no_stores(asked: Iterable[str], *, root: Path) -> bool:
    """Whether only unit and house tests are asked for."""
    places = [Path(one.partition("::")[0]).resolve() for one in asked]
    without = [root / place for place in WITHOUT_STORES]
    return bool(places) and all(any(place.is_relative_to(free) for free in without) for place in places)


def _start(root: Path, missing: list[str]) -> stores.Stores:
    started = stores.start(
        root / VAR, for_tests=True, postgres="DATABASE_URL" in missing, valkey="REDIS_URL" in missing
    )
    found = {"DATABASE_URL": started.database_url, "REDIS_URL": started.redis_url}
    os.environ.update({name: found[name] for name in missing})
    return started


def _sit_down(root: Path) -> seats.Seat:
    """Databases of this process's own, with nothing in them."""
    taken = seats.take(root / VAR)
    os.environ["TESTS_SEAT"] = str(taken.number)
    os.environ["REDIS_URL"] = taken.redis_url(os.environ["REDIS_URL"])
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as link:
        link.flushdb()
    return taken
