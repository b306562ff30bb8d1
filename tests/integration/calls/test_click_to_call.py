"""One of us calls somebody: their own telephone first, then the person; and nobody is left alone on the line."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from agents.models import Agent
from calls.carrier import callbacks
from calls.control import click_to_call, rooms
from calls.control.click_to_call import UnableToPlace
from calls.lifecycle import EndedReason, LegRole, Phase
from calls.models import Call, Leg, Number, OutgoingCall
from calls.models.conference import name_of
from compliance import opt_out
from compliance.verdict import SENTENCES, Code, Purpose
from tests import desks, given
from tests.carrier_on_loopback import Carrier
from tests.given import CAROL, NOON, OURS
from tests.integration.calls.placing import ended, ours, post

pytestmark = pytest.mark.django_db(transaction=True)
# Noon in London is four in the morning where Carol's number is at home; this is late in her morning.
DAY = NOON + timedelta(hours=7)
BOBS_PHONE = "+14155550171"


@pytest.fixture
def bob() -> Agent:
    agent = desks.a_seat(given.bob())
    Agent.objects.filter(pk=agent.pk).update(seat="phone", phone_e164=BOBS_PHONE)
    agent.refresh_from_db()
    return agent


def place(bob: Agent, **how: Any) -> Call:
    number = Number.objects.filter(e164=OURS).first() or given.a_number()
    wanted = {"to": CAROL, "number": number, "purpose": Purpose.INFORMATIONAL, "seller": "Marlow", "now": DAY} | how
    return click_to_call.place(agent=bob, by="bob@example.com", **wanted)


def joins(call: Call, label: str, leg_sid: str, n: int, *, event: str = "participant-join") -> None:
    """Somebody comes into the room, or leaves it, says the carrier."""
    told = {"ConferenceSid": "CF1", "FriendlyName": name_of(call.pk), "StatusCallbackEvent": event}
    told |= {"SequenceNumber": str(n), "CallSid": leg_sid, "ParticipantLabel": label}
    rooms.keep(callbacks.conference_callback(told), now=timezone.now())


def agent_leg(call: Call) -> Leg:
    return call.legs.get(role=LegRole.AGENT)


def together(bob: Agent, carrier: Carrier) -> tuple[Call, Leg, Leg]:
    """Bob and Carol are in the room."""
    call = place(bob)
    joins(call, bob.label, agent_leg(call).leg_sid, 1)
    click_to_call.drive(call_id=call.pk, now=DAY)
    customer = call.customer_leg()
    assert customer is not None
    post("/twilio/voice/", customer.leg_sid)
    joins(call, "customer", customer.leg_sid, 2)
    click_to_call.drive(call_id=call.pk, now=DAY)
    call.refresh_from_db()
    return call, agent_leg(call), customer


def test_their_own_telephone_rings_first_and_the_person_when_they_are_there(bob: Agent, carrier: Carrier) -> None:
    call = place(bob)
    assert [dial["To"] for dial in carrier.dials] == [BOBS_PHONE]
    click_to_call.drive(call_id=call.pk, now=DAY)
    assert len(carrier.dials) == 1, "nobody is there yet"
    joins(call, bob.label, agent_leg(call).leg_sid, 1)
    for _ in range(2):
        click_to_call.drive(call_id=call.pk, now=DAY)
    assert [dial["To"] for dial in carrier.dials] == [BOBS_PHONE, CAROL]
    assert "MachineDetection" not in carrier.dials[1]
    assert (carrier.dials[1]["From"], ours(call).voice) == (OURS, "human_manual")


def test_the_person_hears_for_whom_and_that_it_is_recorded_and_comes_into_the_room(
    bob: Agent, carrier: Carrier
) -> None:
    call = place(bob)
    joins(call, bob.label, agent_leg(call).leg_sid, 1)
    click_to_call.drive(call_id=call.pk, now=DAY)
    text = post("/twilio/voice/", call.customer_leg().leg_sid)
    assert text.index("<Recording") < text.index("a colleague of Marlow") < text.index("recorded and transcribed")
    assert name_of(call.pk) in text
    assert "AI" not in text


def test_together_they_are_with_an_agent_and_afterwards_nobody_is_left_alone(bob: Agent, carrier: Carrier) -> None:
    call, agents, customer = together(bob, carrier)
    bob.refresh_from_db()
    assert (call.phase, bob.state) == (Phase.WITH_AGENT, Agent.State.ON_CALL)
    ended(customer.leg_sid)
    click_to_call.drive(call_id=call.pk, now=DAY)
    stood = {leg["sid"]: leg["status"] for leg in carrier.legs}
    assert stood[agents.leg_sid] in ("completed", "canceled")
    bob.refresh_from_db()
    assert bob.state == Agent.State.WRAP_UP
    assert ours(call).outcome == "human"


def test_when_the_colleague_hangs_up_the_line_of_the_person_is_released(bob: Agent, carrier: Carrier) -> None:
    call, agents, customer = together(bob, carrier)
    Leg.objects.get(pk=agents.pk).report("completed", at=DAY, source="carrier")
    click_to_call.drive(call_id=call.pk, now=DAY)
    assert {leg["sid"]: leg["status"] for leg in carrier.legs}[customer.leg_sid] in ("completed", "canceled")
    assert "<Hangup" in post("/twilio/outgoing/after/", customer.leg_sid)
    ended(customer.leg_sid)
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.AGENT_ENDED


def test_a_colleague_who_does_not_take_it_rings_nobody(bob: Agent, carrier: Carrier) -> None:
    call = place(bob)
    Leg.objects.get(pk=agent_leg(call).pk).report("no-answer", at=DAY, source="carrier")
    click_to_call.drive(call_id=call.pk, now=DAY)
    call.refresh_from_db()
    bob.refresh_from_db()
    assert (call.phase, call.ended_reason) == (Phase.CLOSED, EndedReason.NOT_DIALLED)
    assert bob.state == Agent.State.AWAY
    assert [dial["To"] for dial in carrier.dials] == [BOBS_PHONE]


def test_every_reason_against_it_is_told_before_anybody_is_rung(bob: Agent, carrier: Carrier) -> None:
    given.a_number()
    opt_out.revoke(number=CAROL, route="admin", by="tests", now=NOON)
    with pytest.raises(UnableToPlace) as refused:
        place(bob, now=NOON)
    assert SENTENCES[Code.QUIET_HOURS] in refused.value.reasons
    assert len(refused.value.reasons) >= 2
    assert "QUIET_HOURS" in refused.value.codes
    bob.refresh_from_db()
    assert (carrier.dials, bob.state, Call.objects.count()) == ([], Agent.State.AVAILABLE, 0)


def test_who_was_free_and_opts_out_meanwhile_is_not_rung_and_the_colleague_is_let_go(
    bob: Agent, carrier: Carrier
) -> None:
    call = place(bob)
    opt_out.revoke(number=CAROL, route="sms", by="tests", now=DAY)
    joins(call, bob.label, agent_leg(call).leg_sid, 1)
    click_to_call.drive(call_id=call.pk, now=DAY)
    assert [dial["To"] for dial in carrier.dials] == [BOBS_PHONE]
    call.refresh_from_db()
    assert (call.phase, call.ended_reason) == (Phase.CLOSED, EndedReason.NOT_DIALLED)
    assert call.events.get(kind="not_dialled").data["why"]


def test_nobody_is_on_two_calls_and_without_a_number_of_ours_there_is_none(bob: Agent, carrier: Carrier) -> None:
    place(bob)
    with pytest.raises(UnableToPlace, match="already"):
        place(bob, to="+14155552672")
    with pytest.raises(UnableToPlace, match="no number of ours"):
        place(bob, number=None)
    assert OutgoingCall.objects.count() == 1


def test_a_telephone_that_cannot_be_rung_leaves_its_owner_free(bob: Agent, carrier: Carrier) -> None:
    carrier.manner = "refuses"
    with pytest.raises(UnableToPlace, match="Your own telephone cannot be rung"):
        place(bob)
    bob.refresh_from_db()
    assert bob.state == Agent.State.AVAILABLE
    assert Call.objects.get().phase == Phase.CLOSED
