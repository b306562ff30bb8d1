"""Whom we do not call: our own list, and what is known about numbers that changed hands."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from compliance.encrypted import EncryptedField


class SuppressionEntry(models.Model):
    """One number on our own list (47 CFR 64.1200(d)). Lifted by a person with a reason, never deleted."""

    class Scope(models.TextChoices):
        """What is barred."""

        ALL = "all", "every call"
        MARKETING = "marketing", "sales calls"

    number = models.CharField(max_length=16, db_index=True)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.ALL)
    reason = models.CharField(max_length=300, blank=True)
    person_name = EncryptedField(max_length=120, blank=True, is_searchable=True)
    seller = models.CharField(max_length=120, blank=True)
    product = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=20, help_text="speech, key, sms, web, admin, import …")
    subject_ref = models.CharField(max_length=100, blank=True)
    added_at = models.DateTimeField()
    added_by_ref = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by_ref = models.CharField(max_length=200, blank=True)
    lifted_why = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "number on our own list"
        verbose_name_plural = "numbers on our own list"
        constraints = [
            models.UniqueConstraint(
                fields=["number", "scope"], condition=Q(lifted_at=None), name="listed_once_per_scope"
            )
        ]

    def __str__(self) -> str:
        return f"suppression {self.pk} ({self.scope})"

    # Factories

    @classmethod
    def list(
        cls, *, number: str, scope: str, source: str, by: str, now: datetime, **fields: Any
    ) -> "tuple[SuppressionEntry, bool]":
        """Put a number on our list; the entry that is there, and False, when it is on it already.

        You must hold the number's turn, so that nobody dials it meanwhile.
        """
        given = {"source": source, "added_at": now, "added_by_ref": by[:200], **fields}
        return cls.objects.get_or_create(number=number, scope=scope, lifted_at=None, defaults=given)

    @classmethod
    def list_many(
        cls, *, numbers: Iterable[str], scope: str, source: str, subject_ref: str, by: str, now: datetime
    ) -> None:
        """Put numbers on our list; those that are on it already stay as they are.

        You must hold the turn of each, so that nobody dials one meanwhile.
        """
        given = {"scope": scope, "source": source, "subject_ref": subject_ref, "added_at": now, "added_by_ref": by}
        entries = [SuppressionEntry(number=number, **given) for number in numbers]
        SuppressionEntry.objects.bulk_create(entries, ignore_conflicts=True)

    # Mutators

    def lift(self, *, why: str, by: str, now: datetime) -> bool:
        """Take the number off the list again, for a reason; False when it was off already."""
        if not why.strip():
            raise ValueError("a number is taken off the list for a reason")
        mine = SuppressionEntry.objects.filter(pk=self.pk, lifted_at=None)
        is_lifted = bool(mine.update(lifted_at=now, lifted_by_ref=by[:200], lifted_why=why.strip()[:300]))
        self.refresh_from_db()
        return is_lifted

    # Queries

    @classmethod
    def in_force(cls, number: str) -> "Sequence[SuppressionEntry]":
        """What bars this number now."""
        return [*cls.objects.filter(number=number, lifted_at=None).order_by("scope", "pk")]


class ReassignedAnswer(models.Model):
    """What the Reassigned Numbers Database said of a number (47 CFR 64.1200(m)). The newest counts."""

    class Answer(models.TextChoices):
        """Its three answers; an error is none of them."""

        NO = "no", "not reassigned since"
        YES = "yes", "disconnected since"
        NO_DATA = "no_data", "no data"

    number = models.CharField(max_length=16)
    answer = models.CharField(max_length=8, choices=Answer)
    asked_date = models.DateField(help_text="The date that was asked about: of the consent.")
    answered_at = models.DateTimeField()
    source = models.CharField(max_length=200, blank=True)
    created_by_ref = models.CharField(max_length=200)

    class Meta:
        verbose_name = "answer about reassignment"
        verbose_name_plural = "answers about reassignment"
        indexes = [models.Index(fields=["number", "-answered_at"], name="reassigned_of_number")]

    def __str__(self) -> str:
        return f"answer {self.pk}: {self.answer}"

    # Factories

    @classmethod
    def keep(cls, *, answers: Iterable[tuple[str, date, str]], source: str, by: str, now: datetime) -> None:
        """Keep answers as they came: the number as E.164, the date that was asked about, the answer."""
        given = {"answered_at": now, "source": source[:200], "created_by_ref": by}
        rows = [
            ReassignedAnswer(number=number, asked_date=asked, answer=one, **given) for number, asked, one in answers
        ]
        ReassignedAnswer.objects.bulk_create(rows, batch_size=5000)
