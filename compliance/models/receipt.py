"""The chain of receipts: one entry for each decision and for whatever happens to it, each with the hash of the last."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from compliance import chain
from compliance.chain import Link
from compliance.models.decision import DialDecision, UnsealedDecision

# Our own number among the database's advisory locks: whoever holds it may append.
_LOCK = 20_811


class ReceiptEntry(models.Model):
    """One entry of the chain. The database refuses to change or delete one, whoever asks."""

    class Kind(models.TextChoices):
        """What it vouches for."""

        DECISION = "decision", "a decision, as it was written"
        ERASED = "erased", "a decision, after a person was erased from it"
        REMOVED = "removed", "decisions that were deleted when their time was over"
        PACKET = "packet", "a dispute packet, by the hashes of its files"

    position = models.BigIntegerField(primary_key=True)
    day = models.DateField(db_index=True, help_text="The day (UTC) on which it was chained.")
    kind = models.CharField(max_length=10, choices=Kind)
    decision_ref = models.BigIntegerField(null=True, blank=True, db_index=True, help_text="The decision's number.")
    body = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder, help_text="What stands in no other row.")
    body_sha256 = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, help_text="The hash of the entry before.")
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = "receipt"

    def __str__(self) -> str:
        return f"receipt {self.position} ({self.kind})"

    # Factories

    @classmethod
    def take_the_end(cls, *, is_patient: bool) -> bool:
        """Be the only one who appends, until the transaction ends. Impatient, False when somebody else is at it."""
        with connection.cursor() as cursor:
            if is_patient:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                return True
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            return bool(cursor.fetchone()[0])

    @classmethod
    def append(cls, news: "Iterable[tuple[Kind, int | None, Any]]", *, now: datetime) -> "list[ReceiptEntry]":
        """Append entries of (kind, decision, body). You must have taken the end of the chain."""
        last = cls.last()
        position, previous = (0, chain.BEGINNING) if last is None else (last.position, last.sha256)
        day = now.astimezone(UTC).date() if last is None else max(now.astimezone(UTC).date(), last.day)
        entries = []
        for kind, decision, body in news:
            position += 1
            entry = ReceiptEntry(
                position=position, day=day, kind=kind, decision_ref=decision, previous=previous, sealed_at=now
            )
            entry.body = None if kind in (cls.Kind.DECISION, cls.Kind.ERASED) else body
            entry.body_sha256 = chain.sha256_of(body)
            entry.sha256 = previous = entry.computed()
            entries.append(entry)
        return ReceiptEntry.objects.bulk_create(entries)

    # Queries

    @classmethod
    def last(cls) -> "ReceiptEntry | None":
        """The end of the chain."""
        return cls.objects.order_by("-position").first()

    @classmethod
    def latest_of(cls, decision: DialDecision) -> "ReceiptEntry | None":
        """The entry that vouches for a decision as it is now; None while it is not chained."""
        kinds = (cls.Kind.DECISION, cls.Kind.ERASED)
        return cls.objects.filter(decision_ref=decision.pk, kind__in=kinds).order_by("-position").first()

    @classmethod
    def unsealed(cls, limit: int) -> list[DialDecision]:
        """Decisions that wait to be chained, in their order."""
        waiting = UnsealedDecision.objects.select_related("decision").order_by("decision_id")[:limit]
        return [one.decision for one in waiting]

    def link(self) -> Link:
        """The entry as arithmetic."""
        return Link(
            position=self.position,
            day=self.day,
            kind=self.kind,
            decision=self.decision_ref,
            body_sha256=self.body_sha256,
            previous=self.previous,
            sha256=self.sha256,
        )

    def computed(self) -> str:
        """The hash it ought to have."""
        return chain.link_sha256(
            position=self.position,
            day=self.day,
            kind=str(self.kind),
            decision=self.decision_ref,
            body_sha256=self.body_sha256,
            previous=self.previous,
        )
