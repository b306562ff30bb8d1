"""Lists that others keep, and our copies of them."""

import re
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

_NATIONAL_DAYS = 31  # 47 CFR 64.1200(c)(2)(i)(D)


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

    def clean(self) -> None:
        """A state's list names its state, and no other does; of the national one the law says how old it may be."""
        self.state = self.state.strip().upper()
        if (self.kind == self.Kind.STATE) != bool(re.fullmatch("[A-Z]{2}", self.state)):
            raise ValidationError({"state": "Two letters for a state's list; nothing for any other."})
        if self.kind == self.Kind.NATIONAL and self.max_age_days > _NATIONAL_DAYS:
            raise ValidationError({"max_age_days": f"The law allows {_NATIONAL_DAYS} days at most."})

    # Queries

    @property
    def stops_calls(self) -> bool:
        """Whether no sales call leaves without a fresh copy: always so of the national registry."""
        return self.is_required or self.kind == self.Kind.NATIONAL

    def copy_in_force(self) -> "NumberListCopy | None":
        """The copy that counts."""
        return self.copies.filter(state=NumberListCopy.State.IN_FORCE).first()


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
    in_force_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "copy of a list"
        verbose_name_plural = "copies of lists"
        constraints = [
            models.UniqueConstraint(fields=["of"], condition=Q(state="in_force"), name="one_copy_of_a_list_in_force")
        ]

    def __str__(self) -> str:
        return f"copy {self.pk} of {self.of_id}"

    # Mutators

    def come_into_force(self, *, row_count: int, now: datetime) -> bool:
        """From now on this copy counts, in place of the one before it. You must hold a transaction.

        False when it is not waiting for that any more. Its numbers must have been committed before (see `listed`).
        """
        held = NumberListCopy.objects.filter(of=self.of_id, state=self.State.IN_FORCE)
        held.update(state=self.State.REPLACED, replaced_at=now)
        won = NumberListCopy.objects.filter(pk=self.pk, state=self.State.LOADING).update(
            state=self.State.IN_FORCE, row_count=row_count, in_force_at=now
        )
        return won == 1

    def fail(self) -> None:
        """It will never be in force."""
        NumberListCopy.objects.filter(pk=self.pk, state=self.State.LOADING).update(state=self.State.FAILED)

    # Queries

    @classmethod
    def is_settled(cls, copy_id: int, *, before: datetime) -> bool:
        """Whether nobody can be reading this copy any more: it failed, or was replaced before this moment."""
        of_copy = cls.objects.filter(pk=copy_id)
        is_alive = of_copy.filter(state__in=(cls.State.IN_FORCE, cls.State.LOADING)).exists()
        return not is_alive and not of_copy.filter(replaced_at__gte=before).exists()

    def age_days(self, today: date) -> int:
        """How old the version is, in days (47 CFR 64.1200(c)(2)(i)(D) counts from the version, not from the load)."""
        return (today - self.version_date).days


class ListedNumber(models.Model):
    """One number of a copy: E.164 without its plus, as a number, because there are millions.

    The table is partitioned by copy: a copy is loaded beside it, joins it whole, and leaves it whole
    (`compliance.models.listed`). Copies made by hand, one row at a time, lie in a partition of their own.
    """

    pk = models.CompositePrimaryKey("number", "copy_id")
    number = models.BigIntegerField()
    copy = models.ForeignKey(
        NumberListCopy, on_delete=models.DO_NOTHING, related_name="numbers", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name = "listed number"

    def __str__(self) -> str:
        return f"number of copy {self.copy_id}"
