"""Asking whether we may call by WhatsApp, the answers, and what the gate makes of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async as db
from django.db import DatabaseError, transaction
from django.utils import timezone

from calls.carrier import whatsapp
from calls.carrier.errors import CarrierError
from calls.carrier.texts import MessageStatus
from calls.control.whatsapp import asking
from calls.models import WhatsAppMessage
from compliance import opt_out, whatsapp_permission
from compliance.models import AuditEntry, WhatsAppFact
from compliance.numbers import by_whatsapp
from compliance.whatsapp import Ended
from compliance.whatsapp_permission import UnableToAsk
from tests import on_whatsapp
from tests.given import CAROL, post
from tests.on_whatsapp import SENDER, allowed

pytestmark = pytest.mark.django_db(transaction=True)

ANSWER = {
    "MessageSid": "SM01",
    "AccountSid": "AC1",
    "From": by_whatsapp(CAROL),
    "To": by_whatsapp(SENDER),
    "MessageType": "interactive",
    "Body": "VOICE_CALL_REQUEST",
    "ButtonText": "Allow",
    "ButtonPayload": "ACCEPTED",
}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Messages that reached the carrier."""
    messages: list[dict[str, str]] = []

    def take(**words: str) -> tuple[str, str]:
        messages.append(words)
        return f"MM{len(messages)}", "queued"

    monkeypatch.setattr(whatsapp, "send_content", take)
    return messages


def ask(now: datetime | None = None, **words: Any) -> WhatsAppMessage:
    sender = words.pop("sender", None) or on_whatsapp.a_sender()
    template = words.pop("template", None) or on_whatsapp.a_template()
    return asking.ask(sender=sender, template=template, person=CAROL, by="alice", now=now or timezone.now())


def standing(now: datetime | None = None) -> Any:
    return whatsapp_permission.standing_of(sender=SENDER, person=CAROL, now=now or timezone.now())


# --- asking ---


def test_a_request_is_written_down_sent_and_audited(sent: list[dict[str, str]]) -> None:
    message = ask()
    assert sent == [{"sender": SENDER, "person": CAROL, "content_sid": message.template.content_sid}]
    message.refresh_from_db()
    assert (message.message_sid, message.status) == ("MM1", "queued")
    fact = WhatsAppFact.objects.get()
    assert (fact.kind, fact.ref, fact.by_ref) == ("requested", message.ref, "alice")
    assert AuditEntry.objects.get(act="ask_whatsapp_permission").actor_ref == "alice"


def test_a_second_request_within_a_day_and_a_third_within_a_week_are_not_sent(sent: list[dict[str, str]]) -> None:
    now = timezone.now()
    sender, template = on_whatsapp.a_sender(), on_whatsapp.a_template()
    for hours, is_sent in ((0, True), (23, False), (25, True), (60, False), (7 * 24 + 1, True)):
        at = now + timedelta(hours=hours)
        if is_sent:
            ask(at, sender=sender, template=template)
        else:
            with pytest.raises(UnableToAsk, match="as often as WhatsApp allows") as refusal:
                ask(at, sender=sender, template=template)
            assert refusal.value.until is not None
    assert len(sent) == 3


def test_who_wants_no_calls_or_stands_on_our_list_is_not_asked(sent: list[dict[str, str]]) -> None:
    opt_out.revoke(number=CAROL, route="web", said="stop", by="web", now=timezone.now())
    with pytest.raises(UnableToAsk, match="want no calls"):
        ask()
    assert sent == []
    assert not WhatsAppFact.objects.exists()


@pytest.mark.parametrize(
    ("e164", "fields", "why"),
    [
        ("+14155550133", {}, "country"),
        (SENDER, {"country": "NG"}, "country"),
        (SENDER, {"is_on": False}, "switched off"),
    ],
)
def test_a_sender_that_may_not_call_does_not_ask(
    e164: str, fields: dict[str, Any], why: str, sent: list[dict[str, str]]
) -> None:
    with pytest.raises(UnableToAsk, match=why):
        ask(sender=on_whatsapp.a_sender(e164, **fields))
    assert sent == []


def test_only_a_permission_request_that_the_carrier_knows_is_sent(sent: list[dict[str, str]]) -> None:
    sender = on_whatsapp.a_sender()
    for template in (on_whatsapp.a_template(kind="call_button"), on_whatsapp.a_template(content_sid="")):
        with pytest.raises(UnableToAsk, match="asks for no permission"):
            ask(sender=sender, template=template)


