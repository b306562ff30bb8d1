"""The proof of a secure capture on the call's page, and the buttons that begin one."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from agents.models import SecureField
from calls.carrier import rest
from calls.lifecycle import Phase
from calls.models import Call, CallEvent
from contactcenter.dashboard import cards
from tests import calls_on_screen as screen
from tests import given

pytestmark = pytest.mark.django_db


def page(call: Call) -> str:
    client = Client()
    client.force_login(given.alice())
    return client.get(reverse("call", args=[call.pk])).content.decode()


def words(markup: str) -> str:
    block = re.search(r'<section class="sealed".*?</section>', markup, re.DOTALL)
    assert block is not None
    return " ".join(re.sub(r"<[^>]+>", " ", block[0]).split())


def test_the_sealed_block_says_what_was_taken_and_that_nobody_heard_it() -> None:
    call = screen.a_past_call()
    screen.a_capture(call)
    CallEvent.keep(
        call=call, kind="keys_dropped", at=call.started_at + timedelta(seconds=39), source="carrier", data={"count": 3}
    )
    said = words(page(call))
    assert said.startswith(
        "Card details taken by the payment provider , 0:41–1:12; recording paused 0:40–1:13; "
        "the assistant heard nothing."
    )
    for fact in ("paid", "•••• 9855", "…77ab", "ch_4711", "19.99 USD", "the assistant", "3, dropped unread"):
        assert fact in said


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"paused_at": None, "resumed_at": None, "was_recorded": False}, "nothing was recording"),
        ({"resumed_at": None}, "recording paused, and not resumed for this"),
        (
            {"state": "refused", "result": "not_paused", "began_at": None, "paused_at": None, "resumed_at": None},
            "did not begin: the recording could not be paused",
        ),
        ({"kind": "secret", "result": "right", "digits": 9}, "Digits taken by the telephone network"),
        ({"state": "abandoned", "result": "hung_up"}, "the caller hung up"),
        ({"state": "open", "result": "", "ended_at": None}, "under way"),
    ],
)
def test_other_ends(fields: dict[str, object], expected: str) -> None:
    call = screen.a_past_call()
    screen.a_capture(call, **fields)
    said = words(page(call))
    assert expected in said
    assert ("heard nothing" in said) is (fields.get("began_at", 1) is not None)


def test_what_did_not_begin_was_heard_by_whoever_listened() -> None:
    call = screen.a_past_call()
    screen.a_capture(call, state="refused", result="not_paused", began_at=None, paused_at=None, resumed_at=None)
    assert "recording not paused" in words(page(call))


def test_the_block_stands_among_the_words_and_in_the_pushed_transcript() -> None:
    call = screen.a_past_call()
    screen.a_capture(call)
    kinds = [line.kind for line in cards.transcript(call.pk)["lines"]]
    assert kinds.count("sealed") == 1
    times = [line.at_ms for line in cards.transcript(call.pk)["lines"]]
    assert times == sorted(times)


def live(call: Call) -> Call:
    Call.objects.filter(pk=call.pk).update(phase=Phase.WITH_ASSISTANT, ended_at=None)
    SecureField.objects.create(assistant=call.assistant, name="pin", label="your PIN", kind="secret")
    SecureField.objects.create(assistant=call.assistant, name="card", label="your card", kind="payment")
    call.refresh_from_db()
    return call


def test_a_live_call_has_a_button_for_each_secret_and_cards_only_with_a_provider(settings) -> None:
    call = live(screen.a_past_call())
    settings.PAY_CONNECTOR = ""
    assert [secret.name for secret in cards.call_head(call.pk)["secrets"]] == ["pin"]
    settings.PAY_CONNECTOR = "Default"
    markup = page(call)
    assert reverse("call-capture", args=[call.pk, "pin"]) in markup
    assert f'name="amount-{"card"}"' in markup


def test_a_supervisor_begins_one_and_is_told_when_it_cannot_be(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.PAY_CONNECTOR = "Default"
    monkeypatch.setattr(rest, "redirect", lambda *_: True)
    call = live(screen.a_past_call())
    call.recordings.all().delete()
    client = Client()
    client.force_login(given.alice())
    address = reverse("call-capture", args=[call.pk, "card"])
    refused = client.post(address, {"amount-card": "a lot"}, follow=True)
    assert "Say the amount as a number" in refused.content.decode()
    client.post(address, {"amount-card": "12.50"})
    kept = call.captures.get()
    assert (kept.begun_by_ref, kept.charge, kept.state) == ("alice@example.com", "12.50", "ready")
