"""What the books say of a number: lists of others, our own, and answers about reassignment."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from compliance import lists
from compliance.models import ListedNumber, NumberListCopy, ReassignedAnswer, SuppressionEntry
from tests.number_lists import NOW, TODAY, a_file, a_list, done, on, some

pytestmark = pytest.mark.django_db


def test_a_number_stands_where_its_lists_have_it() -> None:
    registry, texas = a_list(), a_list("state", state="TX", max_age_days=90)
    done(a_file(*some(3)), registry)
    done(a_file(2125550001), texas)
    assert on(2125550000) == {registry.name}
    assert on(2125550001) == {registry.name, texas.name}
    assert on(2125550009) == set()
    (copy,) = [one for one in lists.standing_of("+12125550001") if one.state == "TX"]
    assert (copy.version_date, copy.max_age_days, copy.is_required) == (TODAY, 90, True)


def test_a_list_without_a_copy_is_told_of() -> None:
    a_list("state", state="TX")
    (national, state) = lists.standing_of("+12125550001")
    assert (national.kind, national.version_date) == ("national", None), "nobody has set up the registry"
    assert (state.kind, state.version_date) == ("state", None)


@pytest.mark.parametrize("nonsense", ["", "+", "client:agent-7", "+1212555000000000000000", "+١٢١٢٥٥٥٠٠٠٠"])
def test_what_is_no_number_stands_nowhere(nonsense: str) -> None:
    done(a_file(*some(2)), a_list())
    assert not any(one.is_listed for one in lists.standing_of(nonsense))


def test_rows_put_in_by_hand_count_like_a_copy() -> None:
    protected = a_list("protected")
    copy = NumberListCopy.objects.create(
        of=protected, state="in_force", version_date=TODAY, retrieved_at=NOW, created_by_ref="tests"
    )
    ListedNumber.objects.create(number=12125550001, copy=copy)
    assert on(2125550001) == {protected.name}


def test_a_look_up_is_two_queries(django_assert_num_queries: Any) -> None:
    done(a_file(*some(2)), a_list())
    with django_assert_num_queries(2):
        lists.standing_of("+12125550001")


def test_numbers_go_on_our_own_list_once() -> None:
    with transaction.atomic():
        SuppressionEntry.list_many(
            numbers=["+12125550001"], scope="all", source="web", subject_ref="", by="carol", now=NOW
        )
    made = done(a_file(*some(1200), head="phone\n"), into="own", version_date=None, scope="all")
    assert (made.state, made.rows_taken) == ("done", 1200)
    assert SuppressionEntry.objects.count() == 1200
    assert SuppressionEntry.objects.get(number="+12125550001").source == "web"
    entry = SuppressionEntry.objects.get(number="+12125550002")
    assert (entry.source, entry.subject_ref, entry.added_by_ref) == (
        "import",
        f"list_import:{made.pk}",
        "alice@example.com",
    )


def test_answers_come_in_and_errors_are_no_answers() -> None:
    made = done(
        b"Phone,Date,Answer\n2125550001,2026-01-01,yes\n2125550002,01/31/2026,NO DATA\n2125550003,20260131,no\n"
        b"2125550004,2026-01-01,error\n2125550005,2027-01-01,no\n2125550006,,no\n",
        into="answers",
        version_date=None,
    )
    assert (made.state, made.rows_refused) == ("done", 3)
    assert {*ReassignedAnswer.objects.values_list("number", "asked_date", "answer")} == {
        ("+12125550001", date(2026, 1, 1), "yes"),
        ("+12125550002", date(2026, 1, 31), "no_data"),
        ("+12125550003", date(2026, 1, 31), "no"),
    }
