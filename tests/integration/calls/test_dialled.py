"""What came of a dial whose answer was lost: the leg is found, or the number is free again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from calls import intake, sweeps
from calls.carrier import callbacks
from calls.control import dialled, reconciling
from calls.control.dialing import UnableToDial
from calls.lifecycle import CallFact, LegRole
from calls.models import Call, Leg
from compliance.models import DialPermit
from tests import given
from tests.carrier_on_loopback import Carrier
from tests.integration.calls.at_the_door import BOBS_SEAT, a_permit, ring

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was sent was sent long enough ago."""
    monkeypatch.setattr(dialled, "NOBODY_WAITS_AFTER", timedelta(0))
    monkeypatch.setattr(dialled, "LISTED_AFTER", timedelta(0))


def lost(carrier: Carrier, *, manner: str = "loses") -> Call:
    """A dial whose answer was lost; it has rung if the carrier only `loses` the answer."""
    carrier.manner = manner
    call = given.a_call()
    with pytest.raises(UnableToDial):
        ring(call, errand="offer:1")
    carrier.manner = "takes"
    return call


@pytest.mark.parametrize("manner", ["loses", "breaks"])
def test_a_leg_whose_answer_was_lost_is_found_at_the_carrier(carrier: Carrier, manner: str) -> None:
    call = lost(carrier, manner=manner)
    carrier.legs[0]["status"] = "in-progress"
    (settled,) = dialled.settle(now=timezone.now())
    assert settled.errand == "offer:1"
    leg = Leg.objects.get(permit__isnull=False)
    assert settled.leg == leg
    assert (leg.call, leg.leg_sid, leg.role, leg.label, leg.status) == (
        call,
        carrier.legs[0]["sid"],
        LegRole.AGENT,
        "agent-7",
        "in-progress",
    )
    assert DialPermit.objects.get().state == "confirmed"
    assert dialled.settle(now=timezone.now()) == []
    assert len(carrier.dials) == 1


def test_a_dial_of_a_process_that_died_is_found_too(carrier: Carrier, long_ago: None) -> None:
    permit = a_permit()
    assert permit.spend()
    carrier.take("", {"To": [BOBS_SEAT], "From": [given.OURS]})
    (settled,) = dialled.settle(now=timezone.now())
    assert settled.leg is not None
    assert settled.leg.leg_sid == carrier.legs[0]["sid"]


def test_one_that_is_being_asked_for_right_now_is_left_alone(carrier: Carrier) -> None:
    assert a_permit().spend()
    assert dialled.settle(now=timezone.now()) == []
    assert DialPermit.objects.get().state == "sent"


