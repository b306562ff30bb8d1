"""The ring's options, the case a test works on, and the table at the end."""

import json
import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.faults.case import Case, Cases
from tests.faults.house import Exposed
from tests.faults.talkers import Talkers
from tests.integration.conftest import (  # noqa: F401  (the database as in that ring)
    addresses_are_known,
    django_db_modify_db_settings,
    django_db_setup,
    no_connection_stays_behind,
)
from tests.journeys.house import ROOT

CROWD = 20
CASES = pytest.StashKey[Cases]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--full", action="store_true", dest="is_full", help="the sizes of `make faults`")
    group.addoption("--seed", type=int, default=1, dest="fault_seed", help="what every case draws its lots from")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(name): the case of the catalogue that a test works on")


def _cases(config: pytest.Config) -> Cases:
    if CASES not in config.stash:
        seed = config.getoption("fault_seed", default=1)
        config.stash[CASES] = Cases(seed=seed, is_full=config.getoption("is_full", default=False))
    return config.stash[CASES]


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """The case named by the test's mark; a goal that is missed fails the test."""
    mark = request.node.get_closest_marker("fault")
    cases = _cases(request.config)
    case = cases.of(mark.args[0])
    yield case
    _keep(cases)  # a run of hours may be broken off
    if case.missed:
        pytest.fail("; ".join(case.missed), pytrace=False)


def pytest_itemcollected(item: pytest.Item) -> None:
    """`-k` finds a test by the name of its case too."""
    if mark := item.get_closest_marker("fault"):
        item.extra_keyword_matches.update(mark.args[0].split())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """A case that failed says how to have it again, and shows what the processes said."""
    report = yield
    mark = item.get_closest_marker("fault")
    if report.failed and mark is not None:
        report.sections.append(("to have this again", _cases(item.config).of(mark.args[0]).replay))
        house = getattr(item, "funcargs", {}).get("house")
        for name in ("web", "worker", "sandbox") if house is not None else ():
            tail = [line[:300] for line in house.log(name).splitlines()[-15:]]
            report.sections.append((f"{name}.log", "\n".join(tail)))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the table, and keep it as JSON."""
    if CASES not in config.stash:
        return
    cases = config.stash[CASES]
    terminalreporter.section("faults")
    terminalreporter.write_line(cases.table(only_done=bool(config.option.keyword)))
    _keep(cases)


def _keep(cases: Cases) -> None:
    """The figures as JSON; those of cases that were not done this time stay as they were."""
    folder = ROOT / "var" if cases.is_full else ROOT / "var" / "test"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "faults.json"
    known = json.loads(file.read_text(encoding="utf-8"))["figures"] if file.exists() else []
    earlier = {(row["case"], row["goal"]): row for row in known if row["size"]}
    at = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "seed": cases.seed}
    rows = [row | at if row["size"] else earlier.get((row["case"], row["goal"]), row) for row in cases.rows()]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    report = {"machine": machine, "is_full": cases.is_full, "figures": rows}
    file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def running() -> Iterator[Exposed]:
    """The one house of the ring, for the cases that need processes."""
    house = Exposed()
    try:
        yield house
    finally:
        house.stop()


@pytest.fixture(scope="session")
def crowd(running: Exposed) -> Talkers:
    """Callers who talk through all cases that must not be felt by others; made for the first that needs them.

    The cases in which all models die or are slow are in a file that comes before.
    """
    return Talkers(running, CROWD)


@pytest.fixture
def house(running: Exposed) -> Iterator[Exposed]:
    """The house with nobody on the line and no fault left from the case before."""
    running.behave()
    yield running
    running.clear_the_line()
