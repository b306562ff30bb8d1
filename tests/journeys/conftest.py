"""One house per server for all journeys; each journey begins with a sandbox that behaves."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import connections

from contactcenter import serving
from tests import rarely
from tests.journeys import spreading, variants
from tests.journeys.house import House


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The journeys look into the running product's own database; no test database is made."""


@contextmanager
def looked_into(house: House, blocker: Any) -> Iterator[House]:
    """A house whose books may be read meanwhile."""
    connection = connections["default"]
    before = connection.settings_dict["NAME"]
    try:
        _look_into(house.database)
        with blocker.unblock():
            yield house
    finally:
        _look_into(before)


@contextmanager
def opened(house: House, blocker: Any) -> Iterator[House]:
    """A house whose books the journeys may read while it runs."""
    try:
        with looked_into(house, blocker):
            yield house
    finally:
        house.stop()


def _look_into(database: str) -> None:
    connections.close_all()
    connection = connections["default"]
    connection.close_pool()
    connection.settings_dict["NAME"] = database


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Journeys about the stream run on more than the server of production."""
    if "running" in metafunc.fixturenames:
        servers = getattr(metafunc.module, "SERVERS", ("uvicorn",))
        metafunc.parametrize("running", servers, indirect=True, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest go first. Of the variants of one journey one is held: see `variants`."""
    kept = items if rarely.is_everything_asked() else variants.some_of(items)
    if left := [item for item in items if item not in set(kept)]:
        left[0].config.hook.pytest_deselected(items=left)
    items[:] = sorted(kept, key=spreading.rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spreading.Together:
    """Where journeys run in several processes."""
    return spreading.Together(config, log)


class Standing:
    """The house on one server, held from journey to journey; after one that broke a new one is built.

    What a broken journey has left open (a line, a permit, a tool at work) is no later journey's trouble.
    """

    def __init__(self, server: str, blocker: Any) -> None:
        self._server, self._blocker = server, blocker
        self._held = ExitStack()
        self._house: House | None = None
        self.is_broken = False

    def house(self) -> House:
        """The house, built when it is not there."""
        if self.is_broken:
            self.leave()
        if self._house is None:
            is_fast = self._server == serving.FAST_WEBSOCKETS
            more_env = {"WEBSOCKETS": serving.FAST_WEBSOCKETS if is_fast else serving.PLAIN_WEBSOCKETS}
            house = House("uvicorn" if is_fast else self._server, more_env=more_env)
            self._house = self._held.enter_context(opened(house, self._blocker))
        return self._house

    def leave(self) -> None:
        """Stop it."""
        self._held.close()
        self._house, self.is_broken = None, False


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest, django_db_setup, django_db_blocker) -> Iterator[Standing]:
    """The house on one server, or on uvicorn with picows; the journeys of the next run after it has stopped."""
    standing = Standing(request.param, django_db_blocker)
    yield standing
    standing.leave()


@pytest.fixture
def house(running: Standing) -> House:
    """The running house, with every fault of an earlier journey taken back."""
    house = running.house()
    house.behave()
    return house


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """A journey that failed shows what the processes said."""
    report = yield
    house, running = (getattr(item, "funcargs", {}).get(name) for name in ("house", "running"))
    if report.failed and running is not None:
        running.is_broken = True
    if report.failed and house is not None:
        for name in ("web", "worker", "sandbox"):
            tail = [line[:300] for line in house.log(name).splitlines()[-15:]]
            report.sections.append((f"{name}.log", "\n".join(tail)))
    return report
