"""The gate for customers, through the real tables: what is on file decides, at that moment, and is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from compliance import consent_check, facts, gate, law, opt_out, replay
from compliance.models import (
    ConsentRecord,
    DialDecision,
    DialPermit,
    NumberList,
    NumberListCopy,
    Person,
    RuleRow,
    StateSwitch,
    SuppressionEntry,
)
from compliance.verdict import CampaignFacts, Code, DialRequest, DoorFacts, PermitState, Purpose, Voice
from tests.unit.compliance.test_cases import CASES

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)  # Tuesday, ten in the morning in New York
CAROL, OURS, SELLER, TOPIC = "+12125550101", "+14155550100", "Acme Home Energy, Inc.", "solar panels"
US = ("US", "PR", "GU", "VI", "AS", "MP")
DOOR = DoorFacts(None, is_caller_id_ours=True, live_legs=0, regions=US, campaign=CampaignFacts((OURS,)))
SALE = DialRequest(
    CAROL, Purpose.TELEMARKETING, OURS, subject="call:1", voice=Voice.AI, seller=SELLER, topic=TOPIC, by="system"
)


def signed(*, at: datetime = NOW - timedelta(days=10), **changes: Any) -> ConsentRecord:
    """Carol has signed."""
    text = consent_check.wording(SELLER)
    fields: dict[str, Any] = {
        "number": CAROL, "kind": "written", "channels": ["voice"], "sellers": [SELLER],
        "purposes": ["telemarketing", "informational"], "topic": TOPIC, "captured_at": at, "zone": "America/New_York",
        "signature": "Carol Example", "signature_event": "typed_name", "text": text, "text_version": "3",
        "text_sha256": consent_check.sha256_of(text), "is_separate": True, "method": "web form",
        "source": "https://acme.example/solar", "ip_address": "192.0.2.1", "user_agent": "Firefox",
        "evidence_sha256": "0" * 64,
    }  # fmt: skip
    return ConsentRecord.record(by="system", now=at, **(fields | changes))


def a_registry(*, at: datetime = NOW - timedelta(days=5)) -> None:
    of = NumberList.objects.create(name="The registry", kind="national")
    NumberListCopy.objects.create(
        of=of, state="in_force", version_date=at.date(), retrieved_at=at, created_by_ref="system"
    )


@pytest.fixture(autouse=True)
def books() -> None:
    a_registry()


def asked(request: DialRequest = SALE, *, now: datetime = NOW, door: DoorFacts = DOOR) -> gate.Verdict:
    with transaction.atomic():
        gate.take_turn(request, default_region="US")
        return gate.authorize(request, door, now)


def code_of(verdict: gate.Verdict) -> str:
    return "OK" if isinstance(verdict, gate.Allowed) else verdict.reasons[0].code.value


def test_a_signed_consent_is_a_permit_and_its_grounds_are_kept() -> None:
    consent = signed()
    verdict = asked()
    assert isinstance(verdict, gate.Allowed)
    decision = verdict.permit.decision
    assert (decision.ruleset, decision.ruleset_sha256) == ("2026-11", law.in_force(NOW).sha256)
    kept = decision.facts["customer"]
    assert [one["id"] for one in kept["consents"]] == [consent.pk]
    assert (kept["number"]["states"], kept["number"]["zones"]) == (["NY"], ["America/New_York"])
    assert "Carol" not in str(decision.facts)


def test_asked_again_with_what_was_known_it_gives_the_same_answer_whatever_is_known_now() -> None:
    asked()
    signed()
    asked()
    Person.objects.create(
        number=CAROL, address_state="RI", address_zone="America/New_York", created_at=NOW, updated_at=NOW
    )
    StateSwitch.objects.filter(state="NY").update(is_enabled=False)
    DialPermit.objects.update(state=PermitState.VOID)
    asked(now=NOW + timedelta(hours=9))
    decisions = list(DialDecision.objects.order_by("pk"))
    assert [decision.code for decision in decisions] == ["CONSENT_WRITTEN_REQUIRED", "", "STATE_DISABLED"]
    law.adopt(_next_law(), by="counsel@example.com", now=NOW)
    assert [replay.again(decision).why for decision in decisions] == ["", "", ""]


def _next_law() -> str:
    from tests.integration.compliance.test_law import NEXT

    return NEXT


def test_a_new_law_decides_at_once() -> None:
    signed(at=datetime(2027, 2, 1, tzinfo=UTC))
    NumberListCopy.objects.update(version_date="2027-02-02", retrieved_at=datetime(2027, 2, 2, tzinfo=UTC))
    later = datetime(2027, 2, 3, 15, tzinfo=UTC)
    for hours in (2, 3):
        an_attempt(later - timedelta(hours=hours))
    assert code_of(asked(now=later)) == "OK"
    DialPermit.objects.filter(state=PermitState.ISSUED).update(state=PermitState.VOID)
    law.adopt(_next_law(), by="counsel@example.com", now=NOW)
    assert code_of(asked(now=later)) == "FREQUENCY_CAP"


def an_attempt(at: datetime, *, state: PermitState = PermitState.CONFIRMED, purpose: str = "informational") -> None:
    decision = DialDecision.objects.create(
        at=at, purpose=purpose, to_address=CAROL, number=CAROL, caller_id=OURS, outcome="allow", ruleset="", library="",
        actor_ref="system",
    )  # fmt: skip
    permit = DialPermit.objects.filter(pk=DialPermit.issue(decision=decision, label="").pk)
    if state is PermitState.ISSUED:
        return
    permit.update(state=PermitState.SENT, sent_at=at)
    if state is not PermitState.SENT:
        permit.update(state=state)


def test_attempts_are_those_that_the_carrier_took_for_whatever_campaign() -> None:
    signed()
    ago = [NOW - timedelta(hours=hours) for hours in (1, 2, 3, 4)]
    an_attempt(ago[0], state=PermitState.VOID)  # the carrier did not take it
    an_attempt(ago[1], purpose="staff")  # a colleague at this number
    an_attempt(ago[2])
    an_attempt(ago[3], purpose="telemarketing")
    assert facts.gather(SALE, DOOR, NOW).customer.attempts == (ago[3], ago[2])
    assert code_of(asked()) == "OK"
    DialPermit.objects.filter(state=PermitState.ISSUED).update(state=PermitState.VOID)
    an_attempt(ago[1], state=PermitState.UNKNOWN)  # it may have rung
    assert [one.code for one in asked().reasons] == [Code.FREQUENCY_CAP, Code.IN_FLIGHT]


def test_a_stop_counts_for_who_asks_after_it_and_a_new_signature_does_not_lift_our_list() -> None:
    signed()
    opt_out.revoke(number=CAROL, route="speech", said="stop", by="system", now=NOW)
    later = NOW + timedelta(hours=1)
    assert [reason.code for reason in asked(now=later).reasons] == [Code.INTERNAL_DNC, Code.CONSENT_REVOKED]
    signed(at=later)
    assert [reason.code for reason in asked(now=later).reasons] == [Code.INTERNAL_DNC]
    opt_out.lift(entry=SuppressionEntry.objects.get(), why="They asked for it.", by="alice", now=later)
    assert code_of(asked(now=later)) == "OK"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channels": ["sms"]}, "CONSENT_WRITTEN_REQUIRED"),
        ({"channels": []}, "CONSENT_WRITTEN_REQUIRED"),
        ({"purposes": ["informational"]}, "CONSENT_WRITTEN_REQUIRED"),
        ({"topic": "roofs"}, "CONSENT_WRITTEN_REQUIRED"),
        ({"topic": " Solar  PANELS "}, "OK"),
        ({"captured_at": NOW + timedelta(seconds=1)}, "CONSENT_RECORD_INCOMPLETE"),
        ({"captured_at": None}, "CONSENT_RECORD_INCOMPLETE"),
        ({"sellers": ["our partners"]}, "CONSENT_SELLER_MISMATCH"),
        ({"is_box_preticked": True}, "CONSENT_RECORD_INCOMPLETE"),
        ({"purposes": "telemarketing"}, "CONSENT_WRITTEN_REQUIRED"),  # not what belongs in this column
        ({"number": "+12125550102"}, "CONSENT_WRITTEN_REQUIRED"),
    ],
    ids=str,
)
def test_a_consent_is_for_such_calls_or_is_none(changes: dict[str, Any], code: str) -> None:
    signed(**changes)
    assert code_of(asked()) == code


def test_a_record_in_their_file_for_another_number_is_named() -> None:
    person = Person.objects.create(number=CAROL, created_at=NOW, updated_at=NOW)
    signed(number="+12125550102", subject_ref=f"person:{person.pk}")
    assert code_of(asked()) == "CONSENT_NUMBER_MISMATCH"


@pytest.mark.parametrize(("is_looked_up", "code"), [(True, "OK"), (False, "CONSENT_EXPRESS_REQUIRED")])
def test_a_landline_is_one_that_somebody_looked_up(is_looked_up: bool, code: str) -> None:
    Person.objects.create(
        number=CAROL, line_type="landline", line_type_at=NOW if is_looked_up else None, created_at=NOW, updated_at=NOW
    )
    assert code_of(asked(replace(SALE, purpose=Purpose.INFORMATIONAL))) == code


@pytest.mark.parametrize(
    ("by", "approved_by", "code"),
    [("carol", "alice", "OK"), ("carol", "", "PURPOSE_NOT_PERMITTED"), ("carol", " Carol ", "PURPOSE_NOT_PERMITTED")],
)
def test_an_emergency_is_stood_for_by_two(by: str, approved_by: str, code: str) -> None:
    emergency = replace(SALE, purpose=Purpose.EMERGENCY, by=by, approved_by=approved_by)
    assert code_of(asked(emergency, now=NOW - timedelta(hours=9))) == code


@pytest.mark.parametrize("off_ms", [2_500, -3_600_000])
def test_clocks_that_disagree_stop_dialling(off_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    signed()
    right = facts.timezone.now
    monkeypatch.setattr(facts.timezone, "now", lambda: right() + timedelta(milliseconds=off_ms))
    verdict = asked()
    assert isinstance(verdict, gate.Deferred)
    assert (code_of(verdict), verdict.until) == ("CLOCK_DOUBTFUL", None)
    assert abs(DialDecision.objects.get().facts["skew_ms"] - off_ms) < 1000


def test_without_a_law_or_with_a_table_away_nobody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    signed()
    for away in (law, facts):
        with monkeypatch.context() as patch:
            patch.setattr(away, "in_force" if away is law else "gather", _away)
            assert code_of(asked()) == "UNDECIDED"
    assert code_of(asked()) == "OK"


def _away(*_: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column")


def test_a_country_without_a_law_is_not_called_even_where_it_is_allowed() -> None:
    door = replace(DOOR, regions=("US", "GB"))
    assert code_of(asked(replace(SALE, to="+442079460958"), door=door)) == "COUNTRY_NOT_ALLOWED"


def test_a_number_of_another_campaigns_pool_is_not_shown() -> None:
    signed()
    door = replace(DOOR, campaign=CampaignFacts(("+14155550199",)))
    assert code_of(asked(door=door)) == "CALLER_ID_INVALID"


def test_it_takes_a_fixed_number_of_queries() -> None:
    for n in range(5):
        signed(at=NOW - timedelta(days=n + 1))
    law.in_force(NOW)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert gate.assess(SALE, DOOR, NOW).outcome == "allow"
    assert len(captured) <= 8, [query["sql"][:80] for query in captured]


def test_the_listed_cases_are_here_too() -> None:
    """They are asked through the real tables by `what_if`."""
    assert len(CASES) == 136
    assert RuleRow.objects.count() > 80