def test_a_call_button_is_sent_as_it_is_and_allows_us_nothing(sent: list[dict[str, str]]) -> None:
    sender, button = on_whatsapp.a_sender(country="US"), on_whatsapp.a_template(kind="call_button")
    now = timezone.now()
    message = asking.invite(sender=sender, template=button, person=CAROL, by="alice", now=now)
    assert (message.status, len(sent)) == ("queued", 1)
    assert AuditEntry.objects.get(act="send_whatsapp_call_button").actor_ref == "alice"
    assert not WhatsAppFact.objects.exists()
    for wrong in (on_whatsapp.a_template(), on_whatsapp.a_template(kind="call_button", approval="pending")):
        with pytest.raises(UnableToAsk):
            asking.invite(sender=sender, template=wrong, person=CAROL, by="alice", now=now)
    opt_out.revoke(number=CAROL, route="web", said="stop", by="web", now=now)
    with pytest.raises(UnableToAsk, match="want no calls"):
        asking.invite(sender=sender, template=button, person=CAROL, by="alice", now=now)
    assert len(sent) == 1


def test_whoever_allowed_it_for_good_is_not_asked_again(sent: list[dict[str, str]]) -> None:
    allowed(timezone.now(), is_permanent=True)
    with pytest.raises(UnableToAsk, match="for good"):
        ask()


@pytest.mark.parametrize(("code", "may_be_done", "counts"), [(63024, False, False), (0, True, True)])
def test_a_message_that_was_refused_does_not_count_and_one_that_may_have_gone_out_does(
    code: int, may_be_done: bool, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: str) -> None:
        raise CarrierError("no", is_permanent=True, code=code, may_be_done=may_be_done)

    monkeypatch.setattr(whatsapp, "send_content", refuse)
    with pytest.raises(UnableToAsk):
        ask()
    assert (standing().ask_again_at is not None) is counts


def test_a_message_that_failed_on_its_way_does_not_count(sent: list[dict[str, str]]) -> None:
    message = ask()
    for status, code in (("sent", None), ("failed", 63032), ("failed", 63032), ("delivered", None)):
        asking.reported(MessageStatus("MM1", status, code), now=timezone.now())
    message.refresh_from_db()
    assert (message.status, message.error_code) == ("failed", 63032)
    found = standing()
    assert found.paused_until is not None, "a limit of WhatsApp's is a pause"
    assert standing(timezone.now() + timedelta(hours=2)).ask_again_at is None
    asking.reported(MessageStatus("MM-unknown", "failed", 1), now=timezone.now())


async def test_how_far_a_message_came_is_told_by_a_signed_form(sent: list[dict[str, str]]) -> None:
    message = await db(ask)()
    form = {"MessageSid": "MM1", "MessageStatus": "read", "AccountSid": "AC1"}
    assert (await post("/twilio/message/status/", form, signature="x")).status_code == 403
    assert (await post("/twilio/message/status/", form)).status_code == 200
    await message.arefresh_from_db()
    assert message.status == "read"


# --- answers ---


async def test_a_yes_allows_calls_once_however_often_it_is_told() -> None:
    await db(on_whatsapp.a_sender)()
    for _ in range(3):
        response = await post("/twilio/message/", ANSWER)
        assert response.status_code == 200
        assert b"<Message" not in response.content
    fact = await WhatsAppFact.objects.aget()
    assert (fact.kind, fact.person, fact.raw["ButtonPayload"]) == ("accepted", CAROL, "ACCEPTED")
    found = await db(standing)()
    assert found.has_grant
    assert found.until == fact.at + timedelta(days=7)


async def test_a_no_ends_it_and_words_change_nothing() -> None:
    await db(on_whatsapp.a_sender)()
    await post("/twilio/message/", ANSWER)
    await post("/twilio/message/", ANSWER | {"MessageSid": "SM02", "MessageType": "text", "Body": "No calls today"})
    assert (await db(standing)()).has_grant
    await post("/twilio/message/", ANSWER | {"MessageSid": "SM03", "ButtonPayload": "REJECTED"})
    assert (await db(standing)()).ended is Ended.REJECTED


async def test_an_answer_that_nobody_signed_or_to_nobody_of_ours_is_none() -> None:
    assert (await post("/twilio/message/", ANSWER, signature="forged")).status_code == 403
    assert (await post("/twilio/message/", ANSWER)).status_code == 200
    assert not await WhatsAppFact.objects.aexists()


def test_what_happened_cannot_be_changed_afterwards() -> None:
    allowed(timezone.now())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        WhatsAppFact.objects.update(person="+12125550199")


def test_somebody_here_ends_a_permission_and_one_who_saw_it_makes_it_last() -> None:
    now = timezone.now()
    with pytest.raises(UnableToAsk, match="only their own answer"):
        whatsapp_permission.allowed_for_good(sender=SENDER, person=CAROL, by="ada", now=now)
    allowed(now - timedelta(hours=1))
    whatsapp_permission.allowed_for_good(sender=SENDER, person=CAROL, by="ada", now=now)
    assert standing(now + timedelta(days=99)).has_grant
    whatsapp_permission.take_away(sender=SENDER, person=CAROL, why="She said so.", by="bob", now=now)
    assert standing(now + timedelta(seconds=1)).ended is Ended.REVOKED
