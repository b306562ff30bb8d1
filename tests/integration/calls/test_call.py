"""A call's state in the database: facts move it, once, in any order, also when they race."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from calls.lifecycle import CallFact, EndedReason, LegStatus, Phase
from calls.models import Call, CallEvent
from tests import given
from tests.given import NOON

REPORTS = ["queued", "initiated", "ringing", "in-progress", "completed"]
pytestmark = pytest.mark.django_db


def tell(call: Call, reports: list[str]) -> None:
    leg = call.customer_leg()
    for n, status in enumerate(reports):
        leg.report(status, at=NOON + timedelta(seconds=REPORTS.index(status)), source="carrier", sequence=n)


# Every run holds each fourth of them; all of them are walked through without a database, by the unit tests.
@pytest.mark.parametrize(
    "order",
    [
        pytest.param(order, id="-".join(order), marks=() if n % 4 == 0 else pytest.mark.rarely)
        for n, order in enumerate(itertools.permutations(REPORTS))
    ],
)
def test_all_orders_of_five_reports_doubled_end_the_same(order: tuple[str, ...]) -> None:
    call = given.a_call()
    tell(call, [status for status in order for _ in range(2)])
    call.refresh_from_db()
    assert (call.phase, call.ended_reason) == (Phase.CLOSED, EndedReason.CALLER_HUNG_UP)
    assert call.customer_leg().status == LegStatus.COMPLETED
    assert call.ended_at == NOON + timedelta(seconds=4)
    assert call.events.filter(kind="leg_status").count() == 5


@pytest.mark.parametrize(
    "lost", [combination for size in range(1, 5) for combination in itertools.combinations(REPORTS[:4], size)]
)
def test_lost_reports_are_not_missed(lost: tuple[str, ...]) -> None:
    call = given.a_call()
    tell(call, [status for status in reversed(REPORTS) if status not in lost])
    call.refresh_from_db()
    assert call.phase == Phase.CLOSED


def test_a_fact_with_a_name_is_kept_once() -> None:
    call = given.a_call()
    assert call.advance(CallFact.STREAM_OPENED, at=NOON, source="carrier", key="opened:1")
    assert not call.advance(CallFact.STREAM_OPENED, at=NOON + timedelta(days=1), source="carrier", key="opened:1")
    call.refresh_from_db()
    assert call.answered_at == NOON


def test_a_stream_that_opens_after_the_end_reopens_nothing() -> None:
    call = given.a_call()
    tell(call, ["completed"])
    call.advance(CallFact.STREAM_OPENED, at=NOON, source="carrier", key="opened:1")
    call.refresh_from_db()
    assert call.phase == Phase.CLOSED


def test_why_a_call_ended_does_not_depend_on_which_news_came_first() -> None:
    endings = []
    for order in itertools.permutations(["completed", "hang up", "stream"]):
        call = given.a_call(leg_sid=given.a_sid())
        for news in order:
            if news == "completed":
                tell(call, ["completed"])
            elif news == "hang up":
                call.advance(CallFact.HANG_UP_ACCEPTED, at=NOON, source="carrier", reason=EndedReason.SUPERVISOR_ENDED)
            else:
                call.advance(CallFact.STREAM_CLOSED, at=NOON, source="carrier", key="closed:1")
        call.refresh_from_db()
        endings.append((call.phase, call.ended_reason))
    assert set(endings) == {(Phase.CLOSED, EndedReason.SUPERVISOR_ENDED)}


def test_a_fault_is_told_with_its_class() -> None:
    call = given.a_call()
    call.advance(CallFact.STREAM_CLOSED, at=NOON, source="carrier", reason=EndedReason.MODEL_LOST)
    call.refresh_from_db()
    assert (call.ended_reason, call.failure_class) == (EndedReason.MODEL_LOST, "model")


def test_a_child_legs_end_does_not_end_the_call() -> None:
    call = given.a_call()
    child = call.legs.create(leg_sid=given.a_sid(), parent_sid=call.customer_leg().leg_sid, created_at=NOON)
    child.report("completed", at=NOON, source="carrier")
    call.refresh_from_db()
    assert call.is_live


def test_a_status_nobody_knows_is_not_believed() -> None:
    call = given.a_call()
    assert not call.customer_leg().report("exploded", at=NOON, source="carrier")


@pytest.mark.parametrize(
    "statement", ["UPDATE calls_callevent SET kind = 'x'", "UPDATE compliance_auditentry SET act = 'x'"]
)
def test_the_database_refuses_to_rewrite_history(statement: str) -> None:
    call = given.a_call()
    assert call.events.exists()
    from compliance import audit

    audit.note(act="look", subject=f"call:{call.pk}", by="alice", now=NOON)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_race_for_the_same_fact_is_won_once() -> None:
    call = given.a_call()

    def tell_once(_: int) -> bool:
        try:
            return Call.objects.get(pk=call.pk).customer_leg().report("completed", at=NOON, source="carrier")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(tell_once, range(16)))
    assert won.count(True) == 1
    assert CallEvent.objects.filter(call=call, kind=CallFact.LEG_ENDED).count() == 1
