"""Holds, times and grounds in Django admin: what makes no sense is not taken, and who did what is noted."""

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEntry, LegalHold, ProcessingBasis, RetentionRule
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Client:
    client, person = Client(), given.a_person("ada", "admin")
    person.is_staff = True
    person.save()
    client.force_login(person)
    return client


def test_a_hold_is_placed_in_any_spelling_and_lifted_with_a_reason(ada: Client) -> None:
    add = reverse("admin:compliance_legalhold_add")
    form = {"of": "number", "number": "(415) 555-2671", "ref": "", "why": "Jones v. Marlow"}
    answer = ada.post(add, form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    hold = LegalHold.on_number(given.CAROL)
    assert hold is not None
    assert (hold.number, hold.why, hold.placed_by_ref) == (given.CAROL, "Jones v. Marlow", "ada@example.com")
    page = reverse("admin:compliance_legalhold_change", args=[hold.pk])
    assert ada.post(page, {"lifted_why": "settled"}).status_code == 302
    assert LegalHold.on_number(given.CAROL) is None
    assert ada.post(reverse("admin:compliance_legalhold_delete", args=[hold.pk])).status_code == 403
    acts = AuditEntry.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["place_hold", "lift_hold"]
    assert given.CAROL not in str(list(AuditEntry.objects.values_list("details", flat=True)))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"of": "number", "number": "Carol", "why": "x"}, "number"),
        ({"of": "call", "ref": "seven", "why": "x"}, "ref"),
        ({"of": "campaign", "ref": "", "why": "x"}, "ref"),
        ({"of": "number", "number": given.CAROL, "why": ""}, "why"),
    ],
)
def test_a_hold_on_nothing_is_not_placed(ada: Client, form: dict[str, str], field: str) -> None:
    answer = ada.post(reverse("admin:compliance_legalhold_add"), form)
    assert field in answer.context["adminform"].form.errors
    assert not LegalHold.objects.exists()


@pytest.mark.parametrize(
    ("kind", "days", "said"),
    [
        ("audio", "30", ""),
        ("audio", "0", "Not less than 1 days"),
        ("consents", "365", "16 CFR 310.5(a)(8)"),
        ("consents", "", ""),
        ("suppression", "365", "This is kept for ever."),
    ],
)
def test_a_time_is_changed_but_not_below_the_law(ada: Client, kind: str, days: str, said: str) -> None:
    rule, _ = RetentionRule.objects.get_or_create(data_class=kind)
    page = reverse("admin:compliance_retentionrule_change", args=[rule.pk])
    answer = ada.post(page, {"days": days, "why": "as counsel says"})
    rule.refresh_from_db()
    if said:
        assert said in str(answer.context["adminform"].form.errors["days"])
        assert rule.changed_by_ref == ""
    else:
        assert answer.status_code == 302
        assert (str(rule.days or ""), rule.changed_by_ref) == (days, "ada@example.com")


def test_a_ground_is_written_down_with_its_notice(ada: Client) -> None:
    form = {"purpose": "recording", "basis": "consent", "assessment": "", "notice_version": "2026-11", "notice_url": ""}
    assert ada.post(reverse("admin:compliance_processingbasis_add"), form).status_code == 302
    assert ProcessingBasis.objects.get().changed_by_ref == "ada@example.com"
    wrong = form | {"purpose": "quality", "notice_url": "javascript:alert(1)"}
    answer = ada.post(reverse("admin:compliance_processingbasis_add"), wrong)
    assert "notice_url" in answer.context["adminform"].form.errors
