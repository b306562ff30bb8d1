"""Somebody wants no more calls: kept and in force in one transaction."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from compliance import gate, opt_out
from compliance.metrics import OPT_OUTS_LATE
from compliance.models import AuditEntry, ConsentRecord, DialPermit, Revocation, SuppressionEntry
from compliance.verdict import Code, DialRequest, DoorFacts, Outcome, PermitState, Purpose, StaffEntry, Voice
from tests.consents import a_signed_consent
from tests.given import CAROL, NOON, OURS

pytestmark = pytest.mark.django_db


def revoke(**given: Any) -> opt_out.Revoked:
    return opt_out.revoke(**({"number": CAROL, "route": "speech", "by": "caller", "now": NOON} | given))


def a_permit() -> DialPermit:
    request = DialRequest(CAROL, Purpose.STAFF, OURS, subject="call:1")
    door = DoorFacts(StaffEntry(CAROL, "agent-7"), is_caller_id_ours=True, live_legs=0, regions=("US",))
    with transaction.atomic():
        gate.take_turn(request, default_region="US")
        verdict = gate.authorize(request, door, timezone.now())
    assert isinstance(verdict, gate.Allowed)
    return verdict.permit


def test_it_is_kept_listed_and_noted_at_once() -> None:
    done = revoke(number="(415) 555-2671", said="Stop\0 calling   me", subject_ref="call:7", person_name="Carol")
    kept = Revocation.objects.get()
    assert done.is_new
    assert (kept.number, kept.scope, kept.said, kept.subject_ref) == (CAROL, "all", "Stop calling me", "call:7")
    assert kept.honour_by == date(2026, 12, 7)
    assert not kept.is_late
    (entry,) = SuppressionEntry.in_force(CAROL)
    assert (entry.scope, entry.source, entry.reason, entry.person_name) == ("all", "speech", "Stop calling me", "Carol")
    noted = AuditEntry.objects.get(act="opt_out")
    assert (noted.subject_ref, noted.actor_ref) == (f"revocation:{kept.pk}", "caller")
    assert CAROL not in str(noted.details), "the audit log names no number"


def test_the_same_wish_of_the_same_call_is_kept_once() -> None:
    first = revoke(subject_ref="call:7")
    again = revoke(subject_ref="call:7", said="and I'll report you", needs_review=True)
    assert (again.revocation, again.is_new) == (first.revocation, False)
    assert again.revocation.needs_review, "but it is read, when the second time was an angry one"
    other = revoke(subject_ref="call:7", route="key")
    assert other.is_new
    assert SuppressionEntry.objects.count() == 1


def test_without_a_subject_every_wish_is_kept() -> None:
    revoke(route="web")
    revoke(route="web")
    assert Revocation.objects.count() == 2
    assert SuppressionEntry.objects.count() == 1


def test_a_topic_ends_its_consent_and_bars_no_number() -> None:
    revoke(scope="topic", topic="tents")
    assert SuppressionEntry.objects.count() == 0
    revoke(scope="marketing")
    assert [entry.scope for entry in SuppressionEntry.in_force(CAROL)] == ["marketing"]


@pytest.mark.parametrize("number", ["", "anonymous", "911911911911911911", "client:bob", "+266696687"])
def test_who_hides_their_number_cannot_be_listed(number: str) -> None:
    with pytest.raises(opt_out.UnableToRevoke):
        revoke(number=number)
    assert Revocation.objects.count() == 0


def test_permits_nobody_has_used_are_worth_nothing_any_more() -> None:
    permit = a_permit()
    assert revoke().voided == 1
    permit.refresh_from_db()
    assert permit.state == PermitState.VOID
    assert not permit.spend()


def test_a_permit_that_was_used_stays_what_it_is() -> None:
    permit = a_permit()
    assert permit.spend()
    assert revoke().voided == 0
    permit.refresh_from_db()
    assert permit.state == PermitState.SENT


@pytest.mark.django_db(transaction=True)
def test_whoever_decides_meanwhile_decides_after_it() -> None:
    """A dial that waits for its turn while a stop is being written sees it: two transactions, one after the other."""
    seen: list[bool] = []
    is_waiting = threading.Event()

    def decide() -> None:
        try:
            with transaction.atomic():
                is_waiting.set()
                DialPermit.take_turn(CAROL)
                seen.append(bool(SuppressionEntry.in_force(CAROL)))
        finally:
            connection.close()

    other = threading.Thread(target=decide)
    with transaction.atomic():
        revoke()
        other.start()
        assert is_waiting.wait(5)
        with connection.cursor() as cursor:
            for _ in range(2000):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                if cursor.fetchone()[0]:
                    break
        assert seen == [], "it waits for the number's turn"
    other.join(5)
    assert seen == [True]


def test_the_gate_says_no_from_then_on_whatever_was_agreed_before() -> None:
    a_signed_consent()
    request = DialRequest(
        CAROL, Purpose.TELEMARKETING, OURS, subject="attempt:1", voice=Voice.AI, seller="Marlow Outdoor", topic="tents"
    )
    door = DoorFacts(None, is_caller_id_ours=True, live_legs=0, regions=("US",))
    noon = NOON.replace(hour=20)
    before = {reason.code for reason in gate.assess(request, door, noon).reasons}
    revoke()
    after = gate.assess(request, door, noon)
    assert {reason.code for reason in after.reasons} - before == {Code.INTERNAL_DNC, Code.CONSENT_REVOKED}
    assert after.outcome is Outcome.DENY


def test_from_word_to_commit_it_takes_less_than_two_seconds() -> None:
    took = []
    for count in range(100):
        began = timezone.now()
        revoke(number=f"+1415555{2000 + count}", subject_ref=f"call:{count}")
        took.append(timezone.now() - began)
    assert sorted(took)[98] < timedelta(seconds=2)


def test_a_person_lifts_it_for_a_reason() -> None:
    revoke()
    (entry,) = SuppressionEntry.in_force(CAROL)
    with pytest.raises(ValueError, match="for a reason"):
        opt_out.lift(entry=entry, why=" ", by="alice@example.com", now=NOON)
    assert opt_out.lift(entry=entry, why="She asked us in writing", by="alice@example.com", now=NOON)
    assert not opt_out.lift(entry=entry, why="again", by="alice@example.com", now=NOON)
    assert SuppressionEntry.in_force(CAROL) == []
    assert AuditEntry.objects.filter(act="lift_suppression").count() == 1
    assert revoke().is_new
    assert SuppressionEntry.objects.count() == 2, "a new wish is a new entry"


def test_what_was_read_was_read_by_somebody() -> None:
    kept = revoke(needs_review=True).revocation
    assert kept.review(by="alice@example.com", now=NOON)
    assert not kept.review(by="bob@example.com", now=NOON)
    assert kept.reviewed_by_ref == "alice@example.com"


def changed(row: Any, **fields: Any) -> None:
    with transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**fields)


def test_the_database_keeps_all_of_it_as_it_was() -> None:
    consent, kept = a_signed_consent(), revoke(needs_review=True).revocation
    (entry,) = SuppressionEntry.in_force(CAROL)
    for row, fields, why in (
        (consent, {"topic": "boats"}, "append-only"),
        (kept, {"scope": "marketing"}, "not changed"),
        (kept, {"needs_review": False}, "until somebody has read it"),
        (entry, {"number": OURS}, "not changed"),
        (entry, {"lifted_at": NOON}, "for a reason"),
    ):
        with pytest.raises(DatabaseError, match=why):
            changed(row, **fields)
    changed(kept, reviewed_at=NOON, reviewed_by_ref="alice@example.com")
    with pytest.raises(DatabaseError, match="reviewed once"):
        changed(kept, reviewed_by_ref="bob@example.com")
    entry.lift(why="a mistake", by="alice@example.com", now=NOON)
    with pytest.raises(DatabaseError, match="lifted once"):
        changed(entry, lifted_at=None)


def test_records_of_a_number_newest_first() -> None:
    old = a_signed_consent()
    undated = a_signed_consent(captured_at=None)
    new = a_signed_consent(captured_at=NOON + timedelta(days=1))
    assert ConsentRecord.of_number(CAROL) == [new, old, undated]
    assert new.problems(number=CAROL, seller="Marlow Outdoor Inc") == ()
    first, second = revoke(), revoke(now=NOON + timedelta(days=1))
    assert Revocation.of_number(CAROL) == [second.revocation, first.revocation]


def test_what_a_person_enters_too_late_is_counted(django_capture_on_commit_callbacks: Any) -> None:
    before = OPT_OUTS_LATE._value.get()
    with django_capture_on_commit_callbacks(execute=True):
        done = revoke(received_at=NOON - timedelta(days=30))
    assert done.revocation.is_late
    assert not revoke(number=OURS, received_at=NOON - timedelta(days=3)).revocation.is_late
    assert OPT_OUTS_LATE._value.get() == before + 1
