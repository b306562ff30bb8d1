"""Consents, revocations and our own list in Django admin: entered with proof, reviewed, lifted for a reason."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client

from compliance import consent_check, opt_out
from compliance.models import AuditEntry, ConsentRecord, Revocation, SuppressionEntry
from tests import given
from tests.consents import a_signed_consent
from tests.given import CAROL, NOON

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
CONSENT = {
    "number": "(415) 555-2671",
    "kind": "written",
    "person_name": "Carol Reed",
    "channels": ["voice"],
    "sellers": "Marlow Outdoor",
    "purposes": ["telemarketing"],
    "topic": "tents",
    "captured_at_0": "2026-11-20",
    "captured_at_1": "10:00:00",
    "zone": "America/New_York",
    "signature": "Carol Reed",
    "signature_event": "typed_name",
    "text": consent_check.wording("Marlow Outdoor"),
    "text_version": "7",
    "is_separate": "on",
    "source": "https://marlow.example",
    "ip_address": "203.0.113.9",
    "user_agent": "Firefox",
}


def signed_in(*roles: str) -> Client:
    person = given.a_person("ada", *roles)
    person.is_staff = True
    person.save()
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def client() -> Client:
    return signed_in("admin")


def add(client: Client, model: str, form: dict[str, Any]) -> str:
    return client.post(f"/admin/compliance/{model}/add/", form, follow=True).content.decode()


def a_file(content: bytes = PNG, name: str = "page.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_consent_is_entered_with_its_proof_and_cannot_be_changed(client: Client) -> None:
    page = add(client, "consentrecord", CONSENT | {"evidence": a_file()})
    kept = ConsentRecord.objects.get()
    assert kept.number == CAROL
    assert consent_check.missing(kept.facts()) == ()
    assert "does not count" not in page
    assert kept.text_sha256 == consent_check.sha256_of(kept.text)
    assert kept.created_by_ref == "ada@example.com"
    path = f"/admin/compliance/consentrecord/{kept.pk}/change/"
    assert 'name="_save"' not in client.get(path).content.decode()
    assert client.post(path, {"topic": "boats"}).status_code == 403
    assert client.post(f"/admin/compliance/consentrecord/{kept.pk}/delete/", {"post": "yes"}).status_code == 403


def test_one_that_lacks_something_is_kept_and_said_not_to_count(client: Client) -> None:
    page = add(client, "consentrecord", {**CONSENT, "is_box_preticked": "on"})
    assert "it does not count yet" in page
    assert "The box was ticked already." in page


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"number": "12"}, "not a complete telephone number"),
        ({"captured_at_0": "2099-01-01"}, "in the future"),
        ({"signature": ""}, "go together"),
        ({"evidence": a_file(b"<html>", "page.png")}, "This is no PDF, PNG"),
        ({"evidence": a_file(PNG, "page.exe")}, "This is no PDF, PNG"),
        ({"sellers": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client: Client, other: dict[str, Any], sentence: str) -> None:
    assert sentence in add(client, "consentrecord", CONSENT | other)
    assert ConsentRecord.objects.count() == 0


def test_evidence_is_opened_by_those_who_may_and_each_time_is_kept(client: Client) -> None:
    add(client, "consentrecord", CONSENT | {"evidence": a_file()})
    kept = ConsentRecord.objects.get()
    path = f"/consents/{kept.pk}/evidence/"
    assert path in client.get(f"/admin/compliance/consentrecord/{kept.pk}/change/").content.decode()
    response = client.get(path)
    assert response.content == PNG
    assert response["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(act="open_evidence", subject_ref=f"consent:{kept.pk}").count() == 1
    other = Client()
    other.force_login(given.bob())
    assert other.get(path).status_code == 403
    assert Client().get(path).status_code == 302
    assert client.get("/consents/999/evidence/").status_code == 404
    bare = a_signed_consent()
    assert client.get(f"/consents/{bare.pk}/evidence/").status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_chosen_consents_are_exported() -> None:
    def begun() -> tuple[AsyncClient, dict[str, Any]]:
        client, ada = AsyncClient(), given.a_person("ada", "admin")
        ada.is_staff = True
        ada.save()
        client.force_login(ada)
        return client, {"action": "export", "_selected_action": [a_signed_consent(topic="=1+1").pk]}

    client, form = await sync_to_async(begun)()
    response = await client.post("/admin/compliance/consentrecord/", form)
    text = b"".join([piece async for piece in response.streaming_content]).decode()
    assert "'=1+1" in text
    assert f"'{CAROL}" in text
    assert await AuditEntry.objects.filter(act="export_consents").acount() == 1


def test_an_auditor_reads_and_enters_nothing() -> None:
    client = signed_in("auditor")
    kept = a_signed_consent()
    page = client.get(f"/admin/compliance/consentrecord/{kept.pk}/change/").content.decode()
    assert "Nothing." in page
    assert CAROL not in page, "no whole number for those who may not see one"
    assert client.get("/admin/compliance/consentrecord/add/").status_code == 403
    assert "Export as CSV" not in client.get("/admin/compliance/consentrecord/").content.decode()


def test_a_revocation_told_to_a_person_counts_when_it_is_saved(client: Client) -> None:
    form = {"number": "415 555 2671", "scope": "all", "route": "email", "said": "no more", "person_name": "Carol"}
    add(client, "revocation", form | {"received_at_0": "2026-11-20", "received_at_1": "09:00:00", "topic": ""})
    kept = Revocation.objects.get()
    assert (kept.number, kept.route, kept.received_at.hour) == (CAROL, "email", 9)
    assert [entry.source for entry in SuppressionEntry.in_force(CAROL)] == ["email"]
    assert client.post(f"/admin/compliance/revocation/{kept.pk}/change/", {"said": "x"}).status_code == 403


def test_what_is_to_be_read_is_marked_as_read_once(client: Client) -> None:
    kept = opt_out.revoke(number=CAROL, route="sms", said="I'll sue", needs_review=True, by="x", now=NOON).revocation
    form = {"action": "mark_read", "_selected_action": [kept.pk]}
    for _ in range(2):
        client.post("/admin/compliance/revocation/", form)
    kept.refresh_from_db()
    assert kept.reviewed_by_ref == "ada@example.com"
    assert AuditEntry.objects.filter(act="review_revocation").count() == 1


def test_a_number_is_listed_and_lifted_for_a_reason(client: Client) -> None:
    form = {"number": "+14155552671", "scope": "all", "reason": "asked at the desk"}
    add(client, "suppressionentry", form)
    (entry,) = SuppressionEntry.in_force(CAROL)
    assert (entry.source, entry.reason, entry.added_by_ref) == ("admin", "asked at the desk", "ada@example.com")
    assert "on our list already" in add(client, "suppressionentry", form)
    path = f"/admin/compliance/suppressionentry/{entry.pk}/change/"
    assert "Take it off the list, because" in client.get(path).content.decode()
    assert "required" in client.post(path, {"lifted_why": ""}).content.decode()
    client.post(path, {"lifted_why": "She called us herself", "number": "+12125550101"})
    entry.refresh_from_db()
    assert (entry.lifted_why, entry.number) == ("She called us herself", CAROL)
    assert client.post(path, {"lifted_why": "again"}).status_code == 403
    assert AuditEntry.objects.filter(act="lift_suppression").count() == 1
