"""The rules of WhatsApp in Django admin: ended and begun, never changed; and what becomes of templates there."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.carrier import whatsapp
from calls.carrier.errors import CarrierError
from calls.carrier.whatsapp import ApprovalFound
from calls.models import WhatsAppTemplate
from compliance import whatsapp_permission
from compliance.models import AuditEntry, WhatsAppRule
from tests import given, on_whatsapp

pytestmark = pytest.mark.django_db
NAME = "calls in 24 h"


@pytest.fixture
def client() -> Client:
    ada = given.a_person("ada", "admin")
    ada.is_staff = True
    ada.save()
    client = Client()
    client.force_login(ada)
    return client


def test_a_rule_is_ended_and_followed_by_another_and_old_days_keep_theirs(client: Client) -> None:
    rule, today = WhatsAppRule.objects.get(name=NAME), timezone.now().date()
    page = reverse("admin:compliance_whatsapprule_change", args=[rule.pk])
    new = {"name": NAME, "value": "100", "source": "Meta", "grade": "P", "effective_from": today, "note": ""}
    add = reverse("admin:compliance_whatsapprule_add")
    assert "hold at the same time" in client.post(add, new).content.decode()
    assert client.post(page, {"effective_to": today, "note": "Meta has raised it.", "value": "7"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.value, rule.effective_to) == ("5", today)
    assert "cannot be read" in client.post(add, new | {"value": "many"}).content.decode()
    assert client.post(add, new).status_code == 302
    assert whatsapp_permission.terms(timezone.now()).calls_a_day == 100
    assert whatsapp_permission.terms(timezone.now() - timedelta(days=2)).calls_a_day == 5
    acts = AuditEntry.objects.filter(act__endswith="whatsapp_rule").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["end_whatsapp_rule", "add_whatsapp_rule"]
    assert (
        client.post(reverse("admin:compliance_whatsapprule_delete", args=[rule.pk]), {"post": "yes"}).status_code == 403
    )


def test_what_ships_is_there_and_is_not_laid_again_over_what_somebody_set(client: Client) -> None:
    from compliance import founding

    count = WhatsAppRule.objects.count()
    WhatsAppRule.objects.filter(name=NAME).update(value="3")
    founding.lay(using="default")
    assert WhatsAppRule.objects.count() == count
    assert WhatsAppRule.objects.get(name=NAME).value == "3"
    assert WhatsAppRule.objects.get(name="no calls from senders of").effective_from == date(2025, 1, 1)


def act(client: Client, action: str, template: WhatsAppTemplate) -> str:
    form = {"action": action, "_selected_action": [template.pk]}
    return client.post(reverse("admin:calls_whatsapptemplate_changelist"), form, follow=True).content.decode()


def test_a_template_is_made_submitted_and_asked_about(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    template = on_whatsapp.a_template(content_sid="", approval="")
    monkeypatch.setattr(whatsapp, "make_content", lambda **_: "HX1")
    monkeypatch.setattr(whatsapp, "submit_content", lambda *_, **__: ApprovalFound("received"))
    assert "received" in act(client, "submit", template)
    assert "submitted already" in act(client, "submit", template)
    monkeypatch.setattr(whatsapp, "find_approval", lambda _: ApprovalFound("rejected", "INVALID_FORMAT"))
    assert "rejected" in act(client, "look_up", template)
    template.refresh_from_db()
    assert (template.content_sid, template.approval, template.why_rejected) == ("HX1", "rejected", "INVALID_FORMAT")


def test_a_carrier_that_does_not_answer_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise CarrierError("Twilio was not reached", is_permanent=False)

    template = on_whatsapp.a_template(content_sid="", approval="")
    monkeypatch.setattr(whatsapp, "make_content", away)
    assert "Twilio was not reached" in act(client, "submit", template)
    template.refresh_from_db()
    assert template.content_sid == ""


def test_words_that_the_carrier_has_are_not_changed(client: Client) -> None:
    template = on_whatsapp.a_template()
    form = {"name": template.name, "kind": "permission", "language": "en", "category": "UTILITY", "title": "Allow call",
            "body": "Other words"}  # fmt: skip
    page = client.post(reverse("admin:calls_whatsapptemplate_change", args=[template.pk]), form).content.decode()
    assert "The carrier has this one already." in page
