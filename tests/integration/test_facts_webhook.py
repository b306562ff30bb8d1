"""What a call has found out reaches the business: after its end, under one key, until it has arrived, and only that."""

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import Disposition, FactsWebhook
from calls.models import Call, CallResult, CollectedFact, FactsDelivery
from compliance.models import Person
from contactcenter.outgoing import facts, tasks
from tests import calls_on_screen as screen
from tests import given, tool_server, tools_given
from tests.tool_server import Ledger

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = base64.b64encode(b"s" * 32).decode()


@pytest.fixture
def ledger(settings: Any) -> Iterator[Ledger]:
    with tool_server.serving() as ledger:
        settings.TOOL_ALLOWED_HOSTS = frozenset({ledger.place})
        yield ledger


def a_call(url: str, *, is_over: bool = True, **fields: Any) -> Call:
    """Carol has said an order number, and has hung up before she was asked for the rest."""
    call = screen.a_live_call(now=timezone.now() - timedelta(minutes=1))
    assert call.assistant is not None
    tools_given.a_fact(call.assistant, "email", label="e-mail address", kind="email")
    wanted = tools_given.a_fact(call.assistant)
    CollectedFact.record(call=call, wanted=wanted, value="74411", now=call.started_at)
    call.note("note_taken", at=call.started_at, source="assistant", text="On a train.")
    tools_given.a_webhook(call.assistant, url, **fields)
    return screen.end(call, now=timezone.now() - timedelta(seconds=30)) if is_over else call


def sweep(*, now: datetime | None = None) -> None:
    """What beat does, with the work of the tasks done at once."""
    at = now or timezone.now()
    FactsDelivery.begin_all(now=at, limit=100)
    for pk in FactsDelivery.due_ids(now=at, limit=100):
        facts.send(delivery=FactsDelivery.objects.get(pk=pk), now=at)


def test_it_is_sent_once_signed_and_whole_though_the_caller_hung_up_half_way(ledger: Ledger) -> None:
    call = a_call(ledger.url("/orders"), sends_caller=True)
    resolved = Disposition.objects.create(code="resolved", name="Resolved")
    CallResult.put_down(call=call, disposition=resolved, note="Found.", now=timezone.now())
    FactsWebhook.objects.get().sign_with(f"whsec_{SECRET}")
    sweep()
    sweep()
    ((method, path, headers, body),) = ledger.entries
    assert (method, path, headers["Content-Type"]) == ("POST", "/orders", "application/json")
    told = json.loads(body)
    assert told["facts"] == {"order_number": "74411"}
    assert (told["result"], told["notes"]) == ({"code": "resolved", "note": "Found."}, ["On a train."])
    assert (told["call"], told["caller"], told["ended"]) == (str(call.pk), given.CAROL, "caller_hung_up")
    content = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.digest(b"s" * 32, content, "sha256")).decode()
    assert headers["Webhook-Signature"] == f"v1,{mac}"
    assert headers["Idempotency-Key"] == headers["Webhook-Id"] == FactsDelivery.objects.get().key
    assert FactsDelivery.objects.get().state == "delivered"


def test_whoever_calls_is_told_only_where_an_admin_wants_it(ledger: Ledger) -> None:
    a_call(ledger.url("/orders"))
    sweep()
    assert given.CAROL.encode() not in ledger.entries[0][3]


def test_nothing_is_sent_while_a_tool_may_still_be_at_work(ledger: Ledger) -> None:
    call = a_call(ledger.url("/orders"))
    sweep(now=call.ended_at + timedelta(seconds=5))
    assert ledger.entries == []
    sweep(now=call.ended_at + timedelta(seconds=11))
    assert len(ledger.entries) == 1


@pytest.mark.parametrize("why", ["live", "never answered", "before", "off", "test call"])
def test_what_is_no_call_of_the_assistant_s_is_not_sent(ledger: Ledger, why: str) -> None:
    call = a_call(ledger.url("/orders"), is_over=why != "live")
    if why == "never answered":
        Call.objects.update(answered_at=None)
    elif why == "before":
        FactsWebhook.objects.update(since=timezone.now())
    elif why == "off":
        FactsWebhook.objects.update(is_active=False)
    elif why == "test call":
        Call.objects.filter(pk=call.pk).update(channel=Call.Channel.BROWSER)
    sweep()
    assert (ledger.entries, FactsDelivery.objects.count()) == ([], 0)


