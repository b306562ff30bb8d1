"""A person's page: search, may we call, consents and lists, and what can be done about them."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from calls.models import Call, OutgoingCall
from compliance import opt_out
from compliance.models import AuditEntry, ConsentRecord, DialDecision, DialPermit, Person, Revocation, SuppressionEntry
from tests import calls_on_screen, desks, given
from tests import campaigns_on_screen as screen
from tests.integration.dashboard.markup import inside

pytestmark = pytest.mark.django_db

PAGE = f"/people/{given.CAROL}/"
CONSENT = {"kind": "written", "purposes": ["telemarketing"], "channels": ["voice"], "sellers": "Marlow Outdoor\n",
           "topic": "bike service", "captured_at": "2026-11-01T10:00", "zone": "America/Los_Angeles",
           "text": "I agree to be called.", "text_version": "v2", "signature_event": "typed_name"}  # fmt: skip


def signed_in(person: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person)
    return client


@pytest.fixture
def alice() -> Client:
    return signed_in(given.alice())


# --- search ---


def test_people_are_found_by_name_and_by_digits_wherever_they_stand(alice: Client) -> None:
    Person.know(number=given.CAROL, now=timezone.now(), name="Carol")
    contact = screen.a_contact(screen.a_campaign(), "+12125550199", name="Dave")
    by_name = inside(alice.get("/people/", {"q": "Carol"}).content.decode(), "found")
    assert "Carol" in by_name
    assert given.CAROL not in by_name
    by_digits = inside(alice.get("/people/", {"q": "555 0199"}).content.decode(), "found")
    assert f'href="/people/c{contact.pk}/"' in by_digits
    assert "Winter reminders" in by_digits
    assert "Nobody we know fits" in alice.get("/people/", {"q": "Zorro"}).content.decode()


def test_a_whole_number_leads_to_its_page_for_those_who_may_see_numbers(alice: Client) -> None:
    assert alice.get("/people/", {"q": "(415) 555-2671"}).url == PAGE
    bob = signed_in(given.bob())
    assert bob.get("/people/", {"q": "(415) 555-2671"}).status_code == 200
    assert bob.get(PAGE).status_code == 404


@pytest.mark.parametrize("whom", ["+1", "0", "c99", "k99", "x1", "-1", "9" * 30, "<b>", "+1415555267１"])
def test_nobody_is_no_fault_page(whom: str, alice: Client) -> None:
    assert alice.get(f"/people/{whom}/").status_code in (404, 200)


# --- the page ---


def test_the_page_tells_where_they_are_and_whether_they_may_be_called_and_writes_nothing(alice: Client) -> None:
    given.a_number()
    page = alice.get(PAGE).content.decode()
    assert "California" in page
    assert "Los Angeles" in page
    assert "May we call?" in page
    assert "Sales call" in page
    assert not DialDecision.objects.exists()
    assert not DialPermit.objects.exists()
    assert not Person.objects.exists()


def test_whoever_is_in_a_campaign_has_its_name_and_is_asked_about_for_what_it_is_about(alice: Client) -> None:
    screen.a_contact(screen.a_campaign(topic="bike service"), given.CAROL, name="Carol of the file")
    page = alice.get(PAGE)
    assert "<h1>Carol of the file</h1>" in page.content.decode()
    assert page.context["on"].topic == "bike service"
    assert alice.get(PAGE, {"topic": "something else"}).context["on"].topic == "something else"
    assert alice.get(PAGE, {"topic": ""}).context["on"].topic == ""
    Person.know(number=given.CAROL, now=timezone.now(), name="Carol herself")
    assert "<h1>Carol herself</h1>" in alice.get(PAGE).content.decode()


def test_numbers_are_masked_and_shown_to_those_who_may_with_an_entry_in_the_audit_log(alice: Client) -> None:
    call = calls_on_screen.a_past_call()
    path = f"/people/k{call.pk}/"
    assert given.CAROL not in alice.get(path).content.decode()
    assert "+1 415-555-2671" in alice.post(f"{path}number/", headers={"HX-Request": "true"}).content.decode()
    assert AuditEntry.objects.filter(act="reveal_numbers", subject_ref=f"person:k{call.pk}").exists()


def test_every_field_of_the_page_has_an_identifier_of_its_own(alice: Client) -> None:
    desks.a_seat(User.objects.get(), name="Alice")
    given.a_number()
    found = re.findall(r'\bid="([^"]+)"', alice.get(PAGE).content.decode())
    assert {name for name in found if found.count(name) > 1} == set()


# --- what can be done ---


def test_a_consent_is_kept_with_its_proof(alice: Client) -> None:
    evidence = SimpleUploadedFile("page.png", b"\x89PNG proof")
    page = alice.post(f"{PAGE}consent/", CONSENT | {"evidence": evidence}, follow=True).content.decode()
    consent = ConsentRecord.objects.get()
    assert f"{consent.captured_at:%Y-%m-%d %H:%M}" == "2026-11-01 17:00" or f"{consent.captured_at:%H:%M}" == "18:00"
    assert consent.sellers == ["Marlow Outdoor"]
    assert consent.evidence_sha256
    assert "Signed, written" in page
    assert "wording v2" in page


def test_a_consent_from_the_future_or_without_a_purpose_is_not_kept(alice: Client) -> None:
    page = alice.post(f"{PAGE}consent/", CONSENT | {"captured_at": "2099-01-01T10:00"}).content.decode()
    assert "This is still to come." in page
    assert alice.post(f"{PAGE}consent/", {}).status_code == 200
    assert not ConsentRecord.objects.exists()


def test_a_wish_not_to_be_called_is_in_force_at_once_and_is_lifted_only_with_a_reason(alice: Client) -> None:
    sent = {"scope": "all", "said": "Never again.", "route": "agent"}
    page = alice.post(f"{PAGE}revoke/", sent, follow=True).content.decode()
    assert "Never again." in page
    entry = SuppressionEntry.objects.get(lifted_at=None)
    lift = f"{PAGE}own-list/{entry.pk}/lift/"
    assert alice.post(lift, {"why": "They asked."}).status_code == 403
    admin = signed_in(given.a_person("ada", "admin"))
    assert "Say why" in admin.post(lift, follow=True).content.decode()
    assert "They asked." in admin.post(lift, {"why": "They asked."}, follow=True).content.decode()
    assert not SuppressionEntry.in_force(given.CAROL)


def test_an_agent_writes_down_a_wish_without_seeing_the_number() -> None:
    call = calls_on_screen.a_past_call()
    bob = signed_in(given.bob())
    bob.post(f"/people/k{call.pk}/revoke/", {"scope": "marketing", "said": "No sales.", "route": "agent"})
    assert SuppressionEntry.in_force(call.customer_e164)[0].scope == "marketing"


def test_an_address_is_kept_with_its_day(alice: Client) -> None:
    sent = {"name": "Carol", "line_type": "landline", "address_state": "NV", "address_zone": "America/Los_Angeles"}
    page = alice.post(f"{PAGE}change/", sent, follow=True).content.decode()
    known = Person.objects.get()
    assert known.line_type_at is not None
    assert known.address_at is not None
    assert "Nevada" in page
    assert "Select a valid choice" in alice.post(f"{PAGE}change/", sent | {"address_state": "ZZ"}).content.decode()


def test_what_was_taken_back_stands_beside_what_was_agreed(alice: Client) -> None:
    opt_out.revoke(number=given.CAROL, route="sms", said="STOP <b>now</b>", by="system", now=timezone.now())
    page = alice.get(PAGE).content.decode()
    assert "STOP &lt;b&gt;now&lt;/b&gt;" in page
    assert "a text message" in page


def test_whoever_has_no_desk_is_told_so_and_a_refusal_tells_every_reason(alice: Client) -> None:
    number = given.a_number()
    sent = {"purpose": "telemarketing", "seller": "Marlow Outdoor", "topic": "", "number": number.pk}
    assert "You have no desk" in alice.post(f"{PAGE}call/", sent, follow=True).content.decode()
    desks.a_seat(User.objects.get(), name="Alice")
    opt_out.revoke(number=given.CAROL, route="sms", said="STOP", by="system", now=timezone.now())
    page = alice.post(f"{PAGE}call/", sent).content.decode()
    assert "Not called:" in page
    assert "This number is on our own do-not-call list." in page
    assert "They have taken back their consent to such calls." in page
    assert not DialPermit.objects.exists()
    assert "Select a valid choice" in alice.post(f"{PAGE}call/", sent | {"number": "99"}).content.decode()


def test_who_hangs_up_at_once_three_times_has_said_nothing_but_their_page_tells_of_it(alice: Client) -> None:
    sign = "hung up within three seconds"
    for count, seconds in enumerate((1, 3, 9, 2)):
        call = calls_on_screen.a_past_call()
        ended = {"direction": Call.Direction.OUTBOUND, "ended_reason": "caller_hung_up"}
        Call.objects.filter(pk=call.pk).update(**ended, ended_at=call.started_at + timedelta(seconds=seconds))
        OutgoingCall.objects.create(
            call=call, purpose="informational", voice="ai", seller="x", by_ref="x", answered_at=call.started_at
        )
        shown = sign in alice.get(f"/people/k{call.pk}/").content.decode()
        assert shown is (count == 3), "the third of those that were short"
    assert not Revocation.objects.exists()


def test_an_administrator_goes_on_to_what_people_ask_about_their_data() -> None:
    call = calls_on_screen.a_past_call()
    admin = signed_in(given.a_person("ada", "admin"))
    page = admin.get(f"/people/k{call.pk}/").content.decode()
    assert 'action="/privacy/"' in page
    assert 'action="/privacy/"' not in signed_in(given.bob()).get(f"/people/k{call.pk}/").content.decode()
    assert "Erase" in admin.post("/privacy/", {"number": call.customer_e164}).content.decode()
