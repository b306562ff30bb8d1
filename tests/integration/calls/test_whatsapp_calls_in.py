"""Somebody on WhatsApp calls us: answered like any call, and never brought to the telephone network."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async as db
from django.utils import timezone

from agents.models import Agent, Membership, TransferDestination
from calls import intake, journal
from calls.carrier import callbacks, twiml
from calls.control import bridges, leaving, transfers, waiting
from calls.control import callbacks as call_backs
from calls.control.transfers import To, UnableToTransfer, Wish
from calls.lifecycle import CallFact, EndedReason, Phase
from calls.models import Call, Callback, Number, Transfer
from calls.realtime import warm
from compliance.models import DialDecision, WhatsAppFact
from compliance.numbers import by_whatsapp
from compliance.verdict import Code, StaffEntry
from tests import given, on_whatsapp
from tests import people_on_calls as people
from tests.carrier_on_loopback import Carrier
from tests.given import CAROL, NOON, post
from tests.integration.calls.at_the_door import DESK, refused, ring, ring_desk
from tests.integration.calls.test_webhooks import verbs
from tests.on_whatsapp import SENDER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def cold_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody opens a socket."""
    monkeypatch.setattr(warm, "begin", lambda *_, **__: None)


def ring_in(**fields: str) -> dict[str, str]:
    """The form of a call by WhatsApp."""
    return given.a_ring(to=by_whatsapp(SENDER), from_=by_whatsapp(CAROL), **fields)


# --- who answers ---


async def test_the_assistant_answers_and_the_channel_is_kept() -> None:
    await db(on_whatsapp.a_sender)()
    response = await post("/twilio/voice/", ring_in())
    assert "Connect" in verbs(response)
    call = await Call.objects.select_related("number").aget()
    assert (call.channel, call.customer_e164, call.customer_address) == ("whatsapp", CAROL, by_whatsapp(CAROL))
    assert call.number is not None
    assert call.number.e164 == SENDER
    fact = await WhatsAppFact.objects.aget()
    assert (fact.kind, fact.sender, fact.person) == ("their_call", SENDER, CAROL)


def test_the_same_request_again_is_the_same_call_and_the_same_fact() -> None:
    on_whatsapp.a_sender()
    form = ring_in()
    for _ in range(3):
        intake.receive(request=callbacks.voice_request(form), now=NOON)
    assert (Call.objects.count(), WhatsAppFact.objects.count()) == (1, 1)


def test_somebody_known_by_another_name_than_a_number_is_answered_as_well() -> None:
    on_whatsapp.a_sender()
    call = on_whatsapp.a_ring_in("whatsapp:BR.48915")
    assert (call.channel, call.customer_e164, call.phase) == ("whatsapp", "", Phase.RINGING)
    assert call.number is not None
    assert not WhatsAppFact.objects.exists()


def test_a_sender_that_is_off_answers_nobody_and_its_number_still_rings_by_telephone() -> None:
    sender = on_whatsapp.a_sender(is_on=False)
    answer = intake.receive(request=callbacks.voice_request(ring_in()), now=NOON)
    assert isinstance(answer, intake.NotInService)
    by_telephone = given.a_call(to=sender.number.e164)
    assert by_telephone.channel == "telephone"
    assert by_telephone.number == sender.number


# --- when our own answer fails ---


