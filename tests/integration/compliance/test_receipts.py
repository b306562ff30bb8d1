"""Receipts: every decision is chained, whoever changes one is found out, and asked again the answer is the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from compliance import gate, receipts, replay
from compliance.encrypted import keyed_hash
from compliance.models import AuditEntry, DialDecision, ErasedNumber, ReceiptEntry, UnsealedDecision
from compliance.verdict import CampaignFacts, DialRequest, DoorFacts, Purpose, StaffEntry, Voice
from tests import given, receipts_given

pytestmark = pytest.mark.django_db(transaction=True)
BOB, OURS = "client:agent-7", "+14155550100"


def a_decision(to: str = BOB, *, purpose: Purpose = Purpose.STAFF) -> DialDecision:
    """One answer of the gate: yes to Bob's seat the first time, no to whoever is not ours."""
    request = DialRequest(to, purpose, OURS, subject="call:1")
    door = DoorFacts(StaffEntry(BOB, "agent-7"), is_caller_id_ours=True, live_legs=0, regions=("US",))
    with transaction.atomic():
        gate.take_turn(request, default_region="US")
        gate.authorize(request, door, timezone.now())
    return DialDecision.objects.latest("pk")


def sealed(n: int = 3) -> list[DialDecision]:
    found = [a_decision() for _ in range(n)]
    assert receipts.seal(now=timezone.now()) == n
    return found


def wrong() -> list[str]:
    return [finding.sentence for finding in receipts.Check()]


