"""A decision about a campaign that is being rung: it waits for those who are at the door, and nobody overtakes it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from calls.campaigns import launching
from calls.models import Campaign
from tests.on_campaign import APPROVER, MORNING, a_campaign, launched

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT_S = 10


@contextmanager
def others() -> Iterator[Callable[..., "Future[object]"]]:
    """Work of other processes, here in threads, each with a connection of its own."""

    def alone(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        yield lambda work: pool.submit(alone, work)


def until_so_many_wait(count: int) -> None:
    """Until so many sessions of this database wait for a lock; other test processes have theirs beside it."""
    now_and_then = threading.Event()
    for _ in range(LIMIT_S * 100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        now_and_then.wait(0.01)
    raise AssertionError("nobody waits")


def test_a_pause_comes_before_those_who_come_after_it() -> None:
    campaign = launched(a_campaign(["+12125550101"]))
    first_is_in, first_may_go = threading.Event(), threading.Event()

    def at_the_door(wait: bool) -> bool:
        with transaction.atomic():
            rings = Campaign.objects.get(pk=campaign.pk).is_kept_running()
            first_is_in.set()
            assert not wait or first_may_go.wait(LIMIT_S)
        return rings

    with others() as other:
        try:
            first = other(lambda: at_the_door(True))
            assert first_is_in.wait(LIMIT_S)
            beside = other(lambda: at_the_door(False))
            assert beside.result(LIMIT_S) is True, "those who dial do not wait for each other"
            pause = other(lambda: launching.pause(campaign=campaign, why="", by=APPROVER, now=MORNING))
            until_so_many_wait(1)
            late = other(lambda: at_the_door(False))
            until_so_many_wait(2)
        finally:
            first_may_go.set()
        assert first.result(LIMIT_S) is True
        pause.result(LIMIT_S)
        assert late.result(LIMIT_S) is False, "who comes after the pause stands behind it, and rings nobody"
    assert Campaign.objects.get(pk=campaign.pk).state == "paused"