def test_a_server_that_is_away_is_asked_again_later_under_the_same_key(ledger: Ledger) -> None:
    a_call(ledger.url("/flaky"))
    ledger.failures_left = 1
    now = timezone.now()
    sweep(now=now)
    waiting = FactsDelivery.objects.get()
    assert (waiting.state, waiting.tries) == ("due", 1)
    assert "overloaded or away (503)" in waiting.problem
    sweep(now=now + timedelta(seconds=9))
    assert len(ledger.entries) == 1
    sweep(now=now + timedelta(seconds=10))
    assert [entry[2]["Idempotency-Key"] for entry in ledger.entries] == [waiting.key] * 2
    assert (FactsDelivery.objects.get().state, FactsDelivery.objects.get().problem) == ("delivered", "")


def test_it_is_given_up_in_the_end_with_its_reason_and_sent_again_by_a_button(
    ledger: Ledger, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = a_call(ledger.url("/locked"))
    client.force_login(given.alice())
    now, tries = timezone.now(), 0
    sweep(now=now)
    page = client.get(reverse("call", args=[call.pk])).content.decode()
    assert "trying again" in page
    assert "Try 1: 127.0.0.1 answered with HTTP 401." in page
    while (delivery := FactsDelivery.objects.get()).state == "due" and tries < 20:
        assert delivery.next_at is not None
        now, tries = delivery.next_at, tries + 1
        sweep(now=now)
    assert (delivery.state, delivery.tries) == ("failed", len(ledger.entries))
    assert timedelta(days=1) < now - timezone.now() < timedelta(days=2)
    assert "Not sent to the business.</span>" in client.get(reverse("call", args=[call.pk])).content.decode()
    FactsWebhook.objects.update(url=ledger.url("/orders"))
    monkeypatch.setattr(tasks.send_facts, "delay", lambda *, delivery_id: tasks.send_facts(delivery_id=delivery_id))
    client.post(reverse("call-facts-send", args=[call.pk]))
    delivery.refresh_from_db()
    assert (delivery.state, ledger.entries[-1][2]["Idempotency-Key"]) == ("delivered", delivery.key)
    assert "Sent to the business" in client.get(reverse("call", args=[call.pk])).content.decode()


def test_sending_again_is_for_those_who_may(ledger: Ledger, client: Client) -> None:
    call = a_call(ledger.url("/orders"))
    sweep()
    client.force_login(given.bob())
    assert client.post(reverse("call-facts-send", args=[call.pk])).status_code == 403


def test_two_workers_do_not_send_the_same_at_once(ledger: Ledger) -> None:
    a_call(ledger.url("/orders"))
    now = timezone.now()
    FactsDelivery.begin_all(now=now, limit=10)
    first, second = FactsDelivery.objects.get(), FactsDelivery.objects.get()
    assert first.claim(now=now)
    facts.send(delivery=second, now=now)
    assert ledger.entries == []
    facts.send(delivery=second, now=now + timedelta(minutes=3))  # the first worker has died
    assert len(ledger.entries) == 1
    first.not_arrived("It took too long.", now=now + timedelta(minutes=3))
    assert FactsDelivery.objects.get().state == "delivered"


def test_who_refused_the_recording_is_not_told_of(ledger: Ledger) -> None:
    call = a_call(ledger.url("/orders"))
    CallResult.objects.create(call=call, disposition="resolved", note="Carol, on a train.", at=timezone.now())
    Call.objects.update(are_words_kept=False)
    sweep()
    told = json.loads(ledger.entries[0][3])
    assert (told["facts"], told["notes"], told["are_words_kept"]) == ({}, [], False)
    assert told["result"] == {"code": "resolved", "note": ""}


def test_the_data_of_somebody_restricted_stays_here(ledger: Ledger) -> None:
    call, now = a_call(ledger.url("/orders")), timezone.now()
    Person.objects.create(number=call.customer_e164, is_restricted=True, created_at=now, updated_at=now)
    sweep()
    assert ledger.entries == []
    assert FactsDelivery.objects.get().state == "failed"


def test_an_address_inside_is_neither_taken_nor_asked(ledger: Ledger, settings: Any) -> None:
    a_call(ledger.url("/orders"))
    settings.TOOL_ALLOWED_HOSTS = frozenset()
    with pytest.raises(ValidationError, match="https"):
        FactsWebhook.objects.get().clean()
    sweep()
    assert (ledger.entries, FactsDelivery.objects.get().state) == ([], "due")
    FactsWebhook.objects.update(url="https://127.0.0.1/orders")
    sweep(now=timezone.now() + timedelta(minutes=1))
    assert "private, local or special" in FactsDelivery.objects.get().problem


def test_logs_hold_nothing_of_the_caller(ledger: Ledger) -> None:
    a_call(ledger.url("/locked"), sends_caller=True)
    with structlog.testing.capture_logs() as logs:
        sweep()
    assert any(line["event"] == "facts not delivered" for line in logs)
    assert not any(word in json.dumps(logs, default=str) for word in ("74411", "train", given.CAROL))
