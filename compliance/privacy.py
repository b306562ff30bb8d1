"""Erasing a person from what compliance keeps: decisions, consents and opt-outs stay, under a pseudonym."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from compliance import receipts
from compliance.models import (
    AuditEntry,
    ConsentRecord,
    DialDecision,
    DialPermit,
    Erasure,
    Person,
    ReassignedAnswer,
    Revocation,
    SuppressionEntry,
    WhatsAppFact,
)
from compliance.models.decision import MAY_ERASE
from compliance.verdict import OPEN_STATES


def is_being_rung(number: str) -> bool:
    """True while a permit for this number is open: a call may be out."""
    DialPermit.void_expired(number)
    return DialPermit.objects.filter(number=number, state__in=OPEN_STATES).exists()


def remember_calls(erasure: Erasure, ids: list[int]) -> None:
    """Which calls were theirs: they are not found any more once they are erased from them."""
    known = set(erasure.steps.get("their calls", {}).get("ids", []))
    erasure.steps = erasure.steps | {"their calls": {"ids": sorted(known | set(ids))}}
    Erasure.objects.filter(pk=erasure.pk).update(steps=erasure.steps)


def begin_again(erasure: Erasure) -> None:
    """Something of theirs has come in meanwhile: every step is done once more. What was done stays known."""
    on_the_way = {name: erasure.steps[name] for name in ("their calls", "calls so far") if name in erasure.steps}
    done = {name: facts for name, facts in erasure.steps.items() if name not in (*on_the_way, "earlier")}
    erasure.steps = on_the_way | {"earlier": [*erasure.steps.get("earlier", []), done]}
    Erasure.objects.filter(pk=erasure.pk).update(steps=erasure.steps)


def erase_permits(*, number: str, pseudonym: str) -> int:
    """Take the number out of permits that are used up; how many."""
    with transaction.atomic():
        return DialPermit.erase(number=number, pseudonym=pseudonym)


def erase_decisions(*, number: str, pseudonym: str, now: datetime, limit: int) -> int:
    """Take the number out of so many decisions, and chain what they are now; how many."""
    with transaction.atomic():
        done = DialDecision.erase(number=number, pseudonym=pseudonym, now=now, limit=limit)
        if done:
            receipts.erased(done, now=now)
    return len(done)


def erase_standing(*, number: str, pseudonym: str) -> dict[str, Any]:
    """Take a person out of consents, opt-outs, our own list and what others said of the number."""
    consents = list(ConsentRecord.objects.filter(number=number))
    for consent in consents:
        if consent.evidence:
            consent.evidence.storage.delete(consent.evidence.name or "")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAY_ERASE)
        ConsentRecord.objects.filter(number=number).update(
            number=pseudonym,
            person_name="",
            signature="",
            ip_address=None,
            user_agent="",
            source="",
            evidence="",
            lead_chain=[],
        )
        revocations = Revocation.objects.filter(number=number).update(number=pseudonym, said="", person_name="")
        listed = SuppressionEntry.objects.filter(number=number).update(
            number=pseudonym, person_name="", reason="", lifted_why=""
        )
        answers = ReassignedAnswer.objects.filter(number=number).delete()[0]
        whatsapp = WhatsAppFact.objects.filter(person=number).update(person=pseudonym, raw={}, message_sid="")
    found = {"consents": len(consents), "opt_outs": revocations, "own_list": listed, "reassigned": answers}
    return found | ({"whatsapp": whatsapp} if whatsapp else {})


def erase_person(number: str) -> int:
    """Delete what is known of the person; how many rows."""
    return Person.objects.filter(number=number).delete()[0]


def erase_audit(number: str) -> int:
    """Take a number out of the details of the audit log; how many entries."""
    found = list(AuditEntry.objects.filter(details__icontains=number))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAY_ERASE)
        for entry in found:
            AuditEntry.objects.filter(pk=entry.pk).update(details={"erased": True})
    return len(found)