def tamper(*statements: str) -> None:
    """As somebody would who owns the database and switches its guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_a_decision_keeps_what_it_was_made_on() -> None:
    decision = a_decision(given.CAROL)
    assert decision.checks["NOT_IN_DIRECTORY"] == "refuses"
    assert decision.checks["CALLER_ID_INVALID"] == "clear"
    assert list(decision.local_times) == ["America/Los_Angeles"]
    assert decision.software.startswith("0.1.0+")
    assert decision.tzdata
    assert decision.library.startswith("phonenumbers ")
    assert decision.facts["door"]["regions"] == ["US"]
    assert a_decision("+1800").checks["KILL_SWITCH"] == "not asked"


def test_decisions_are_chained_in_their_order_and_none_twice() -> None:
    made = sealed()
    entries = list(ReceiptEntry.objects.order_by("position"))
    assert [entry.decision_ref for entry in entries] == [one.pk for one in made]
    assert [entry.previous for entry in entries[1:]] == [entry.sha256 for entry in entries[:-1]]
    assert receipts.seal(now=timezone.now()) == 0
    assert not UnsealedDecision.objects.exists()
    assert wrong() == []


def test_several_seal_at_once_and_one_chain_comes_of_it() -> None:
    for _ in range(30):
        a_decision()

    def go(_: int) -> int:
        try:
            return receipts.seal_all(now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(go, range(4))) == 30
    assert wrong() == []
    assert ReceiptEntry.objects.count() == 30


def test_the_end_of_a_day_is_known_outside_the_chain() -> None:
    sealed(2)
    last = ReceiptEntry.last()
    a_decision()
    receipts.seal(now=timezone.now() + timedelta(days=1))
    note = AuditEntry.objects.get(act="close_receipts")
    assert note.details == {"entries": last.position, "sha256": last.sha256}
    assert list(receipts.Check(heads={last.position: last.sha256})) == []
    assert [f.sentence for f in receipts.Check(heads={last.position: "0" * 64})] == [
        f"Entry {last.position} is not the one whose hash was kept elsewhere."
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE compliance_receiptentry SET day = day - 1",
        "DELETE FROM compliance_receiptentry",
        "DELETE FROM compliance_dialdecision",
        "UPDATE compliance_dialdecision SET number = ''",
        "SET LOCAL compliance.may = 'erase'; UPDATE compliance_dialdecision SET outcome = 'deny'",
    ],
)
def test_the_database_refuses_to_change_or_delete(change: str) -> None:
    sealed(1)
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        cursor.execute(change)


def test_a_changed_decision_is_found() -> None:
    _, second, _ = sealed()
    tamper(f"UPDATE compliance_dialdecision SET outcome = 'allow', code = '' WHERE id = {second.pk}")
    assert wrong() == [f"Decision {second.pk} was changed after it was chained."]


def test_a_deleted_decision_is_found() -> None:
    _, second, _ = sealed()
    tamper(f"DELETE FROM compliance_dialdecision WHERE id = {second.pk}")
    assert wrong() == [f"Decision {second.pk} was deleted, and no entry says that its time was over."]


def test_an_inserted_decision_is_found() -> None:
    first, *_ = sealed()
    first.pk = None
    first.save(force_insert=True)
    assert wrong() == [f"Decision {first.pk} stands in no entry of the chain: it was put in afterwards."]


def test_a_deleted_entry_is_found() -> None:
    _, second, _ = sealed()
    tamper(f"DELETE FROM compliance_receiptentry WHERE decision_ref = {second.pk}")
    assert wrong()[0] == "Before entry 3, entry 2 is missing."


def test_entries_that_changed_places_are_found() -> None:
    sealed()
    tamper(
        "UPDATE compliance_receiptentry SET position = -2 WHERE position = 2",
        "UPDATE compliance_receiptentry SET position = 2 WHERE position = 3",
        "UPDATE compliance_receiptentry SET position = 3 WHERE position = -2",
    )
    assert "Entry 2 is not what its own hash says." in wrong()


def test_the_command_says_what_is_wrong_and_ends_with_a_code() -> None:
    a_decision()
    out = StringIO()
    call_command("verify_receipts", stdout=out)
    assert "1 entries, 1 decisions looked at, 0 faults." in out.getvalue()
    assert "1 decisions asked again gave the same answer, 0 another." in out.getvalue()
    tamper("UPDATE compliance_dialdecision SET code = 'NOTHING'")
    with pytest.raises(SystemExit) as end:
        call_command("verify_receipts", stdout=out)
    assert end.value.code == 1
    assert "was changed after it was chained" in out.getvalue()


def test_asked_again_a_changed_answer_shows() -> None:
    decision = a_decision(given.CAROL)
    assert replay.again(decision).why == ""
    tamper(f"UPDATE compliance_dialdecision SET outcome = 'allow', reasons = '[]' WHERE id = {decision.pk}")
    decision.refresh_from_db()
    assert replay.again(decision).why.startswith('then {"codes":[],"outcome":"allow"')


def test_what_cannot_be_asked_again_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("compliance.facts.gather", broken)
    assert replay.again(a_decision()).why == "the facts were not to be had then"


def a_customer(**fields: Any) -> DialDecision:
    """An answer about Carol, with everything that can be known of somebody."""
    receipts_given.a_consent()
    receipts_given.a_stop()
    request = DialRequest(given.CAROL, Purpose.TELEMARKETING, OURS, subject="call:1", voice=Voice.AI, seller="Marlow")
    pool = CampaignFacts((OURS,), abandoned_pct=1.5)
    door = DoorFacts(None, is_caller_id_ours=True, live_legs=0, regions=("US",), campaign=pool)
    with transaction.atomic():
        gate.take_turn(request, default_region="US")
        gate.authorize(request, door, timezone.now())
    return DialDecision.objects.latest("pk")


def test_a_customers_decision_names_its_law_and_asked_again_gives_the_same_bytes() -> None:
    decision = a_customer()
    assert decision.facts["customer"]["consents"][0]["text_sha256"] is not None
    assert len(decision.ruleset_sha256) == 64
    assert decision.checks["INTERNAL_DNC"] == decision.checks["CONSENT_REVOKED"] == "refuses"
    assert replay.again(decision) == replay.Again(decision.pk, True)


def test_a_law_that_is_not_the_one_of_then_is_not_asked() -> None:
    decision = a_customer()
    tamper(f"UPDATE compliance_dialdecision SET ruleset_sha256 = '{'f' * 64}' WHERE id = {decision.pk}")
    decision.refresh_from_db()
    assert replay.again(decision).why.startswith("its law is not here any more")


def test_an_erased_number_is_not_called_although_nobody_here_knows_it() -> None:
    ErasedNumber.keep(number_hash=keyed_hash(given.CAROL), bars_everything=True, now=timezone.now())
    request = DialRequest(given.CAROL, Purpose.INFORMATIONAL, OURS, subject="call:1")
    door = DoorFacts(None, is_caller_id_ours=True, live_legs=0, regions=("US",))
    assert "INTERNAL_DNC" in [reason.code for reason in gate.assess(request, door, timezone.now()).reasons]