def test_what_the_carrier_has_never_heard_of_did_not_ring(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    call = lost(carrier, manner="deaf")
    assert dialled.settle(now=timezone.now()) == [], "it may not be in the list yet"
    monkeypatch.setattr(dialled, "LISTED_AFTER", timedelta(0))
    assert dialled.settle(now=timezone.now()) == [dialled.Settled("offer:1", None)]
    assert DialPermit.objects.get().state == "void"
    assert ring(call, errand="offer:1").leg_sid, "and may be tried again"


def test_legs_that_are_known_or_older_are_not_taken_for_it(carrier: Carrier, long_ago: None) -> None:
    call = given.a_call()
    ring(call).report("completed", at=timezone.now(), source="carrier")
    carrier.take("", {"To": [BOBS_SEAT], "From": [given.OURS]})
    carrier.legs[0]["date_created"] = "Fri, 27 Nov 2026 10:00:00 +0000"
    carrier.manner = "deaf"
    with pytest.raises(UnableToDial):
        ring(call, errand="offer:2")
    carrier.manner = "takes"
    assert dialled.settle(now=timezone.now()) == [dialled.Settled("offer:2", None)]


def test_a_carrier_that_cannot_be_asked_is_asked_again(carrier: Carrier, long_ago: None) -> None:
    lost(carrier)
    carrier.manner = "deaf"
    sweeps.settle_dials()
    assert DialPermit.objects.get().state == "unknown"
    carrier.manner = "takes"
    sweeps.settle_dials()
    assert DialPermit.objects.get().state == "confirmed"


# --- the carrier speaks first ---


def heard(leg_sid: str, *, errand: str = "offer:1", status: str = "ringing") -> Leg | None:
    return dialled.heard_of(errand=errand, leg_sid=leg_sid, status=status, now=timezone.now())


def test_a_callback_that_is_faster_than_the_answer_writes_the_leg(carrier: Carrier) -> None:
    call = given.a_call()
    seen: list[Leg | None] = []

    class Early(list):  # type: ignore[type-arg]
        def insert(self, index: Any, leg: Any) -> None:
            super().insert(index, leg)
            seen.append(heard(leg["sid"]))
            from django.db import connection

            connection.close()

    carrier.legs = Early()
    leg = ring(call, errand="offer:1")
    assert seen == [leg]
    assert (leg.permit.state, leg.permit.leg_sid) == ("confirmed", leg.leg_sid)
    assert Leg.objects.filter(permit__isnull=False).count() == 1


def test_a_callback_settles_what_was_lost(carrier: Carrier) -> None:
    lost(carrier)
    leg = heard(carrier.legs[0]["sid"])
    assert leg is not None
    assert (leg.label, leg.status) == ("agent-7", "ringing")
    assert heard(leg.leg_sid) == leg
    assert dialled.settle(now=timezone.now()) == []


def test_a_leg_that_turns_up_after_all_is_taken(carrier: Carrier, long_ago: None) -> None:
    lost(carrier, manner="deaf")
    dialled.settle(now=timezone.now())
    assert DialPermit.objects.get().state == "void"
    leg = heard(given.a_sid())
    assert leg is not None
    assert DialPermit.objects.get().state == "confirmed"


def test_nothing_is_made_of_a_leg_that_nobody_dialled(carrier: Carrier) -> None:
    assert heard(given.a_sid(), errand="offer:none") is None
    assert heard(given.a_sid(), errand="") is None
    leg = ring(given.a_call(), errand="offer:1")
    assert heard(given.a_sid()) is None, "another leg came of it"
    assert heard(leg.leg_sid, errand="offer:2") is None, "it is somebody else's"
    assert Leg.objects.filter(permit__isnull=False).count() == 1


# --- when the two books are compared ---


def much_later() -> datetime:
    return timezone.now() + timedelta(minutes=5)


def test_the_leg_of_an_agent_ends_with_its_call(carrier: Carrier) -> None:
    call = given.a_call(now=timezone.now())
    leg = ring(call)
    carrier.legs[0]["status"] = "in-progress"
    customer = call.customer_leg()
    carrier.legs.append(carrier.legs[0] | {"sid": customer.leg_sid, "direction": "inbound"})
    assert reconciling.reconcile(now=much_later()).end == []
    carrier.legs.pop()
    call.advance(CallFact.LEG_ENDED, at=timezone.now(), source="carrier")
    assert reconciling.reconcile(now=much_later()).end == [leg.leg_sid]
    assert carrier.legs[0]["status"] == "completed"


def test_the_leg_of_an_agent_that_is_gone_does_not_end_the_call(carrier: Carrier) -> None:
    call = given.a_call(now=timezone.now())
    leg = ring(call)
    customer = call.customer_leg()
    carrier.legs[0] |= {"sid": customer.leg_sid, "direction": "inbound", "status": "in-progress"}
    assert reconciling.reconcile(now=much_later()).look_up == [leg.leg_sid]
    leg.refresh_from_db()
    call.refresh_from_db()
    assert (leg.status, call.is_live) == ("failed", True)


def test_a_leg_that_nobody_dialled_is_ended_even_when_it_is_in_the_books(carrier: Carrier) -> None:
    given.a_number()
    carrier.take("", {"To": [BOBS_SEAT], "From": [given.OURS]})
    carrier.legs[0]["status"] = "in-progress"
    ring_of_it = given.a_ring(to=BOBS_SEAT, from_=given.OURS, leg_sid=carrier.legs[0]["sid"], Direction="outbound-api")
    intake.adopt(request=callbacks.voice_request(ring_of_it), now=timezone.now())
    assert Leg.objects.get().is_unexplained
    assert reconciling.reconcile(now=much_later()).end == [carrier.legs[0]["sid"]]


# --- what the database insists on ---


def a_leg(**fields: Any) -> Leg:
    words = {"call": given.a_call(), "leg_sid": given.a_sid(), "direction": "outbound-api", "created_at": given.NOON}
    words |= {"from_address": given.OURS, "to_address": BOBS_SEAT} | fields
    return Leg.objects.create(**words)


def test_a_leg_that_goes_out_has_a_permit_or_is_unexplained() -> None:
    with pytest.raises(IntegrityError, match="leg_that_goes_out_has_a_permit"):
        a_leg()
    assert a_leg(is_unexplained=True).pk
    assert a_leg(direction="outbound-dial", parent_sid="CA1", role=LegRole.THIRD).pk


@pytest.mark.parametrize("state", ["issued", "sent", "void"])
def test_a_permit_that_was_not_spent_on_it_does_not_count(state: str) -> None:
    permit = a_permit()
    if state != "issued":
        permit.spend()
    if state == "void":
        permit.void("refused")
    with pytest.raises(IntegrityError, match="no permit was spent on this leg"), transaction.atomic():
        a_leg(permit=permit)


def test_a_permit_is_good_for_one_leg_and_for_its_own_number() -> None:
    permit = a_permit()
    permit.spend()
    permit.confirm("CA7")
    with pytest.raises(IntegrityError, match="no permit was spent"), transaction.atomic():
        a_leg(permit=permit, leg_sid="CA8")
    with pytest.raises(IntegrityError, match="no permit was spent"), transaction.atomic():
        a_leg(permit=permit, leg_sid="CA7", to_address="+19005550101")
    assert a_leg(permit=permit, leg_sid="CA7").pk
