"""Whoever was on WhatsApp is erased from there as well: what they allowed, what they were sent, and their calls."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls.models import Call, WhatsAppMessage
from compliance.models import WhatsAppFact
from compliance.numbers import by_whatsapp
from contactcenter.privacy import gathering, retention
from tests import given, on_whatsapp
from tests.integration.privacy.erasures import dump, erased

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gone", "nothing_spooled")]


def test_nothing_of_them_is_found_on_whatsapp(call: Call) -> None:
    on_whatsapp.a_row_of_each(call)
    by_them = on_whatsapp.a_call_in(now=call.started_at)
    leg = by_them.customer_leg()
    assert leg is not None
    leg.report("completed", at=timezone.now(), source="carrier")
    assert by_whatsapp(given.CAROL) in dump()
    export = gathering.about_number(given.CAROL)
    assert [row["kind"] for row in export.documents["whatsapp"]] == ["accepted", "their_call"]
    assert len(export.documents["whatsapp_messages"]) == 1
    erasure = erased()
    assert erasure.state == "done", erasure.waits_for
    assert given.CAROL[2:] not in dump()
    assert WhatsAppFact.objects.count() == 2, "that there was a permission stays, under a pseudonym"
    assert WhatsAppMessage.objects.get().person == erasure.pseudonym
    by_them.refresh_from_db()
    assert by_them.channel == "whatsapp"


def test_what_nobody_leans_on_any_more_is_cleared_after_its_time() -> None:
    long_ago, now = timezone.now() - timedelta(days=6 * 365), timezone.now()
    on_whatsapp.allowed(long_ago, is_permanent=True)
    on_whatsapp.allowed(now - timedelta(days=30), person="+12125550199")
    this = retention.run(is_dry=False, by="tests", now=now)
    assert this.counts["whatsapp"]["deleted"] == 1
    assert WhatsAppFact.objects.get().person == "+12125550199"
