"""The door: what is refused does not ring, whoever asks, and stands in the books with its reasons."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from agents.models import TransferDestination
from calls.control import dialing
from calls.control.dialing import UnableToDial
from calls.lifecycle import LegRole
from calls.models import Call
from compliance import facts, gate
from compliance.models import DialDecision, DialPermit, OutboundSwitch
from compliance.verdict import Code, Outcome, StaffEntry
from tests import given
from tests.carrier_on_loopback import Carrier
from tests.integration.calls.at_the_door import BOB, BOBS_SEAT, DESK, refused, ring, ring_desk

pytestmark = pytest.mark.django_db(transaction=True)


# --- what is refused ---


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"directory": None}, Code.NOT_IN_DIRECTORY),
        ({"directory": StaffEntry(BOBS_SEAT, "agent-7", is_allowed=False)}, Code.NOT_IN_DIRECTORY),
        ({"to": "client:agent-8"}, Code.NOT_IN_DIRECTORY),
        ({"to": "+19005550101", "directory": StaffEntry("+19005550101", "agent-7")}, Code.NUMBER_TYPE_BLOCKED),
        ({"to": "+442079460958", "directory": StaffEntry("+442079460958", "agent-7")}, Code.COUNTRY_NOT_ALLOWED),
        ({"to": "whatsapp:+14155550101"}, Code.CHANNEL_UNSUPPORTED),
        ({"to": "Carol\0\0"}, Code.NUMBER_INVALID),
        ({"to": "9" * 3000}, Code.NUMBER_INVALID),
    ],
    ids=str,
)
def test_a_refusal_is_written_down_and_nobody_is_asked(carrier: Carrier, words: dict[str, Any], code: Code) -> None:
    refusal = refused(ring, given.a_call(), **words)
    assert (refusal.code, refusal.is_deferred) == (code, False)
    assert str(refusal).endswith(".")
    decision = DialDecision.objects.get()
    assert (decision.outcome, decision.code, decision.reasons[0]["sentence"]) == ("deny", code, str(refusal))
    assert not DialPermit.objects.exists()
    assert carrier.asked == []


def test_a_number_that_is_not_ours_is_not_shown(carrier: Carrier) -> None:
    call = given.a_call()
    Call.objects.filter(pk=call.pk).update(number=None, our_address="+14155559999")
    assert refused(ring, Call.objects.get(pk=call.pk)).code is Code.CALLER_ID_INVALID


def test_the_switch_stops_everything_and_lets_go_again(carrier: Carrier) -> None:
    call, switch = given.a_call(), OutboundSwitch.objects.get()
    switch.turn(is_off=True, reason="fraud", by="alice@example.com", now=timezone.now())
    refusal = refused(ring, call)
    assert (refusal.code, refusal.is_deferred, refusal.until) == (Code.KILL_SWITCH, True, None)
    switch.turn(is_off=False, reason="", by="alice@example.com", now=timezone.now())
    assert ring(call).leg_sid


def test_the_switch_counts_until_the_last_moment(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    authorize = gate.authorize

    def switched_off_meanwhile(*words: Any) -> Any:
        verdict = authorize(*words)
        OutboundSwitch.objects.update(is_off=True)
        return verdict

    monkeypatch.setattr(gate, "authorize", switched_off_meanwhile)
    with pytest.raises(UnableToDial, match="switched off"):
        ring(given.a_call())
    assert carrier.asked == []


def test_a_switch_that_is_missing_is_a_doubt(carrier: Carrier) -> None:
    OutboundSwitch.objects.all().delete()
    assert refused(ring, given.a_call()).code is Code.KILL_SWITCH


@pytest.mark.parametrize("error", [ZeroDivisionError("a fault"), DatabaseError("a query")], ids=str)
def test_a_gate_that_fails_refuses_and_says_so_in_the_books(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        with connection.cursor() as cursor:
            if isinstance(error, DatabaseError):
                cursor.execute("SELECT no_such_column")
        raise error

    monkeypatch.setattr(facts, "gather", fail)
    assert refused(ring, given.a_call()).code is Code.UNDECIDED
    decision = DialDecision.objects.get()
    assert (decision.outcome, decision.code, decision.facts) == ("deny", "UNDECIDED", None)
    assert carrier.asked == []


def test_without_books_nobody_is_rung(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise DatabaseError("away")

    call = given.a_call()
    monkeypatch.setattr(DialDecision, "keep", away)
    assert refused(ring, call).code is Code.UNDECIDED
    assert carrier.asked == []


def test_nobody_dials_inside_a_transaction(carrier: Carrier) -> None:
    call = given.a_call()
    with pytest.raises(RuntimeError), transaction.atomic():
        ring(call)
    assert carrier.asked == []


# --- the transfer directory ---


def test_a_destination_of_the_directory_joins_the_conference(carrier: Carrier) -> None:
    TransferDestination.objects.create(name="Billing partner", address=DESK)
    call = given.a_call()
    leg = ring_desk(call, to="(212) 555-0150")
    assert (leg.role, leg.label, leg.to_address) == (LegRole.THIRD, "third-1", DESK)
    assert carrier.asked[0][0].endswith(f"/Conferences/call-{call.pk}/Participants.json")


@pytest.mark.parametrize("is_listed", [False, True])
def test_a_number_that_is_not_listed_or_not_allowed_is_refused(carrier: Carrier, is_listed: bool) -> None:
    if is_listed:
        TransferDestination.objects.create(name="Old desk", address=DESK, is_allowed=False)
    refusal = refused(ring_desk, given.a_call())
    assert refusal.code is Code.NOT_IN_DIRECTORY
    assert "not in the directory" in str(refusal)
    assert carrier.asked == []


def test_a_desk_takes_as_many_callers_as_it_has_lines(carrier: Carrier) -> None:
    TransferDestination.objects.create(name="Billing partner", address=DESK, lines=2)
    assert [ring_desk(given.a_call()).status for _ in range(2)] == ["queued", "queued"]
    assert refused(ring_desk, given.a_call()).code is Code.IN_FLIGHT


def test_asking_without_dialling_leaves_no_trace(carrier: Carrier) -> None:
    call, now = given.a_call(), timezone.now()
    assert dialing.assess(call=call, to=BOBS_SEAT, directory=BOB, by="alice", now=now).outcome is Outcome.ALLOW
    stranger = dialing.assess(call=call, to=DESK, by="alice", now=now)
    assert (stranger.outcome, stranger.reasons[0].code) == (Outcome.DENY, Code.NOT_IN_DIRECTORY)
    TransferDestination.objects.create(name="Billing partner", address=DESK)
    assert dialing.assess(call=call, to=DESK, by="alice", now=now).outcome is Outcome.ALLOW
    assert not DialDecision.objects.exists()
    assert not DialPermit.objects.exists()
    assert carrier.asked == []
