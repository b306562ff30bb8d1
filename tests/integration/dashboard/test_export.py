"""The call log as CSV: what a spreadsheet would run is text, and numbers are hidden from who may not see them."""

import csv
import io

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient

from calls.models import Call, Transfer
from tests import calls_on_screen as screen
from tests import desks, given

pytestmark = pytest.mark.django_db(transaction=True)


async def exported(person: User, query: str = "") -> list[list[str]]:
    client = AsyncClient()
    await client.aforce_login(person)
    response = await client.get(f"/calls/export/{query}")
    assert response.status_code == 200
    text = b"".join([piece async for piece in response.streaming_content]).decode()
    return list(csv.reader(io.StringIO(text)))


def a_call_for(*groups: str) -> User:
    given.a_call()
    return given.a_person("somebody", *groups)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'])
async def test_no_cell_is_a_formula(formula: str) -> None:
    person = await sync_to_async(a_call_for)("supervisor")
    await Call.objects.aupdate(our_address=formula)
    rows = await exported(person)
    assert rows[1][4] == f"'{formula}"
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


@pytest.mark.parametrize(("group", "sees"), [("supervisor", True), ("auditor", False)])
async def test_whole_numbers_are_for_those_who_may_see_them(group: str, sees: bool) -> None:
    person = await sync_to_async(a_call_for)(group)
    assert (given.CAROL in str(await exported(person))) is sees


async def test_the_filters_of_the_page_are_those_of_the_export() -> None:
    person = await sync_to_async(a_call_for)("supervisor")
    assert len(await exported(person, "?q=2671")) == 2
    assert len(await exported(person, "?q=9999999")) == 1


def a_call_with_a_result() -> User:
    desks.results()
    call = screen.a_past_call()
    agent = desks.a_seat(given.bob(), name="Bob")
    Transfer.objects.create(
        call=call,
        source=Transfer.Source.SUPERVISOR,
        requested_by_ref="sam",
        requested_at=call.started_at,
        waits_until=call.started_at,
        state=Transfer.State.ENDED,
    )
    offer = desks.an_offer(call.transfers.get(), agent)
    offer.learn(accepted_at=call.started_at, joined_at=call.started_at)
    offer.wrap_up(disposition="resolved", note="=1+1", now=call.started_at)
    screen.a_past_call()
    return given.alice()


async def test_who_had_the_call_and_what_came_of_it_stand_in_the_log() -> None:
    person = await sync_to_async(a_call_with_a_result)()
    rows = await exported(person, "?result=resolved")
    assert len(rows) == 2
    assert dict(zip(rows[0], rows[1], strict=True)) | {"person": "Bob", "result": "'=Resolved"} == dict(
        zip(rows[0], rows[1], strict=True)
    )
    assert len(await exported(person)) == 3
    assert len(await exported(person, "?result=refund")) == 1
