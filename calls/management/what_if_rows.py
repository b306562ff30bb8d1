"""A case of `manage.py what_if`, put into the real tables: what would be on file if things were as the case says.

You must be in a transaction that is rolled back.
"""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from calls.management.what_if_cases import Case
from calls.models import Number
from compliance import consent_check
from compliance.models import (
    ConsentRecord,
    DialDecision,
    DialPermit,
    ListedNumber,
    NumberList,
    NumberListCopy,
    OutboundSwitch,
    Person,
    ReassignedAnswer,
    Revocation,
    StateSwitch,
    SuppressionEntry,
)
from compliance.numbers import read_address
from compliance.verdict import PermitState, Purpose

# The call that is asked about.
OURS, NOT_OURS = "+14155550100", "+14155550199"
SELLER, OTHER_SELLER, TOPIC, BY = "The business that asks", "Another business", "what is asked about", "what_if"
_OTHER_NUMBER = "+12125550199"


def put(case: Case) -> None:
    """Write everything that the case says about its number; what was on file about it counts no more."""
    number = read_address(case.to, region=settings.DEFAULT_REGION).value
    _clear(number)
    Number.objects.get_or_create(e164=OURS)
    OutboundSwitch.objects.update(is_off="kill_switch" in case.flags)
    _put_states(case)
    if not number.startswith("+"):
        return
    person = _put_person(case, number)
    _put_consent(case, number, person)
    if case.internal != "no":
        SuppressionEntry.list(number=number, scope=case.internal, source="admin", by=BY, now=case.now)
    _put_lists(case, number)
    _put_answer(case, number)
    for at in case.attempts:
        _put_attempt(number, at)
    if "in_flight" in case.flags:
        DialPermit.issue(decision=_a_decision(number, case.now), label="")


def _clear(number: str) -> None:
    for table in (ConsentRecord, Revocation, SuppressionEntry, ReassignedAnswer, Person):
        table._default_manager.filter(number=number).delete()
    in_force = NumberListCopy.objects.filter(state=NumberListCopy.State.IN_FORCE)
    in_force.update(state=NumberListCopy.State.REPLACED)
    NumberList.objects.update(is_required=False)


def _put_states(case: Case) -> None:
    StateSwitch.objects.update(is_enabled=True, is_suspended=False, ai_sales_signed_off_by="")
    StateSwitch.objects.filter(state__in=case.suspended).update(is_suspended=True, suspended_until=None)
    StateSwitch.objects.filter(state__in=case.signed_off).update(
        ai_sales_signed_off_by=BY, ai_sales_signed_off_at=case.now, ai_sales_until=None
    )


def _put_person(case: Case, number: str) -> Person:
    return Person.objects.create(
        number=number,
        line_type=case.line,
        line_type_at=case.now,
        address_state=case.state,
        address_zone=case.zone,
        last_purchase_date=_day_if_any(case.now, case.purchased_days_ago),
        last_inquiry_date=_day_if_any(case.now, case.asked_days_ago),
        created_at=case.now,
        updated_at=case.now,
    )


def _put_consent(case: Case, number: str, person: Person) -> None:
    if case.consent == "none":
        return
    text = consent_check.wording(SELLER)
    kind = case.consent if case.consent in ConsentRecord.Kind.values else ConsentRecord.Kind.WRITTEN.value
    ConsentRecord.record(
        number=_OTHER_NUMBER if case.consent == "written_other_number" else number,
        kind=kind,
        sellers=[OTHER_SELLER if case.consent == "written_other_seller" else SELLER],
        signature="" if case.consent == "written_incomplete" else "A Person",
        by=BY,
        now=case.now,
        person_name="A Person",
        channels=["voice"],
        purposes=[Purpose.TELEMARKETING, Purpose.INFORMATIONAL, Purpose.HEALTHCARE],
        topic=TOPIC,
        captured_at=case.now - timedelta(days=case.consent_age_days),
        zone="UTC",
        signature_event=ConsentRecord.SignatureEvent.PEN,
        text=text,
        text_version="1",
        text_sha256=consent_check.sha256_of(text),
        is_separate=True,
        method="As the case says.",
        source="As the case says.",
        evidence_sha256="0" * 64,
        subject_ref=f"person:{person.pk}",
    )
    if case.consent.startswith("revoked_"):
        scope = case.consent.removeprefix("revoked_")
        Revocation.take(
            number=number, scope=scope, route=Revocation.Route.ADMIN, subject_ref="", received_at=case.now, by=BY,
            now=case.now, topic=TOPIC if scope == Revocation.Scope.TOPIC else "",
        )  # fmt: skip


def _put_lists(case: Case, number: str) -> None:
    _put_list(number, NumberList.Kind.NATIONAL, case.now, days=case.copy_age_days, is_on=case.is_registered)
    if "protected_line" in case.flags:
        _put_list(number, NumberList.Kind.PROTECTED, case.now, days=0, is_on=True)


def _put_list(number: str, kind: str, now: datetime, *, days: int, is_on: bool) -> None:
    NumberList.objects.filter(kind=kind).update(kind=NumberList.Kind.LITIGATOR)  # none but this one is of the kind
    of = NumberList.objects.create(name=f"what_if {kind}", kind=kind)
    copy = NumberListCopy.objects.create(
        of=of,
        state=NumberListCopy.State.IN_FORCE,
        version_date=_day_before(now, days),
        retrieved_at=now - timedelta(days=days),
        created_by_ref=BY,
    )
    if is_on:
        ListedNumber.objects.create(number=int(number[1:]), copy=copy)


def _put_answer(case: Case, number: str) -> None:
    if case.reassigned != "unchecked":
        ReassignedAnswer.objects.create(
            number=number,
            answer=case.reassigned,
            asked_date=_day_before(case.now, case.consent_age_days),
            answered_at=case.now - timedelta(days=case.reassigned_age_days),
            created_by_ref=BY,
        )


def _put_attempt(number: str, at: datetime) -> None:
    permit = DialPermit.issue(decision=_a_decision(number, at), label="")
    mine = DialPermit.objects.filter(pk=permit.pk)
    mine.update(state=PermitState.SENT, sent_at=at)
    mine.update(state=PermitState.CONFIRMED, settled_at=at)


def _a_decision(number: str, at: datetime) -> DialDecision:
    return DialDecision.objects.create(
        at=at, purpose=Purpose.INFORMATIONAL, to_address=number, number=number, caller_id=OURS, outcome="allow",
        ruleset="", library="", actor_ref=BY,
    )  # fmt: skip


def _day_before(now: datetime, days: int) -> date:
    return (now - timedelta(days=days)).astimezone(UTC).date()


def _day_if_any(now: datetime, days: int | None) -> date | None:
    return None if days is None else _day_before(now, days)
