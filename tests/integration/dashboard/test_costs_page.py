"""Money on the screens: the costs page, its files, a call's page, the floor."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from django.utils import timezone

from calls.control import costing
from calls.models import Budget, Call, CallCost, CallEvent, UsageRecord
from contactcenter.dashboard import cards
from contactcenter.dashboard.costs import context
from tests import given
from tests.integration.calls.test_budgets import spend
from tests.integration.calls.test_costing import ANSWER, BY_HAND, a_scripted_call

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(given.alice())
    return client


def counted_calls(count: int = 2) -> list[Call]:
    """Calls of yesterday that cost what the hand says, each."""
    at = (timezone.now() - timedelta(days=1)).replace(hour=12)
    calls = [a_scripted_call(at=at + timedelta(minutes=n)) for n in range(count)]
    costing.count([call.pk for call in calls], now=timezone.now())
    return calls


def test_days_assistants_and_budgets_are_shown(client: Client) -> None:
    calls = counted_calls()
    Budget.objects.create(name="Everything", stop_at=Decimal("0.05"), level="stopped", spent_micros=90_874)
    page = client.get("/costs/")
    shown = page.content.decode()
    (_, spent), *others = page.context["each_day"]
    assert (spent.usd * 10**6, spent.calls, others) == (2 * BY_HAND, 2, [])
    assert dict(spent.parts)["telephone lines"] * 10**6 == 51_000
    assert [(name, one.usd * 10**6) for _, name, one in page.context["assistants"]] == [
        (str(calls[0].assistant), 2 * BY_HAND)
    ]
    assert "outgoing calls are stopped" in shown
    assert "$0.091" in shown
    assert [bar.height for bar in page.context["bars"]][-3:] == [0.0, 100.0, 0.0]


def test_a_house_without_calls_has_a_page_too(client: Client) -> None:
    page = client.get("/costs/?days=nonsense").content.decode()
    assert "No calls in these days." in page
    assert "No budget is set" in page


def test_what_has_no_price_is_named(client: Client) -> None:
    (call,) = counted_calls(1)
    UsageRecord.objects.filter(call=call, kind="transcription").update(model="an-ear")
    costing.count([call.pk], now=timezone.now())
    assert "an-ear: heard in" in client.get("/costs/").content.decode()
    assert "an-ear: heard in" in client.get(f"/calls/{call.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
async def test_the_lines_of_calls_come_to_the_line_of_their_day() -> None:
    def world() -> User:
        at = timezone.now()
        spend("0.045437200001", at=at)
        spend("1.5", at=at, call=given.a_call(now=at, from_="+12125550177"))
        return given.alice()

    person = await sync_to_async(world)()
    client = AsyncClient()
    await client.aforce_login(person)

    async def table(query: str) -> list[dict[str, str]]:
        answer = await client.get(f"/costs/export/?{query}")
        text = b"".join([piece async for piece in answer.streaming_content]).decode()
        return list(csv.DictReader(io.StringIO(text)))

    calls, (day,) = await table("by=call"), await table("days=7")
    assert sum(Decimal(row["cost (USD)"]) for row in calls) == Decimal(day["cost (USD)"]) == Decimal("1.545437200001")


def test_a_calls_page_says_what_it_went_for(client: Client) -> None:
    (call,) = counted_calls(1)
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert "The model: <span" in page
    assert "$0.005787" in page
    assert "$0.045" in page


def test_a_row_of_the_floor_shows_the_money() -> None:
    call = given.a_call(now=timezone.now())
    assert cards.call_rows([call.pk])["rows"][0]["usd"] is None
    CallCost.objects.create(call=call, micros=60_000, counted_at=timezone.now())
    assert cards.call_rows([call.pk])["rows"][0]["usd"] == Decimal("0.06")


def test_the_report_on_context_counts_the_cache_and_what_replacing_has_saved() -> None:
    (call,) = counted_calls(1)
    at = call.started_at + timedelta(seconds=30)
    CallEvent.objects.create(call=call, kind="old_sound_replaced", at=at, source="model")
    small = {"input_token_details": {"text_tokens": 90, "audio_tokens": 10}, "output_token_details": {}}
    for n, usage in enumerate([small, ANSWER]):
        later = at + timedelta(seconds=10 * (n + 1))
        record = UsageRecord.of(
            usage=usage, call=call, kind="response", ref=f"later{n}", model="gpt-realtime-2.1", at=later
        )
        record.save()
    (row,) = context.rows(start=call.started_at - timedelta(hours=1))
    assert (row.answers, row.heard_each) == (4, round((3 * 110 + 100) / 4))
    assert row.cached_share == 3 * 74 / 430
    assert row.cache_saved * 10**6 == 2 * Decimal("546.4")
    # 20 tokens of sound less in two answers, from the cache; 10 of sound and 80 of text heard in full for once.
    assert (row.replaced, row.replaced_tokens) == (1, 20)
    assert row.replaced_saved is not None
    assert row.replaced_saved * 10**6 == 20 * 2 * Decimal("0.40") - 10 * Decimal("31.60") - 80 * Decimal("3.60")


@pytest.mark.parametrize(("group", "status"), [("supervisor", 200), ("auditor", 200), ("agent", 403)])
def test_who_may_see_costs(group: str, status: int) -> None:
    client = Client()
    client.force_login(given.a_person("somebody", group))
    assert client.get("/costs/").status_code == status
