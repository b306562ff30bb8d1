"""What Django puts together once answers and writes what Django would, for every value after the first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from calls.models import Call, CallEvent, Leg, Number, UsageRecord
from compliance import statements
from compliance.statements import (
    EXAMPLE_KEY,
    EXAMPLE_TIME,
    STAYING,
    ByHand,
    Change,
    NotKept,
    Question,
    insert,
    insert_all,
    replacing,
    together,
)
from tests import given
from tests.given import NOON

pytestmark = pytest.mark.django_db


def a_leg(call: Call, sid: str) -> Leg:
    return Leg(call=call, leg_sid=sid, direction="inbound", from_address="+1", to_address="+2", created_at=NOON)


def a_use(call: Call, ref: str, tokens: int = 1) -> UsageRecord:
    return UsageRecord(call=call, kind="response", ref=ref, model="m", at=NOON, input_text_tokens=tokens)


# --- asking -----------------------------------------------------------------------------------------------------------


def as_is(row: Any) -> Any:
    return {**vars(row), "_state": None} if hasattr(row, "_state") else row


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda call: CallEvent.objects.filter(call=call).order_by("pk"), id="models, with JSON"),
        pytest.param(
            lambda call: CallEvent.objects.filter(call=call).order_by("pk").values_list("data__by", flat=True),
            id="one column, converted",
        ),
        pytest.param(
            lambda call: CallEvent.objects.filter(call=call).values("kind").annotate(n=Count("pk")).order_by("kind"),
            id="named columns, counted",
        ),
        pytest.param(
            lambda call: Call.objects.filter(pk=call).annotate(
                is_noted=Exists(CallEvent.objects.filter(call=OuterRef("pk"), source="system"))
            ),
            id="models with an annotation",
        ),
        pytest.param(lambda call: Call.objects.filter(pk=call).values_list("pk", flat=True)[:1], id="limited"),
    ],
)
def test_a_question_answers_as_the_query_set_for_any_value(write: Callable[..., Any]) -> None:
    calls = [given.a_call() for _ in range(3)]
    for n, call in enumerate(calls[:2]):
        call.note("coached", at=NOON, source="system", by=f"somebody {n}", nested={"deep": [n]})
    question: Question[Any] = Question(write, call=EXAMPLE_KEY)
    for call in (*calls, calls[0]):
        assert [as_is(row) for row in question.all(call=call.pk)] == [as_is(row) for row in write(call.pk)]


def test_what_is_joined_comes_with_it_and_is_not_asked_for_again() -> None:
    number = given.a_number()
    question = Question(
        lambda e164: Number.objects.select_related("assistant__department", "queue").filter(e164=e164), e164="+0"
    )
    found = question.first(e164=number.e164)
    with CaptureQueriesContext(connection) as asked:
        assert (found.assistant, found.assistant.department, found.queue) == (
            number.assistant,
            number.assistant.department,
            None,
        )
    assert len(asked) == 0
    assert question.first(e164="+19995550000") is None


def test_values_of_every_type_find_their_places() -> None:
    call, other = given.a_call(), given.a_call()
    call.note("a", at=NOON, source="system", key="k1")
    other.note("a", at=NOON + timedelta(hours=1), source="system", key="k2")
    question = Question(
        lambda key, since, ms: CallEvent.objects.filter(key=key, at__gte=since).exclude(at_ms=ms),
        key="key",
        since=EXAMPLE_TIME,
        ms=17,
    )
    assert [event.call for event in question.all(key="k1", since=NOON, ms=5)] == [call]
    assert question.all(key="k1", since=NOON + timedelta(seconds=1), ms=5) == []
    assert [event.call for event in question.all(key="k2", since=NOON, ms=5)] == [other]


@pytest.mark.parametrize(
    ("write", "examples", "why"),
    [
        (lambda call: Call.objects.values_list("pk", flat=True), {"call": EXAMPLE_KEY}, "not a parameter"),
        (lambda call, pk: Call.objects.filter(pk=pk, epoch=call), {"call": 7, "pk": 7}, "alike"),
        (lambda pk: Call.objects.filter(pk=pk).values_list("pk", "epoch"), {"pk": EXAMPLE_KEY}, "not read here"),
    ],
)
def test_a_query_that_cannot_be_kept_is_refused_at_its_first_asking(
    write: Callable[..., Any], examples: dict[str, Any], why: str
) -> None:
    question: Question[Any] = Question(write, **examples)
    with pytest.raises(NotKept, match=why):
        question.all(**dict.fromkeys(examples, 1))


@pytest.mark.django_db(transaction=True)
def test_it_may_be_asked_from_any_thread() -> None:
    calls = [given.a_call() for _ in range(4)]
    question = Question(lambda pk: Call.objects.filter(pk=pk).values_list("pk", flat=True), pk=EXAMPLE_KEY)

    def ask(pk: int) -> int | None:
        try:
            return question.first(pk=pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, [call.pk for call in calls])) == [call.pk for call in calls]


# --- writing ----------------------------------------------------------------------------------------------------------


def test_a_row_is_written_as_it_would_be_saved() -> None:
    call = given.a_call()
    ours, theirs = a_leg(call, "CA1"), a_leg(call, "CA2")
    insert(ours)
    theirs.save()
    assert ours.pk is not None
    assert not ours._state.adding
    first, second = (vars(Leg.objects.get(leg_sid=sid)) for sid in ("CA1", "CA2"))
    for known in (first, second):
        del known["id"], known["leg_sid"], known["_state"]
    assert first == second


def test_a_row_may_bring_its_key() -> None:
    ((key,),) = ByHand("SELECT nextval(pg_get_serial_sequence('calls_call', 'id'))").ask().all()
    call = Call(pk=key, started_at=NOON, customer_address="+1", our_address="+2")
    insert(call)
    assert Call.objects.get(pk=key).started_at == NOON
    assert given.a_call().pk > key


def test_rows_that_are_there_stay_or_are_replaced() -> None:
    call = given.a_call()
    insert_all([], known=STAYING)
    insert_all([a_use(call, "a"), a_use(call, "b")], known=STAYING)
    insert_all([a_use(call, "b", 9), a_use(call, "c", 9)], known=STAYING)
    assert sorted(call.usage.values_list("ref", "input_text_tokens")) == [("a", 1), ("b", 1), ("c", 9)]
    newer = replacing(
        "input_text_tokens", of=("call_id", "kind", "ref"), unless="calls_usagerecord.input_text_tokens > 5"
    )
    insert_all([a_use(call, "a", 7), a_use(call, "c", 7)], known=newer)
    assert sorted(call.usage.values_list("ref", "input_text_tokens")) == [("a", 7), ("b", 1), ("c", 9)]


def test_a_change_is_made_where_its_conditions_hold() -> None:
    call, other = given.a_call(), given.a_call()
    change = Change(
        lambda pk, epoch, was, now: (Call.objects.filter(pk=pk, epoch=was), {"epoch": epoch, "fenced_at": now}),
        pk=EXAMPLE_KEY,
        epoch=1,
        was=2,
        now=EXAMPLE_TIME,
    )
    assert change.make(pk=call.pk, epoch=3, was=0, now=NOON) == 1
    assert change.make(pk=call.pk, epoch=9, was=0, now=NOON) == 0
    assert list(Call.objects.order_by("pk").values_list("pk", "epoch", "fenced_at")) == [
        (call.pk, 3, NOON),
        (other.pk, 0, None),
    ]


# --- in one round -----------------------------------------------------------------------------------------------------


def test_questions_of_one_round_are_answered_after_it() -> None:
    number, call = given.a_number(), given.a_call()
    of_number = Question(lambda e164: Number.objects.filter(e164=e164), e164="+0")
    of_call = Question(lambda pk: Call.objects.filter(pk=pk).values_list("pk", flat=True), pk=EXAMPLE_KEY)
    with together():
        first, second = of_number.ask(e164=number.e164), of_call.ask(pk=call.pk)
        assert statements._is_together()
    assert (first.first(), second.all()) == (number, [call.pk])
    assert not statements._is_together()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_outside", [True, False])
def test_what_is_written_in_one_round_is_there_or_not_as_a_whole(*, is_outside: bool) -> None:
    call, told = given.a_call(), []
    written = call.legs.filter(direction="inbound", to_address="+2").count

    def write(*sids: str) -> None:
        for sid in sids:
            insert(a_leg(call, sid))
            transaction.on_commit(lambda: told.append(written()))

    def in_one_round(*sids: str) -> None:
        if is_outside:  # the commit goes out with the rest
            with together(), transaction.atomic():
                write(*sids)
        else:
            with transaction.atomic(), together():
                write(*sids)

    in_one_round("one", "two")
    assert (written(), told) == (2, [2, 2])
    with pytest.raises(IntegrityError):
        in_one_round("three", "one", "four")
    assert (written(), told) == (2, [2, 2])
    in_one_round("three")  # the connection is of use again
    assert written() == 3


def test_a_change_in_a_round_is_refused_for_nobody_would_know_what_it_did() -> None:
    change = Change(lambda pk: (Call.objects.filter(pk=pk), {"cuts": 5}), pk=EXAMPLE_KEY)
    call = given.a_call()
    with pytest.raises(RuntimeError, match="how many rows"), together():
        change.make(pk=call.pk)
    assert change.make(pk=call.pk) == 1


def test_what_was_written_in_a_round_can_be_read_in_it() -> None:
    call = given.a_call()
    with together():
        insert(a_leg(call, "one"))
        assert call.legs.filter(leg_sid="one").exists()
