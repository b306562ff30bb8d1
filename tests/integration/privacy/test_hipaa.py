"""HIPAA mode: locked until each agreement has its date; then a machine is not told what a call is for."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.control import outgoing
from calls.models import OutgoingCall
from compliance.models import AuditEntry, PrivacyMode, Processor
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Client:
    client, person = Client(), given.a_person("ada", "admin")
    person.is_staff = True
    person.save()
    client.force_login(person)
    return client


def switched(client: Client, *, on: bool = True) -> str:
    mode, _ = PrivacyMode.objects.get_or_create(name="everything")
    address = reverse("admin:compliance_privacymode_change", args=[mode.pk])
    answer = client.post(address, {"hipaa_mode": "on"} if on else {}, follow=True)
    return answer.content.decode()


def agreed(*, days_ago: int = 1) -> None:
    for kind in ("telephony", "model", "storage"):
        at = timezone.localdate() - timedelta(days=days_ago)
        Processor.objects.update_or_create(name=kind.title(), defaults={"kind": kind, "baa_date": at})


def test_it_is_locked_until_each_agreement_has_its_date(ada: Client) -> None:
    page = switched(ada)
    assert "The register names nobody for the telephone network." in page
    agreed()
    Processor.objects.filter(kind="model").update(baa_date=None)
    assert "Model has no business associate agreement with a date." in switched(ada)
    agreed(days_ago=-3)
    assert "begins only on" in switched(ada)
    assert not PrivacyMode.is_hipaa()
    agreed()
    switched(ada)
    assert PrivacyMode.is_hipaa()
    switched(ada, on=False)
    assert not PrivacyMode.is_hipaa()
    acts = AuditEntry.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["hipaa_mode_on", "hipaa_mode_off"]


def test_a_machine_is_not_told_what_a_call_is_for() -> None:
    call = given.a_call()
    ours = OutgoingCall(call=call, seller="Marlow Clinic", voicemail_words="Your test results are here.")
    assert "test results" in outgoing.message_words(ours).text
    PrivacyMode.objects.get_or_create(name="everything")
    PrivacyMode.objects.update(hipaa_mode=True)
    said = outgoing.message_words(ours).text
    assert "test results" not in said
    assert "Marlow Clinic" in said
    assert "  " not in said
