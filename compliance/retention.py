"""Deleting what compliance itself no longer has to keep: consents, opt-outs, decisions, the audit log."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.deletion import ProtectedError

from compliance import receipts
from compliance.keeping import VIRGINIA
from compliance.models import (
    AuditEntry,
    ConsentRecord,
    DialDecision,
    DialPermit,
    ReceiptEntry,
    Revocation,
    UnsealedDecision,
    WhatsAppFact,
)

# The ends of the chain's days stand in the audit log, and stay there as long as the chain.
_STAYS = ("close_receipts",)


def old_consents(before: datetime) -> QuerySet[ConsentRecord]:
    """Consents from before this for numbers that nobody wanted to ring since."""
    asked = Exists(DialDecision.objects.filter(number=OuterRef("number"), at__gte=before))
    return ConsentRecord.objects.filter(created_at__lt=before).exclude(asked)


def old_revocations(before: datetime, *, of_virginia: bool) -> QuerySet[Revocation]:
    """Opt-outs, as they were said, from before this; of numbers in Virginia, or of all others."""
    virginia = Q()
    for code in VIRGINIA:
        virginia |= Q(number__startswith=f"+1{code}")
    old = Revocation.objects.filter(received_at__lt=before)
    return old.filter(virginia) if of_virginia else old.exclude(virginia)


def old_whatsapp(before: datetime) -> QuerySet[WhatsAppFact]:
    """What happened by WhatsApp before this, with people whom nobody wanted to ring since."""
    asked = Exists(DialDecision.objects.filter(number=OuterRef("person"), at__gte=before))
    return WhatsAppFact.objects.filter(at__lt=before).exclude(asked)


def old_decisions(before: datetime) -> QuerySet[DialDecision]:
    """Decisions from before this."""
    return DialDecision.objects.filter(at__lt=before).exclude(
        Exists(UnsealedDecision.objects.filter(pk=OuterRef("pk")))
    )


def old_audit(before: datetime) -> QuerySet[AuditEntry]:
    """Entries of the audit log from before this."""
    return AuditEntry.objects.filter(at__lt=before).exclude(act__in=_STAYS)


def forget_consents(consents: Collection[ConsentRecord]) -> int:
    """Delete consents with their proof; how many."""
    for consent in consents:
        if consent.evidence:
            consent.evidence.storage.delete(consent.evidence.name or "")
    return ConsentRecord.objects.filter(pk__in=[one.pk for one in consents]).delete()[0]


def forget_decisions(decisions: Collection[DialDecision], *, now: datetime) -> int:
    """Delete decisions with their permits, and chain that they are gone; how many. One that a call leans on stays."""
    ids = sorted(one.pk for one in decisions)
    with transaction.atomic():
        gone = [pk for pk in ids if _forget(pk)]
        if gone:
            receipts.append(ReceiptEntry.Kind.REMOVED, decision=None, body={"decisions": spans(gone)}, now=now)
    return len(gone)


def _forget(pk: int) -> bool:
    try:
        with transaction.atomic():
            DialPermit.remove([pk])
            return bool(DialDecision.remove([pk]))
    except ProtectedError:
        return False


def spans(numbers: list[int]) -> list[list[int]]:
    """Numbers in order as spans: 3, 4, 5, 9 are [3, 5], [9, 9]."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def no_time_limit() -> None:
    """Until the transaction ends, a statement may take as long as it must."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
