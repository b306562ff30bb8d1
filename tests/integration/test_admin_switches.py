"""What switches dialling on and off in Django admin: said why, and noted who."""

import pytest
from django.test import Client

from agents.models import TransferDestination
from compliance.models import AuditEntry, OutboundSwitch, StateSwitch
from tests.integration.test_admin import address, an_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(an_admin())
    return client


def test_outgoing_calls_are_switched_off_and_it_is_noted_who_did(client: Client) -> None:
    switch, _ = OutboundSwitch.objects.get_or_create(name="everything")
    form = {"is_off": "on", "reason": "Somebody dials Cuba."}
    assert client.post(address(OutboundSwitch, "change", switch.pk), form).status_code == 302
    switch.refresh_from_db()
    assert (switch.is_off, switch.changed_by_ref) == (True, "ada@example.com")
    assert AuditEntry.objects.get(act="stop_outgoing_calls").details == {"reason": "Somebody dials Cuba."}
    assert client.get(address(OutboundSwitch, "add")).status_code == 403
    assert client.post(address(OutboundSwitch, "delete", switch.pk), {"post": "yes"}).status_code == 403


def test_a_state_is_switched_off_for_a_reason_and_it_is_noted_who_did(client: Client) -> None:
    florida = StateSwitch.objects.get(state="FL")
    page = address(StateSwitch, "change", florida.pk)
    assert "Say why calls to this state are switched off." in client.post(page, {}).content.decode()
    assert client.post(page, {"disabled_why": "No bond yet."}).status_code == 302
    florida.refresh_from_db()
    assert (florida.is_enabled, florida.changed_by_ref) == (False, "ada@example.com")
    signed = {"is_enabled": "on", "ai_sales_signed_off_by": "C. Counsel", "is_suspended": "on"}
    assert "Say which emergency it is." in client.post(page, signed).content.decode()
    assert client.post(page, signed | {"suspended_why": "A hurricane."}).status_code == 302
    florida.refresh_from_db()
    assert florida.ai_sales_signed_off_at is not None
    noted = AuditEntry.objects.filter(act="turn_state_switch", subject_ref="state:FL").order_by("pk")
    assert [entry.details.get("suspended_why") for entry in noted] == [None, "A hurricane."]


@pytest.mark.parametrize(
    ("written", "is_taken"),
    [
        ("+12125550151", True),
        ("sip:desk@example.com", True),
        ("212 555 0151", False),
        ("911", False),
        ("+18005551234", False),
        ("whatsapp:+12125550151", False),
        ("desk", False),
    ],
)
def test_a_destination_is_an_address_that_can_be_rung(client: Client, written: str, is_taken: bool) -> None:
    form = {"name": "Desk", "address": written, "is_allowed": "on", "lines": "5"}
    client.post(address(TransferDestination, "add"), form)
    assert TransferDestination.objects.filter(address=written).exists() is is_taken
    assert AuditEntry.objects.filter(act="change_destination").exists() is is_taken
