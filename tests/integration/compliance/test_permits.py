"""The books of the gate, as the database itself keeps them."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from compliance import gate
from compliance.models import DialDecision, DialPermit
from compliance.verdict import PERMIT_MOVES, DialRequest, DoorFacts, PermitState, Purpose, StaffEntry

pytestmark = pytest.mark.django_db(transaction=True)
BOB, OURS = "client:agent-7", "+14155550100"


def a_permit(to: str = BOB, *, errand: str = "") -> DialPermit:
    request = DialRequest(to, Purpose.STAFF, OURS, subject="call:1", errand=errand)
    door = DoorFacts(StaffEntry(to, "agent-7"), is_caller_id_ours=True, live_legs=0, regions=("US",))
    with transaction.atomic():
        gate.take_turn(request, default_region="US")
        verdict = gate.authorize(request, door, timezone.now())
    assert isinstance(verdict, gate.Allowed)
    return verdict.permit


def put(permit: DialPermit, **fields: Any) -> None:
    with transaction.atomic():
        DialPermit.objects.filter(pk=permit.pk).update(**fields)


def in_state(state: PermitState) -> DialPermit:
    """A permit that has come there by its own moves."""
    permit = a_permit(f"client:{state}")
    if state is not PermitState.ISSUED:
        assert permit.spend()
    assert {
        PermitState.CONFIRMED: lambda: permit.confirm("CA1"),
        PermitState.VOID: lambda: permit.void("refused"),
        PermitState.UNKNOWN: lambda: permit.lose("no answer"),
    }.get(state, lambda: True)()
    permit.refresh_from_db()
    assert permit.state == state
    return permit


@pytest.mark.parametrize("state", list(PermitState))
@pytest.mark.parametrize("after", list(PermitState))
def test_a_permit_makes_its_own_moves_and_no_other(state: PermitState, after: PermitState) -> None:
    permit = in_state(state)
    if state is after:
        return
    if (state, after) in PERMIT_MOVES:
        put(permit, state=after)
    else:
        with pytest.raises(DatabaseError, match=f"does not go from {state} to {after}"):
            put(permit, state=after)


def test_a_permit_begins_as_issued() -> None:
    permit = a_permit()
    permit.pk, permit.state = None, PermitState.SENT
    with pytest.raises(DatabaseError, match="begins as issued"):
        permit.save(force_insert=True)


@pytest.mark.parametrize(
    "fields", [{"number": "+19005550101"}, {"caller_id": "+14155559999"}, {"errand_ref": "offer:2"}], ids=str
)
def test_what_a_permit_is_for_cannot_be_changed(fields: dict[str, str]) -> None:
    with pytest.raises(DatabaseError, match="cannot be changed"):
        put(a_permit(), **fields)


def test_its_life_cannot_be_made_longer_nor_an_expired_one_be_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.models.permit.LIFE", timezone.timedelta(0))
    permit = a_permit()
    assert not permit.spend()
    with pytest.raises(DatabaseError, match="has expired"):
        put(permit, state="sent", sent_at=timezone.now())
    with pytest.raises(DatabaseError, match="cannot be changed"):
        put(permit, expires_at=timezone.now() + timezone.timedelta(hours=1))


def test_one_that_was_never_spent_has_no_leg() -> None:
    permit = a_permit()
    put(permit, state="void")
    assert not permit.confirm("CA1")
    with pytest.raises(DatabaseError, match="never spent"):
        put(permit, state="confirmed")


def test_a_number_has_one_open_permit_whoever_writes_it() -> None:
    permit = a_permit()
    with pytest.raises(IntegrityError, match="one_open_permit_per_number"):
        DialPermit.issue(decision=a_copy(permit.decision), label="")
    permit.spend()
    permit.confirm("CA1")
    assert DialPermit.issue(decision=a_copy(permit.decision), label="").state == "issued"


def test_an_errand_has_one_permit_that_came_to_something() -> None:
    permit = a_permit(errand="offer:1")
    permit.spend()
    permit.confirm("CA1")
    with pytest.raises(IntegrityError, match="an_errand_is_dialled_once"):
        DialPermit.issue(decision=a_copy(permit.decision), label="")


def a_copy(decision: DialDecision) -> DialDecision:
    decision.pk = None
    decision.save(force_insert=True)
    return decision


def test_a_decision_is_never_changed() -> None:
    decision = a_permit().decision
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DialDecision.objects.filter(pk=decision.pk).update(outcome="deny")
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        cursor.execute("UPDATE compliance_dialdecision SET code = 'NOTHING'")
