"""WhatsApp: a permission is asked for, used, and ends; who calls in Brazil reaches the model by SIP."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
import requests
from django.utils import timezone

from agents import prompts
from agents.models import Agent, Assistant, Department, PromptVersion, ToolGrant
from calls.control import dialing
from calls.lifecycle import EndedReason, Phase
from calls.models import Call, Number, WhatsAppMessage, WhatsAppSender, WhatsAppTemplate
from compliance.models import WhatsAppFact
from compliance.numbers import by_whatsapp
from compliance.verdict import Code, Purpose, Voice
from compliance.whatsapp import Fact
from tests import all_day
from tests.consents import a_signed_consent
from tests.journeys import entering, people
from tests.journeys.books import call_of, closed, said
from tests.journeys.entering import CAROL, SENDER
from tests.journeys.house import House, eventually
from tests.journeys.people import phase_of, until
from tests.journeys.test_transfers import TALKS

BOB = "+14155550171"
SELLER = "Marlow Outdoor"
TO_A_PERSON = {"tool": "transfer", "arguments": {"reason": "quer uma pessoa", "summary": "Pede uma pessoa."}}


@pytest.fixture
def sender(house: House) -> Iterator[WhatsAppSender]:
    """A number of ours on WhatsApp, set up by the command."""
    with entering.a_sender(house) as sender:
        yield sender


@pytest.fixture(autouse=True)
def _alone(house: House) -> None:
    people.nobody_here()
    house.step(100)


def dials(house: House) -> list[str]:
    """Whom the carrier was asked to ring, so far."""
    return [entry["to"] for entry in house.ask("GET", "ledger", params={"kind": "dial"})["entries"]]


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


def test_who_calls_in_brazil_reaches_the_model_by_sip_from_the_edge_nearest_to_them(
    house: House, sender: WhatsAppSender
) -> None:
    Number.objects.filter(pk=sender.number.pk).update(assistant=a_brazilian(), is_recorded=True)
    seat = "sip:max@desk.example.com"
    queue = people.a_queue()
    people.reached_by(queue)
    max_ = people.an_agent(house, "max", BOB, "accepts", queue=queue)
    Agent.objects.filter(pk=max_.pk).update(seat=Agent.Seat.SIP, sip_address=seat, phone_e164="")
    house.ask("PUT", f"agents/{quote(seat, safe='')}", json={"persona": "accepts", "steps": TALKS})
    rules = [{"hears": "barracas", "says": "Temos três tipos de barracas."},
             {"hears": "uma pessoa", "says": "Um momento, por favor.", "calls": [TO_A_PERSON]}]  # fmt: skip
    house.ask("POST", "script", json={"rules": rules}, at=house.model)
    with entering.by_sip(house, of=SENDER):
        comes = lambda: house.call(to=by_whatsapp(SENDER), **{"from": by_whatsapp("+5511988887777")})  # noqa: E731
        sid, call = entering.greeted(house, comes)
        assert (call.channel, call.door) == ("whatsapp", Call.Door.OPENAI_SIP)
        document = house.on_line(sid)["webhooks"][0]["answer"]
        assert ";transport=tls;secure=true;edge=sao-paulo?X-Call-Token=" in document
        assert 'language="pt-BR">Olá, aqui é um assistente de inteligência artificial' in document
        line = call.sidebands.get()
        (at_model,) = [
            each for each in house.ask("GET", "sip", at=house.model)["calls"] if each["id"] == line.model_call_id
        ]
        session = house.model_session(at_model["session"])
        assert session["session"]["audio"]["input"]["transcription"]["language"] == "pt"
        house.ask("POST", f"calls/{sid}/say", json={"text": "Fale das barracas, por favor."})
        until(house, lambda: any("três tipos" in turn.text for turn in said(call, "assistant")), what="an answer")
        house.step(2_000)
        house.ask("POST", f"calls/{sid}/say", json={"text": "Quero falar com uma pessoa."})
        until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
        assert dials(house)[-1] == seat
        house.ask("POST", f"calls/{sid}/hangup")
        until(house, lambda: phase_of(call) == Phase.CLOSED, what="the end")
        assert [each["message"] for each in house.on_line(sid)["problems"]] == []


def a_brazilian() -> Assistant:
    """An assistant who speaks Portuguese."""
    assistant, is_new = Assistant.objects.get_or_create(
        slug="recepcao",
        defaults={
            "name": "Recepção", "business_name": SELLER, "is_active": True,
            "department": Department.objects.get(slug="reception"),
        },
    )  # fmt: skip
    if is_new:
        ToolGrant.objects.create(assistant=assistant, tool="transfer")
        draft = PromptVersion.draft(
            assistant=assistant, instructions="Você atende pela {{business}}.", model="gpt-realtime-2.1", voice="marin",
            language="pt-BR", greeting="Obrigado por ligar. Como posso ajudar?",
        )  # fmt: skip
        prompts.publish(version=draft, by="tests", now=timezone.now())
    return assistant
