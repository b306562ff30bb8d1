"""Calling people by WhatsApp: what the gate refuses, what the carrier is asked, and what its answers teach us."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from calls.control import click_to_call, dialled, legs, opting_out
from calls.control.whatsapp import calling
from calls.models import Call, Leg, WhatsAppSender
from compliance import whatsapp_permission
from compliance.models import DialPermit, WhatsAppFact, WhatsAppRule
from compliance.numbers import by_whatsapp
from compliance.verdict import Code, Purpose
from compliance.whatsapp import Fact, Standing
from compliance.whatsapp_permission import UnableToAsk
from tests import all_day as law
from tests import on_whatsapp
from tests.carrier_on_loopback import Carrier
from tests.consents import a_signed_consent
from tests.given import CAROL
from tests.on_whatsapp import SENDER, allowed, happened

pytestmark = pytest.mark.django_db(transaction=True)


def standing(now: datetime | None = None) -> Standing:
    return whatsapp_permission.standing_of(sender=SENDER, person=CAROL, now=now or timezone.now())


@pytest.fixture
def consenting() -> None:
    """Carol agreed to such calls, at noon of any day."""
    a_signed_consent(purposes=["informational"], channels=["whatsapp"], topic="your order")


def call_her(now: datetime) -> Call:
    sender = WhatsAppSender.objects.select_related("number__assistant").first() or on_whatsapp.a_sender()
    return calling.by_assistant(
        assistant=sender.number.assistant, sender=sender, person=CAROL, purpose=Purpose.INFORMATIONAL,
        seller="Marlow Outdoor", topic="your order", by="alice", now=now,
    )  # fmt: skip


@pytest.fixture
def at() -> datetime:
    """A moment of today at which California may be rung, as far as the clock of this machine allows it."""
    return timezone.now()


@pytest.fixture(autouse=True)
def all_day() -> None:
    """Every hour is one to ring people in: what the hours are is tested where time is stepped."""
    law.adopt()


def refusal(now: datetime) -> tuple[str, ...]:
    with pytest.raises(click_to_call.UnableToPlace) as refused:
        call_her(now)
    return refused.value.codes


def test_without_a_grant_the_carrier_is_not_even_asked(carrier: Carrier, consenting: None, at: datetime) -> None:
    assert refusal(at) == (Code.WHATSAPP_NO_GRANT,)
    assert carrier.asked == []
    assert not Call.objects.exists()
    assert not DialPermit.objects.exists()


def test_with_one_they_are_called_by_whatsapp_and_the_call_counts(
    carrier: Carrier, consenting: None, at: datetime
) -> None:
    allowed(at - timedelta(hours=1))
    call = call_her(at)
    (dial,) = carrier.dials
    assert (dial["To"], dial["From"]) == (by_whatsapp(CAROL), by_whatsapp(SENDER))
    assert "MachineDetection" not in dial
    assert (call.channel, call.customer_e164, call.customer_address) == ("whatsapp", CAROL, by_whatsapp(CAROL))
    leg = Leg.objects.get(call=call)
    assert (leg.to_address, leg.from_address, leg.role) == (by_whatsapp(CAROL), by_whatsapp(SENDER), "customer")
    assert standing().calls == 1
    assert refusal(at) == (Code.IN_FLIGHT,), "by whatever channel, one call at a time"
    leg.report("in-progress", at=at, source="carrier")
    leg.report("completed", at=at, source="carrier", duration_s=5)
    assert WhatsAppFact.objects.filter(kind=Fact.ANSWERED).count() == 1


def test_on_day_eight_after_the_fifth_call_and_after_four_missed_ones(
    carrier: Carrier, consenting: None, at: datetime
) -> None:
    allowed(at - timedelta(days=8))
    assert refusal(at) == (Code.WHATSAPP_NO_GRANT,)
    allowed(at - timedelta(hours=20))
    for hours in range(5):
        happened(Fact.PLACED, at - timedelta(hours=hours + 1))
    assert refusal(at) == (Code.WHATSAPP_LIMIT,)
    for hours in range(4):
        happened(Fact.MISSED, at - timedelta(hours=hours + 1))
    assert refusal(at) == (Code.WHATSAPP_NO_GRANT, Code.WHATSAPP_LIMIT)
    assert carrier.asked == []


def test_a_sender_of_a_barred_country_calls_nobody(carrier: Carrier, consenting: None, at: datetime) -> None:
    on_whatsapp.a_sender(country="TR")
    allowed(at - timedelta(hours=1))
    assert refusal(at) == (Code.WHATSAPP_SENDER_COUNTRY,)
    assert carrier.asked == []


@pytest.mark.parametrize(
    ("code", "then"), [(37000, Code.WHATSAPP_NO_GRANT), (37004, Code.WHATSAPP_LIMIT), (37008, None)]
)
def test_what_the_carrier_refuses_is_learned_from(
    carrier: Carrier, consenting: None, at: datetime, code: int, then: Code | None
) -> None:
    allowed(at - timedelta(hours=1))
    carrier.manner, carrier.refuses_with = "refuses", (400, code)
    assert refusal(at) == ()
    assert len(carrier.asked) == 1
    assert standing().calls == 0, "what was not placed does not count"
    assert Call.objects.get().phase == "closed"
    carrier.manner = "takes"
    later = timezone.now() + timedelta(seconds=1)
    if then is None:
        assert call_her(later)
    else:
        assert refusal(later) == (then,)
        assert len(carrier.asked) == 1


def test_missed_calls_are_counted_from_what_the_carrier_reports(
    carrier: Carrier, consenting: None, at: datetime
) -> None:
    allowed(at - timedelta(hours=1))
    call = call_her(at)
    Leg.objects.get(call=call).report("no-answer", at=timezone.now(), source="carrier")
    Leg.objects.get(call=call).report("no-answer", at=timezone.now(), source="carrier")
    assert standing(timezone.now()).missed == 1


def test_who_writes_stop_while_it_rings_is_not_rung_on(
    carrier: Carrier, consenting: None, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed(at - timedelta(hours=1))
    leg = Leg.objects.get(call=call_her(at))
    leg.report("ringing", at=at, source="carrier")
    released: list[str] = []
    monkeypatch.setattr(legs, "release", lambda *, leg_sid: released.append(leg_sid))
    opting_out.stop_ringing(number=CAROL)
    assert released == [leg.leg_sid]


def test_an_answer_that_was_lost_counts_until_it_is_found_out(carrier: Carrier, consenting: None, at: datetime) -> None:
    allowed(at - timedelta(hours=1))
    carrier.manner = "loses"
    assert refusal(at) == ()
    assert standing().calls == 1
    assert DialPermit.objects.get().state == "unknown"
    found = dialled.recognise(
        to=by_whatsapp(CAROL), from_=by_whatsapp(SENDER), leg_sid=carrier.legs[0]["sid"], status="ringing", now=at
    )
    assert found is not None
    assert found.call.channel == "whatsapp"


def test_without_whole_rules_nobody_is_called_or_asked(carrier: Carrier, consenting: None, at: datetime) -> None:
    allowed(at - timedelta(hours=1))
    WhatsAppRule.objects.filter(name="calls in 24 h").delete()
    assert refusal(at) == (Code.UNDECIDED,)
    with pytest.raises(UnableToAsk, match="not whole"):
        whatsapp_permission.check_asking(sender=WhatsAppSender.objects.get().facts(), person=CAROL, now=at)
    assert carrier.asked == []
