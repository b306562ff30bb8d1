"""The carrier speaks of a leg before it has answered, or after its answer was lost: the call it belongs to is known."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async as db
from django.utils import timezone

from agents.models import Agent, Department, Queue
from calls import sweeps
from calls.control import dialled, transfers
from calls.control.dialing import UnableToDial
from calls.lifecycle import LegRole
from calls.models import Call, Leg, Offer
from compliance.models import DialPermit
from compliance.verdict import StaffEntry
from tests import given
from tests.carrier_on_loopback import Carrier
from tests.integration.calls.at_the_door import BOBS_SEAT, a_permit, ring

pytestmark = pytest.mark.django_db(transaction=True)


def a_report(leg_sid: str, *, to: str = BOBS_SEAT, status: str = "ringing") -> dict[str, str]:
    words = {"Direction": "outbound-api", "CallStatus": status}
    return given.a_ring(to=to, from_=given.OURS, leg_sid=leg_sid, **words)


def an_offer() -> Offer:
    """Bob is to be rung for a transfer."""
    now = timezone.now()
    call = given.a_call(now=now)
    call.advance("stream_opened", at=now, source="carrier")
    department = Department.objects.get(slug="reception")
    queue = Queue.objects.create(name="Front desk", slug="front-desk", department=department)
    bob = Agent.objects.create(user=given.bob(), name="Bob", department=department, seat="browser")
    wish = transfers.Wish(to=transfers.To(queue=queue))
    transfer = transfers.start(call=call, wish=wish, source="supervisor", by="alice@example.com", now=now)
    deadline = now + timedelta(minutes=1)
    offer = Offer.make(
        transfer=transfer, agent=bob, address=bob.address, label=f"agent-{bob.pk}", now=now, deadline_at=deadline
    )
    assert offer is not None
    return offer


def lose_answer(carrier: Carrier, offer: Offer, *, manner: str = "loses") -> None:
    carrier.manner = manner
    entry = StaffEntry(offer.address, offer.label)
    with pytest.raises(UnableToDial):
        ring(offer.transfer.call, to=offer.address, directory=entry, errand=offer.errand)
    carrier.manner = "takes"


async def test_a_report_that_comes_before_the_answer_finds_its_call() -> None:
    permit = await db(a_permit)()
    assert await db(permit.spend)()
    form = a_report("CA7")
    assert (await given.post("/twilio/status/", form)).status_code == 200
    leg = await Leg.objects.select_related("call", "permit").aget(leg_sid="CA7")
    assert (f"call:{leg.call_id}", leg.role, leg.is_unexplained) == (permit.subject_ref, LegRole.AGENT, False)
    assert await Call.objects.acount() == 1, "no call is made of it"
    again = await db(dialled.confirm)(call=leg.call, permit=permit, leg_sid="CA7", status="queued", now=timezone.now())
    assert again == leg


async def test_where_its_end_is_the_first_that_is_heard_of_a_leg_it_is_over() -> None:
    permit = await db(a_permit)()
    assert await db(permit.spend)()
    for status in ("busy", "initiated"):
        await given.post("/twilio/status/", a_report("CA7", status=status))
        leg = await Leg.objects.aget(leg_sid="CA7")
        assert (leg.status, leg.ended_at is None) == ("busy", False)


@pytest.mark.parametrize("to", ["client:agent-8", "+12125550199"])
async def test_a_leg_to_somebody_else_is_not_taken_for_it(to: str) -> None:
    permit = await db(a_permit)()
    assert await db(permit.spend)()
    await given.post("/twilio/status/", a_report("CA7", to=to))
    assert (await Leg.objects.aget(leg_sid="CA7")).is_unexplained


async def test_a_report_of_an_offer_whose_answer_was_lost_tells_its_leg(carrier: Carrier) -> None:
    offer = await db(an_offer)()
    await db(lose_answer)(carrier, offer)
    leg_sid = carrier.legs[0]["sid"]
    await given.post(f"/twilio/offer/{offer.ref}/status/", a_report(leg_sid, to=offer.address))
    known = await Offer.objects.values_list("leg__leg_sid", "leg_status").aget(pk=offer.pk)
    assert known == (leg_sid, "ringing")
    assert (await DialPermit.objects.aget()).state == "confirmed"


def test_an_offer_learns_from_the_sweep_which_leg_rings(carrier: Carrier) -> None:
    offer = an_offer()
    lose_answer(carrier, offer)
    carrier.legs[0]["status"] = "ringing"
    sweeps.settle_dials()
    offer.refresh_from_db()
    assert offer.leg is not None
    assert (offer.leg.leg_sid, offer.leg_status, offer.refused_why) == (carrier.legs[0]["sid"], "ringing", "")


def test_a_leg_that_is_found_too_late_is_let_go(carrier: Carrier) -> None:
    offer = an_offer()
    lose_answer(carrier, offer)
    carrier.legs[0]["status"] = "ringing"
    Offer.objects.filter(pk=offer.pk).update(closed_at=timezone.now())
    sweeps.settle_dials()
    assert carrier.legs[0]["status"] in ("completed", "canceled")


def test_an_offer_learns_that_nobody_was_rung(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialled, "LISTED_AFTER", timedelta(0))
    offer = an_offer()
    lose_answer(carrier, offer, manner="deaf")
    sweeps.settle_dials()
    offer.refresh_from_db()
    assert (offer.leg, bool(offer.refused_why)) == (None, True)
