"""WhatsApp: a caller talks to the assistant and reaches a browser only; a permission is asked for, used, and ends."""

from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from agents.models import Agent
from calls.control import dialing
from calls.lifecycle import EndedReason, Phase
from calls.models import Call, Number, WhatsAppMessage, WhatsAppSender, WhatsAppTemplate
from compliance.models import WhatsAppFact
from compliance.numbers import by_whatsapp
from compliance.verdict import Code, Purpose, Voice
from compliance.whatsapp import Fact
from tests import all_day
from tests.consents import a_signed_consent
from tests.journeys import people
from tests.journeys.books import call_of, closed, said
from tests.journeys.house import NUMBERS, House, eventually
from tests.journeys.people import phase_of, until

SENDER, CAROL = "+5511955550133", "+12125550188"
BOB = "+14155550171"
SELLER = "Marlow Outdoor"


@pytest.fixture
def sender(house: House) -> WhatsAppSender:
    """A number of ours on WhatsApp, set up by the command."""
    made = house.ask("PUT", f"whatsapp/senders/{SENDER}", json={})
    assistant = Number.objects.select_related("assistant").get(e164=NUMBERS[0]).assistant
    Number.objects.update_or_create(
        e164=SENDER, defaults={"label": "WhatsApp", "assistant": assistant, "is_recorded": False}
    )
    said = house.manage("whatsapp", "set_up", SENDER, "--yes", "--edge", "sao-paulo")
    assert "is set up" in said
    assert "problem" not in said
    found = WhatsAppSender.objects.select_related("number").get(number__e164=SENDER)
    assert (found.sender_sid, found.edge) == (made["sid"], "sao-paulo")
    return found


@pytest.fixture(autouse=True)
def _alone(house: House) -> None:
    people.nobody_here()
    house.step(100)


def dials(house: House) -> list[str]:
    """Whom the carrier was asked to ring, so far."""
    return [entry["to"] for entry in house.ask("GET", "ledger", params={"kind": "dial"})["entries"]]


def test_a_caller_talks_to_the_assistant_and_reaches_a_browser_and_no_telephone(
    house: House, sender: WhatsAppSender
) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    people.an_agent(house, "bob", BOB, "accepts", queue=queue)
    ivy = people.an_agent(house, "ivy", "+14155550172", "accepts", queue=queue)
    Agent.objects.filter(pk=ivy.pk).update(seat=Agent.Seat.BROWSER, phone_e164="")
    ivy.refresh_from_db()
    house.ask("PUT", f"agents/{ivy.address}", json={"persona": "accepts"})
    before = dials(house)
    sid, call = people.asking(house, to=by_whatsapp(SENDER), **{"from": by_whatsapp(CAROL)})
    assert (call.channel, call.customer_e164) == ("whatsapp", CAROL)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    assert [offer.agent for offer in people.offers_of(call)] == [ivy]
    assert dials(house)[len(before) :] == [ivy.address]
    assert said(call, "customer"), "the conversation is written down"
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert "WhatsApp: no telephone number can take part" in page
    assert CAROL not in page
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: people.transfer_of(call).state == "ended", what="end of the transfer")
    assert [each["message"] for each in house.on_line(sid)["problems"]] == [], "the carrier complains of nothing"


def pressed(house: House, sam: requests.Session, path: str, **form: str) -> str:
    return house.press(sam, f"/people/{CAROL}/{path}", **form).text