@pytest.mark.parametrize("path", ["/twilio/voice/fallback/", "/twilio/voice/"])
async def test_no_number_is_dialled_for_them_when_we_cannot_answer(
    path: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from calls.webhooks import carrier as webhooks
    from calls.webhooks.answering import StoreAway

    async def away(*_: Any, **__: Any) -> None:
        raise StoreAway

    settings.FALLBACK_NUMBER = "+14155550190"
    monkeypatch.setattr(webhooks, "ask", away)
    response = await post(path, ring_in())
    assert verbs(response) == ["Say", "Hangup"]
    settings.WHATSAPP_FALLBACK = "client:agent_7"
    response = await post(path, ring_in())
    assert verbs(response) == ["Say", "Dial", "Hangup"]
    assert b"<Client>agent_7</Client>" in response.content
    assert b"+14155550190" not in response.content
    await journal.settled()


async def test_without_room_they_leave_a_message_and_nobody_is_dialled(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: Any) -> None:
        raise bridges.NoRoom("full")

    settings.FALLBACK_NUMBER = "+14155550190"
    await db(on_whatsapp.a_sender)()
    monkeypatch.setattr(bridges, "choose", full)
    response = await post("/twilio/voice/", ring_in())
    assert "Record" in verbs(response)
    assert "Dial" not in verbs(response)
    assert (await Call.objects.aget()).phase == Phase.VOICEMAIL


async def test_a_lost_assistant_leads_to_voicemail(settings: Any) -> None:
    settings.FALLBACK_NUMBER = "+14155550190"
    call = await db(on_whatsapp.a_call_in)(now=timezone.now())
    await db(call.advance)(CallFact.STREAM_OPENED, at=timezone.now(), source="carrier")
    await db(call.advance)(CallFact.STREAM_CLOSED, at=NOON, source="carrier", reason=EndedReason.MODEL_LOST)
    leg = await db(call.customer_leg)()
    response = await post("/twilio/voice/resume/", ring_in(leg_sid=leg.leg_sid))
    assert "Record" in verbs(response)
    assert twiml.LOST_ASSISTANT.encode() not in response.content


# --- to a person ---


def test_transfers_go_to_browsers_and_sip_telephones_only() -> None:
    call = on_whatsapp.a_call_in()
    by_telephone = people.a_seat(given.bob(), seat="phone", phone_e164="+12125550177", state="available")
    queue = by_telephone.memberships.get().queue
    TransferDestination.objects.create(name="Desk", address=DESK)
    for to in (To(agent=by_telephone), To(queue=queue), To(address=DESK)):
        with pytest.raises(UnableToTransfer, match="telephone number"):
            transfers.start(call=call, wish=Wish(to=to), source="supervisor", by="alice", now=NOON)
    assert not Transfer.objects.exists()
    in_browser = Agent.objects.create(
        user=given.a_person("ivy", "agent"), name="Ivy", department=by_telephone.department, state="available"
    )
    Membership.objects.create(queue=queue, agent=in_browser)
    begun = transfers.start(call=call, wish=Wish(to=To(queue=queue)), source="supervisor", by="alice", now=NOON)
    found = waiting.candidate(begun)
    assert found is not None
    assert found.agent == in_browser
    begun.note(if_nobody=Transfer.IfNobody.CALLBACK)
    assert waiting.may_come(begun)


def test_nor_into_a_line_that_somebody_else_rings_people_from(settings: Any) -> None:
    settings.TASKROUTER_WORKFLOW_SID = "WW1"
    call = on_whatsapp.a_call_in()
    with pytest.raises(UnableToTransfer, match="TaskRouter"):
        transfers.start(call=call, wish=Wish(to=To(workflow=True)), source="supervisor", by="alice", now=NOON)


def test_whoever_asks_the_door_brings_no_telephone_to_them(carrier: Carrier) -> None:
    call = on_whatsapp.a_call_in(now=timezone.now())
    TransferDestination.objects.create(name="Desk", address=DESK)
    assert refused(ring_desk, call).code is Code.WHATSAPP_NO_PSTN
    by_telephone = StaffEntry("+12125550177", "agent-7")
    assert refused(ring, call, to="+12125550177", directory=by_telephone).code is Code.WHATSAPP_NO_PSTN
    assert carrier.asked == []
    assert set(DialDecision.objects.values_list("outcome", flat=True)) == {"deny"}
    assert ring(call).to_address == "client:agent-7"
    (dial,) = carrier.dials
    assert (dial["To"], dial["From"]) == ("client:agent-7", SENDER)


def test_our_people_see_a_number_that_the_carrier_lets_us_show(carrier: Carrier) -> None:
    given.a_number(phone_number_sid="PN1")
    ring(on_whatsapp.a_call_in(now=timezone.now()))
    assert carrier.dials[0]["From"] == given.OURS


def test_nobody_calls_them_back_by_telephone() -> None:
    call = on_whatsapp.a_call_in()
    with pytest.raises(call_backs.UnableToCallBack, match="WhatsApp"):
        call_backs.ask(call=call, wish=call_backs.Wish("Her order"), now=NOON)
    assert call_backs.take_offer(call=call, key="1", now=NOON) is None
    Call.objects.filter(pk=call.pk).update(
        phase=Phase.CLOSED, ended_at=NOON, failure_class="model", ended_reason=EndedReason.MODEL_LOST
    )
    call_backs.open_for_faults(now=NOON + timedelta(minutes=10))
    assert not Callback.objects.exists()


def test_where_a_callback_was_agreed_they_leave_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.carrier.rest.redirect", lambda *_: True)
    call = on_whatsapp.a_call_in()
    queue = people.a_seat(given.bob(), state="available").memberships.get().queue
    wish = Wish(to=To(queue=queue), if_nobody=Transfer.IfNobody.CALLBACK)
    begun = transfers.start(call=call, wish=wish, source="supervisor", by="alice", now=NOON)
    leaving.give_up(begun, now=NOON)
    call.refresh_from_db()
    assert call.phase == Phase.VOICEMAIL
    assert not call_backs.is_offered(call)


def test_a_number_without_a_sender_row_is_answered_too() -> None:
    given.a_number(e164=SENDER)
    assert on_whatsapp.a_call_in().number == Number.objects.get()
