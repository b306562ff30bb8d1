"""Whom we do not call: our own list, and the copies of lists that others keep."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q


class SuppressionEntry(models.Model):
    """One number on our own list (47 CFR 64.1200(d)). Lifted by a person with a reason, never deleted."""

    class Scope(models.TextChoices):
        """What is barred."""

        ALL = "all", "every call"
        MARKETING = "marketing", "sales calls"

    number = models.CharField(max_length=16, db_index=True)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.ALL)
    reason = models.CharField(max_length=300, blank=True)
    person_name = models.CharField(max_length=120, blank=True)
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


class NumberList(models.Model):
    """A list that somebody else keeps, of which we hold copies: a registry, litigators, protected lines."""

    class Kind(models.TextChoices):
        """What being on it means."""

        NATIONAL = "national", "national do-not-call registry"
        STATE = "state", "a state's do-not-call list"
        LITIGATOR = "litigator", "people who sue callers"
        PROTECTED = "protected", "emergency, hospital and care-home lines"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=2, blank=True, help_text="Of a state's list.")
    max_age_days = models.PositiveSmallIntegerField(default=31, help_text="An older copy is worth nothing.")
    subscription = models.CharField(max_length=60, blank=True, help_text="Subscription or account number.")
    is_required = models.BooleanField(default=True, help_text="Without a fresh copy no sales call leaves.")

    class Meta:
        verbose_name = "list of others"
        verbose_name_plural = "lists of others"

    def __str__(self) -> str:
        return self.name


class NumberListCopy(models.Model):
    """One copy of a list, as it was on its version's date. The newest that is in force counts."""

    class State(models.TextChoices):
        """A copy is loaded, then in force, then replaced."""

        LOADING = "loading"
        IN_FORCE = "in_force", "in force"
        REPLACED = "replaced"
        FAILED = "failed"

    of = models.ForeignKey(NumberList, on_delete=models.PROTECT, related_name="copies")
    state = models.CharField(max_length=10, choices=State, default=State.LOADING)
    version_date = models.DateField(help_text="The date of the version, as its keeper says.")
    retrieved_at = models.DateTimeField()
    row_count = models.PositiveIntegerField(default=0)
    created_by_ref = models.CharField(max_length=200)

    class Meta:
        verbose_name = "copy of a list"
        verbose_name_plural = "copies of lists"
        constraints = [
            models.UniqueConstraint(fields=["of"], condition=Q(state="in_force"), name="one_copy_of_a_list_in_force")
        ]

    def __str__(self) -> str:
        return f"copy {self.pk} of {self.of_id}"


class ListedNumber(models.Model):
    """One number of a copy: E.164 without its plus, as a number, because there are millions."""

    pk = models.CompositePrimaryKey("number", "copy_id")
    number = models.BigIntegerField()
    copy = models.ForeignKey(NumberListCopy, on_delete=models.CASCADE, related_name="numbers", db_index=False)

    class Meta:
        verbose_name = "listed number"

    def __str__(self) -> str:
        return f"number of copy {self.copy_id}"


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