def test_permission_is_asked_for_given_used_and_ends(house: House, sender: WhatsAppSender) -> None:
    all_day.adopt()
    a_signed_consent(number=CAROL, purposes=["informational"], channels=["whatsapp"], topic="your order")
    template = approved(house)
    sam, before = house.sign_in(), dials(house)
    wish = {"speaker": str(sender.number.assistant_id), "purpose": "informational", "seller": SELLER,
            "topic": "your order", "sender": str(sender.pk)}  # fmt: skip
    assert "They have not allowed us to call them" in pressed(house, sam, "whatsapp/call/", **wish)

    assert "They are asked." in pressed(house, sam, "whatsapp/ask/", sender=str(sender.pk), template=str(template.pk))
    house.step(1000)
    eventually(lambda: WhatsAppMessage.objects.filter(status="delivered").exists(), what="the message's report")
    again = pressed(house, sam, "whatsapp/ask/", sender=str(sender.pk), template=str(template.pk))
    assert "as often as WhatsApp allows" in again
    assert len(house.ask("GET", "whatsapp")["messages"]) == 1
    assert "They have not allowed us to call them" in pressed(house, sam, "whatsapp/call/", **wish)
    assert dials(house) == before, "until they say yes, the carrier is not asked"

    answer = {"from": CAROL, "to": SENDER}
    forged = house.ask("POST", "whatsapp/answers", json=answer | {"is_signature_spoilt": True})
    assert forged["error"] == 11200
    assert not WhatsAppFact.objects.filter(kind=Fact.ACCEPTED).exists()
    house.ask("POST", "whatsapp/answers", json=answer | {"sid": forged["sid"]})
    assert "may call" in sam.get(f"{house.url}/people/{CAROL}/", timeout=20).text

    call = called(house, sam, wish)
    assert dials(house)[len(before) :] == [by_whatsapp(CAROL)]
    sid = str(call.legs.get().leg_sid)
    house.step_to_stream(sid)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    assert closed(sid).ended_reason != EndedReason.NOT_DIALLED
    assert call.channel == "whatsapp"
    eventually(lambda: WhatsAppFact.objects.filter(kind=Fact.ANSWERED).exists(), what="that they have answered")

    judged = dialing.assess_out(
        to=by_whatsapp(CAROL), purpose=Purpose.INFORMATIONAL, voice=Voice.AI, seller=SELLER, topic="your order",
        caller_id=SENDER, by="tests", now=timezone.now() + timedelta(days=8),
    )  # fmt: skip
    assert Code.WHATSAPP_NO_GRANT in [reason.code for reason in judged.reasons], "it has expired by then"

    house.ask("DELETE", f"whatsapp/grants/{SENDER}/{CAROL}")
    so_far = dials(house)
    assert "do not allow it any more" in pressed(house, sam, "whatsapp/call/", **wish)
    assert WhatsAppFact.objects.filter(kind=Fact.REVOKED).count() == 1, "error 37000 is a revocation"
    asked = len(house.ask("GET", "ledger", params={"kind": "rest"})["entries"])
    assert "They have not allowed us to call them" in pressed(house, sam, "whatsapp/call/", **wish)
    assert len(house.ask("GET", "ledger", params={"kind": "rest"})["entries"]) == asked, "the carrier is not even asked"
    assert dials(house) == so_far

    assert "no WhatsApp calls any more" in house.manage("whatsapp", "switch_off", SENDER)
    refused = house.phone.post(
        f"{house.carrier}/_sandbox/calls", json={"to": by_whatsapp(SENDER), "from": by_whatsapp(CAROL)}, timeout=20
    )
    assert refused.status_code == 409, "nobody answers it any more"


def approved(house: House) -> WhatsAppTemplate:
    """The permission request of the beginning, made, submitted and approved."""
    assert "received" in house.manage("whatsapp", "templates")
    template = WhatsAppTemplate.objects.get(name="call_permission_en")
    house.ask("POST", f"whatsapp/approvals/{template.content_sid}", json={})
    assert "call_permission_en  approved" in house.manage("whatsapp", "follow")
    template.refresh_from_db()
    assert template.is_approved
    return template


def called(house: House, sam: requests.Session, wish: dict[str, str]) -> Call:
    """They are called, and pick up."""
    house.ask("PUT", f"agents/{by_whatsapp(CAROL)}", json={"persona": "answers"})
    page = house.press(sam, f"/people/{CAROL}/whatsapp/call/", **wish)
    assert "/calls/" in page.url, page.text
    call = Call.objects.filter(channel="whatsapp", direction="outbound").latest("pk")
    assert call_of(str(call.legs.get().leg_sid)) == call
    return call
