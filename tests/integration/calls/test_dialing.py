"""The door: what is permitted rings once, whatever the carrier makes of it, and stands in the books."""

import threading

import pytest
from django.db import DatabaseError
from django.utils import timezone

from calls.carrier import rest
from calls.control import dialing
from calls.control.dialing import Refused, UnableToDial
from calls.lifecycle import CallFact, LegRole, LegStatus, Phase
from calls.models import Call, Leg
from compliance.models import DialDecision, DialPermit
from compliance.verdict import Code, StaffEntry
from tests import given
from tests.carrier_on_loopback import Carrier
from tests.integration.calls.at_the_door import BOBS_SEAT, a_permit, in_threads, refused, ring

pytestmark = pytest.mark.django_db(transaction=True)


# --- what is permitted ---


def test_bob_is_rung_and_the_books_say_so(carrier: Carrier) -> None:
    call = given.a_call()
    leg = ring(call, errand="offer:abc")
    assert (leg.call, leg.role, leg.label) == (call, LegRole.AGENT, "agent-7")
    assert (leg.to_address, leg.from_address, leg.status) == (BOBS_SEAT, given.OURS, LegStatus.QUEUED)
    permit = DialPermit.objects.get()
    assert (leg.permit, permit.state, permit.leg_sid) == (permit, "confirmed", leg.leg_sid)
    decision = DialDecision.objects.get()
    assert (decision.outcome, decision.code, decision.reasons) == ("allow", "", [])
    assert (decision.subject_ref, decision.errand_ref) == (f"call:{call.pk}", "offer:abc")
    assert decision.facts["door"]["directory"]["label"] == "agent-7"
    assert [(dial["To"], dial["From"]) for dial in carrier.dials] == [(BOBS_SEAT, given.OURS)]


def test_bob_can_be_rung_again_when_the_first_attempt_is_over(carrier: Carrier) -> None:
    call = given.a_call()
    first = ring(call)
    assert refused(ring, call).code is Code.IN_FLIGHT
    first.report("no-answer", at=timezone.now(), source="carrier")
    assert ring(call).pk != first.pk
    assert len(carrier.dials) == 2


def test_an_agents_end_is_not_the_calls(carrier: Carrier) -> None:
    call = given.a_call()
    call.advance(CallFact.STREAM_OPENED, at=timezone.now(), source="carrier")
    ring(call).report("completed", at=timezone.now(), source="carrier")
    call.refresh_from_db()
    assert call.phase == Phase.WITH_ASSISTANT
    assert call.customer_leg().from_address == given.CAROL


def test_a_listener_takes_a_muted_seat(carrier: Carrier) -> None:
    leg = dialing.seat_staff(
        call=given.a_call(),
        to="sip:alice@example.com",
        directory=StaffEntry("sip:alice@example.com", "supervisor-1"),
        errand="listen:1",
        room="call-1",
        status_callback="/twilio/seat/1/status/",
        is_muted=True,
        by="alice@example.com",
        now=timezone.now(),
    )
    assert (leg.role, leg.label) == (LegRole.SUPERVISOR, "supervisor-1")
    assert [(d["Muted"], d["StartConferenceOnEnter"], d["Label"]) for d in carrier.dials] == [
        ("true", "false", "supervisor-1")
    ]


# --- once ---


def test_one_of_many_rings_bob(carrier: Carrier) -> None:
    call = given.a_call()
    carrier.meanwhile = threading.Event()

    def let_go() -> None:
        carrier.has_begun.wait(10)
        carrier.meanwhile.set()

    threading.Thread(target=let_go).start()
    answers = in_threads(lambda _: ring(call), 6)
    assert sum(isinstance(answer, Leg) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, Refused)} == {Code.IN_FLIGHT}
    assert len(carrier.dials) == 1
    assert DialPermit.objects.count() == 1
    assert DialDecision.objects.count() == 6


def test_an_errand_is_dialled_once_even_when_the_attempt_is_over(carrier: Carrier) -> None:
    call = given.a_call()
    ring(call, errand="offer:1").report("busy", at=timezone.now(), source="carrier")
    assert refused(ring, call, errand="offer:1").code is Code.ALREADY_DIALLED
    assert len(carrier.dials) == 1


def test_a_permit_is_spent_by_one_of_many_and_only_one_dials(carrier: Carrier) -> None:
    permit = a_permit()
    spent = in_threads(lambda _: DialPermit.objects.get(pk=permit.pk).spend(), 8)
    assert sorted(spent) == [False] * 7 + [True]


def test_a_permit_that_has_expired_is_worth_nothing(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.models.permit.LIFE", timezone.timedelta(0))
    call = given.a_call()
    with pytest.raises(UnableToDial) as problem:
        ring(call)
    assert not problem.value.may_ring
    assert carrier.asked == []
    monkeypatch.undo()
    assert ring(call).leg_sid, "and it does not keep the number"
    assert set(DialPermit.objects.values_list("state", "outcome_note")) == {
        ("void", "not used in time"),
        ("confirmed", ""),
    }


# --- what the carrier says ---


def test_what_the_carrier_refuses_may_be_tried_again(carrier: Carrier) -> None:
    carrier.manner = "refuses"
    call = given.a_call()
    with pytest.raises(UnableToDial, match="no number") as problem:
        ring(call, errand="offer:1")
    assert not problem.value.may_ring
    assert DialPermit.objects.get().state == "void"
    carrier.manner = "takes"
    assert ring(call, errand="offer:1").leg_sid


def test_a_lost_answer_keeps_the_number_from_being_rung_again(carrier: Carrier) -> None:
    carrier.manner = "loses"
    call = given.a_call()
    with pytest.raises(UnableToDial) as problem:
        ring(call)
    assert problem.value.may_ring
    assert DialPermit.objects.get().state == "unknown"
    carrier.manner = "takes"
    assert refused(ring, call).code is Code.IN_FLIGHT
    assert len(carrier.dials) == 1


def test_a_leg_that_the_books_did_not_take_is_not_forgotten(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseError("away")

    call = given.a_call()
    monkeypatch.setattr(Call, "dialled", away)
    with pytest.raises(UnableToDial) as problem:
        ring(call)
    assert problem.value.may_ring
    assert DialPermit.objects.get().state == "sent"
    assert rest.dialled_legs(to=BOBS_SEAT, from_=given.OURS)
