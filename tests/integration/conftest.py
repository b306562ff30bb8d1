"""The integration ring: real PostgreSQL and Valkey, no processes of ours."""

import contextvars
from collections.abc import AsyncIterator, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker

from calls.journal import writer
from tests import as_made, databases


@pytest.fixture(scope="session", autouse=True)
def addresses_are_known() -> None:
    """Whoever turns a name into an address first keeps a variable in their context for each part of the site.

    Here that would be the context all tests begin in, and every hop between a test and a thread copies all of it.
    """
    contextvars.copy_context().run(get_resolver()._populate)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Tables are copied, not made anew by every process of a run."""
    connections["default"].settings_dict["TEST"]["TEMPLATE"] = databases.a_migrated_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, whose rows of the beginning are put back after each test that commits."""
    with django_db_blocker.unblock():
        as_made.remember()
    yield
    with django_db_blocker.unblock():
        as_made.show_everybody_out()


@pytest.fixture(autouse=True)
def nothing_is_written_down_later() -> Iterator[None]:
    """What a test leaves in its journal would be found, and written for good, in the middle of one that takes long."""
    yield
    if (line := writer._line) is not None:
        writer._line = None
        if not line.loop.is_closed():
            line._task.cancel()
        line._thread.shutdown(cancel_futures=True)
        for spool in {line._spool, *(spool for _, spool in line._waiting)} - {None}:
            spool.remove()


@pytest.fixture(autouse=True)
async def no_connection_stays_behind(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """The thread in which async code reaches the ORM keeps a connection, and the test database could not be dropped."""
    yield
    if "django_db_setup" in request.fixturenames or request.node.get_closest_marker("django_db"):
        await sync_to_async(connections.close_all)()
