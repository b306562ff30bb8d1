"""How long each kind of data is kept, what must be kept all the same, and what was deleted when."""

from datetime import datetime
from typing import Any

from django.db import models

from compliance.encrypted import EncryptedField, Unreadable, keyed_hash
from compliance.keeping import DEFAULTS, DataClass


class RetentionRule(models.Model):
    """How long one kind of data is kept."""

    data_class = models.CharField(
        "kind of data", max_length=20, unique=True, choices=[(c.value, DEFAULTS[c].words) for c in DataClass]
    )
    days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: for ever.")
    why = models.CharField(max_length=300, blank=True, help_text="The reason, as an auditor should read it.")
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_by_ref = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "time that data is kept"
        verbose_name_plural = "times that data is kept"

    def __str__(self) -> str:
        return self.get_data_class_display()

    # Mutators

    def change(self, *, days: int | None, why: str, by: str, now: datetime) -> None:
        """Keep it for so long from now on."""
        RetentionRule.objects.filter(pk=self.pk).update(days=days, why=why, changed_at=now, changed_by_ref=by[:200])
        self.refresh_from_db()

    # Queries

    @classmethod
    def all_days(cls) -> dict[DataClass, int | None]:
        """How long each kind is kept, in days; a kind without a row keeps to its default."""
        rows = dict(cls.objects.values_list("data_class", "days"))
        return {kind: rows.get(kind.value, DEFAULTS[kind].days) for kind in DataClass}


class UnableToRead(Exception):
    """What is held cannot be read, so nothing may be deleted; `str()` says why."""


class LegalHold(models.Model):
    """That something must be kept although its time is over, and that a person cannot be erased: until it is lifted."""

    class Of(models.TextChoices):
        """What it is on."""

        NUMBER = "number", "everything about a number"
        CALL = "call", "one call"
        CAMPAIGN = "campaign", "one campaign and its calls"

    of = models.CharField(max_length=10, choices=Of)
    number = EncryptedField("telephone number", max_length=16, blank=True, help_text="As E.164, of a hold on a number.")
    ref = models.CharField(
        max_length=80, db_index=True, help_text="The call's or campaign's number; of a number: hash."
    )
    why = models.CharField(max_length=300, help_text="The case, as counsel names it.")
    placed_at = models.DateTimeField()
    placed_by_ref = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by_ref = models.CharField(max_length=200, blank=True)
    lifted_why = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "legal hold"
        permissions = [("hold_data", "Can place and lift legal holds")]

    def __str__(self) -> str:
        return f"hold {self.pk} on a {self.of}"

    # Factories

    @classmethod
    def place(cls, *, of: str, subject: str, why: str, by: str, now: datetime) -> "LegalHold":
        """Have something kept: a number as E.164, or a call's or campaign's number."""
        is_number = of == cls.Of.NUMBER
        return LegalHold.objects.create(
            of=of,
            number=subject if is_number else "",
            ref=keyed_hash(subject) if is_number else subject,
            why=why,
            placed_at=now,
            placed_by_ref=by[:200],
        )

    # Mutators

    def lift(self, *, why: str, by: str, now: datetime) -> bool:
        """It need not be kept any longer; False when that was known."""
        return bool(
            LegalHold.objects.filter(pk=self.pk, lifted_at=None).update(
                lifted_at=now, lifted_by_ref=by[:200], lifted_why=why[:300]
            )
        )

    # Queries

    @classmethod
    def on_number(cls, number: str) -> "LegalHold | None":
        """The hold on a number, if there is one."""
        return LegalHold.objects.filter(of=cls.Of.NUMBER, ref=keyed_hash(number), lifted_at=None).first()

    @classmethod
    def in_force(cls) -> dict[str, set[str]]:
        """What is held now: numbers as they are, calls and campaigns by their number. Raises UnableToRead."""
        held: dict[str, set[str]] = {of.value: set() for of in cls.Of}
        for hold in cls.objects.filter(lifted_at=None):
            if isinstance(hold.number, Unreadable):
                raise UnableToRead(f"Hold {hold.pk} is on a number that is encrypted with a key that is not here.")
            held[hold.of].add(hold.number if hold.of == cls.Of.NUMBER else hold.ref)
        return held


class RetentionRun(models.Model):
    """One pass over everything that is older than it should be: what was counted, or deleted."""

    is_dry = models.BooleanField(default=False, help_text="Only counted.")
    started_at = models.DateTimeField(db_index=True)
    heard_of_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    by_ref = models.CharField(max_length=200)
    doing = models.CharField(max_length=20, blank=True, help_text="Which kind of data it is at.")
    counts = models.JSONField(default=dict, blank=True, help_text="By kind of data: deleted, and kept by a hold.")
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "clearing of old data"
        verbose_name_plural = "clearings of old data"

    def __str__(self) -> str:
        return f"clearing {self.pk}"

    # Mutators

    def report(self, *, doing: str, counts: dict[str, Any], now: datetime) -> None:
        """So far."""
        RetentionRun.objects.filter(pk=self.pk).update(doing=doing, counts=counts, heard_of_at=now)

    def finish(self, *, counts: dict[str, Any], problem: str = "", now: datetime) -> None:
        """It is over."""
        RetentionRun.objects.filter(pk=self.pk).update(
            doing="", counts=counts, problem=problem[:300], heard_of_at=now, finished_at=now
        )
        self.refresh_from_db()
