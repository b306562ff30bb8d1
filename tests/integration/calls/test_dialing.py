"""The door: what is permitted rings once, what is not does not ring, and every answer is in the books."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from calls.control import dialing
from calls.control.dialing import Refused
from calls.lifecycle import LegRole
from calls.models import Call, Leg
from compliance.models import DialDecision, DialPermit
from compliance.verdict import StaffEntry
from tests import given
from tests.carrier_on_loopback import Carrier, a_carrier

pytestmark = pytest.mark.django_db(transaction=True)
BOBS_SEAT = "client:agent-7"
BOB = StaffEntry(BOBS_SEAT, "agent-7")


@pytest.fixture
def carrier(settings: Any) -> Iterator[Carrier]:
    with a_carrier(settings) as carrier:
        yield carrier


def ring(call: Call, *, to: str = BOBS_SEAT, directory: StaffEntry | None = BOB, errand: str = "", **words: Any) -> Leg:
    """Ring Bob for a call, unless said otherwise."""
    return dialing.dial_staff(
        call=call,
        to=to,
        directory=directory,
        errand=errand or f"offer:{given.a_sid('')}",
        url="/twilio/offer/abc/",
        status_callback="/twilio/offer/abc/status/",
        by="system",
        now=timezone.now(),
        **words,
    )


def refused(call: Call, **words: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        ring(call, **words)
    return refusal.value


# --- what is permitted ---


def test_bob_is_rung_and_the_books_say_so(carrier: Carrier) -> None:
    call = given.a_call()
    leg = ring(call, errand="offer:abc")
    assert (leg.call, leg.role, leg.label, leg.to_address, leg.from_address) == (
        call,
        LegRole.AGENT,
        "agent-7",
        BOBS_SEAT,
        given.OURS,
    )
    permit = DialPermit.objects.get()
    assert (leg.permit, permit.state, permit.leg_sid, permit.errand_ref) == (
        permit,
        "confirmed",
        leg.leg_sid,
        "offer:abc",
    )
    decision = DialDecision.objects.get()
    assert (decision.outcome, decision.code, decision.subject_ref) == ("allow", "", f"call:{call.pk}")
    (dial,) = carrier.dials
    assert (dial["To"], dial["From"]) == (BOBS_SEAT, given.OURS)
