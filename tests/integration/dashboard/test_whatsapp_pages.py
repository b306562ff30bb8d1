"""WhatsApp on the screens: what a person allows, asking and calling them, and what is not possible on such a call."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agents.models import TransferDestination
from calls.carrier import whatsapp
from calls.models import WhatsAppMessage
from compliance.models import DialDecision, WhatsAppFact, WhatsAppRule
from compliance.whatsapp import Fact
from tests import given, on_whatsapp
from tests import people_on_calls as people
from tests.on_whatsapp import allowed, happened

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = f"/people/{given.CAROL}/"


def signed_in(person: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person)
    return client


@pytest.fixture
def alice() -> Client:
    return signed_in(given.alice())


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


def test_without_a_sender_nothing_is_said_of_whatsapp(alice: Client) -> None:
    given.a_number()
    assert "WhatsApp</h2>" not in page(alice)


def test_the_page_tells_what_they_allow_and_until_when(alice: Client) -> None:
    now = timezone.now()
    on_whatsapp.a_sender()
    assert "They have not been asked, or have not answered." in page(alice)
    happened(Fact.REQUESTED, now - timedelta(hours=1))
    assert "not answered yet" in page(alice)
    allowed(now - timedelta(minutes=30))
    found = page(alice)
    assert "may call" in found
    assert "until" in found
    for minutes in (20, 10):
        happened(Fact.MISSED, now - timedelta(minutes=minutes))
    assert "WhatsApp asks them whether they still allow it" in page(alice)
    happened(Fact.REVOKED, now - timedelta(minutes=1))
    assert "They do not allow it any more." in page(alice)


def test_a_sender_of_a_barred_country_says_so(alice: Client) -> None:
    on_whatsapp.a_sender("+14155550133")
    found = page(alice)
    assert "WhatsApp lets nobody place calls from this number" in found
    assert "They cannot be asked now" in found


def test_rules_that_are_not_whole_are_no_fault_page(alice: Client) -> None:
    on_whatsapp.a_sender()
    WhatsAppRule.objects.all().delete()
    assert "The rules of WhatsApp are not whole" in page(alice)


def test_they_are_asked_by_a_button_once_a_day(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(whatsapp, "send_content", lambda **words: (sent.append(words["person"]) or "MM1", "queued"))
    sender, template = on_whatsapp.a_sender(), on_whatsapp.a_template()
    form = {"sender": sender.pk, "template": template.pk}
    assert "Ask whether we may call" in page(alice)
    done = alice.post(f"{PAGE}whatsapp/ask/", form, follow=True).content.decode()
    assert "They are asked." in done
    again = alice.post(f"{PAGE}whatsapp/ask/", form, follow=True).content.decode()
    assert "as often as WhatsApp allows" in again
    assert sent == [given.CAROL]
    assert WhatsAppMessage.objects.get().sent_by_ref == "alice@example.com"


@pytest.mark.parametrize("form", [{}, {"sender": "x", "template": "1"}, {"sender": "9" * 30}, {"sender": "-1\0"}])
def test_nonsense_is_answered_with_words(alice: Client, form: dict[str, str]) -> None:
    on_whatsapp.a_sender()
    for verb in ("ask", "call", "end"):
        answer = alice.post(f"{PAGE}whatsapp/{verb}/", form, follow=True)
        assert answer.status_code == 200
    assert not WhatsAppFact.objects.exists()


def test_a_refused_call_tells_every_reason_and_nobody_is_rung(alice: Client) -> None:
    sender = on_whatsapp.a_sender()
    form = {"speaker": str(sender.number.assistant_id), "purpose": "informational", "seller": "Marlow", "topic": "",
            "sender": sender.pk}  # fmt: skip
    found = alice.post(f"{PAGE}whatsapp/call/", form).content.decode()
    assert "They have not allowed us to call them by WhatsApp" in found
    assert "needs their consent" in found
    assert DialDecision.objects.get().outcome == "deny"
    mine = alice.post(f"{PAGE}whatsapp/call/", form | {"speaker": "me"}).content.decode()
    assert "You have no desk" in mine


def test_a_desk_with_a_telephone_number_cannot_call_by_whatsapp() -> None:
    bob = given.bob()
    people.a_seat(bob, seat="phone", phone_e164="+12125550177", state="available")
    sender = on_whatsapp.a_sender()
    form = {"speaker": "me", "purpose": "informational", "seller": "Marlow", "sender": sender.pk}
    call = given.a_call()
    answer = signed_in(bob).post(f"/people/k{call.pk}/whatsapp/call/", form).content.decode()
    assert "rung at a telephone number" in answer


def test_a_permission_is_ended_by_whoever_hears_it(alice: Client) -> None:
    sender = on_whatsapp.a_sender()
    allowed(timezone.now() - timedelta(hours=1))
    done = alice.post(f"{PAGE}whatsapp/end/", {"sender": sender.pk, "why": "No more, please."}, follow=True)
    assert "not called by WhatsApp" in done.content.decode()
    fact = WhatsAppFact.objects.get(kind=Fact.REVOKED)
    assert (fact.by_ref, fact.raw) == ("alice@example.com", {"why": "No more, please."})


def test_an_administrator_who_saw_that_it_is_for_good_says_so_and_nobody_else(alice: Client) -> None:
    sender = on_whatsapp.a_sender()
    allowed(timezone.now() - timedelta(hours=1))
    assert alice.post(f"{PAGE}whatsapp/last/", {"sender": sender.pk}).status_code == 403
    ada = signed_in(given.a_person("ada", "admin"))
    assert "It is for good" in page(ada)
    done = ada.post(f"{PAGE}whatsapp/last/", {"sender": sender.pk}, follow=True).content.decode()
    assert "has no end" in done
    assert "for good" in page(ada)


def test_only_those_who_may_ask_do() -> None:
    sender, template = on_whatsapp.a_sender(), on_whatsapp.a_template()
    olga = signed_in(given.a_person("olga", "auditor"))
    call = given.a_call()
    where = f"/people/k{call.pk}/whatsapp/ask/"
    assert olga.post(where, {"sender": sender.pk, "template": template.pk}).status_code == 403
    assert "Ask whether we may call" not in olga.get(f"/people/k{call.pk}/").content.decode()


def test_a_call_by_whatsapp_shows_its_channel_and_offers_browsers_and_sip_only(alice: Client) -> None:
    call = on_whatsapp.a_call_in(now=timezone.now())
    allowed(timezone.now() - timedelta(hours=1))
    by_telephone = people.a_seat(given.bob(), name="Bob", seat="phone", phone_e164="+12125550177", state="available")
    in_browser = people.a_seat(given.a_person("ivy", "agent"), name="Ivy", state="available")
    TransferDestination.objects.create(name="Billing partner", address="+12125550150")
    TransferDestination.objects.create(name="SIP partner", address="sip:desk@example.com")
    shown = alice.get(f"/calls/{call.pk}/").content.decode()
    assert "WhatsApp" in shown
    assert "may call" in shown
    assert given.CAROL not in shown
    assert "•••" in shown
    dialog = alice.get(f"/calls/{call.pk}/transfer/").content.decode()
    assert f'value="agent:{in_browser.pk}"' in dialog
    assert f'value="agent:{by_telephone.pk}"' not in dialog
    assert "SIP partner" in dialog
    assert "Billing partner" not in dialog
    assert "only browsers and SIP telephones can be reached" in dialog
    forced = alice.post(f"/calls/{call.pk}/transfer/", {"to": f"agent:{by_telephone.pk}"}, follow=True)
    assert "rung at a telephone number" in forced.content.decode()
