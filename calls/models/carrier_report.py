"""Errors that the carrier tells us of, by its debugger's webhook or when we ask."""

from datetime import datetime

from django.db import models


class CarrierReport(models.Model):
    """One error of the carrier's. Nothing of what was said or sent is kept: a code, and what it was about."""

    class Level(models.TextChoices):
        """The carrier's own word."""

        ERROR = "error"
        WARNING = "warning"

    class Source(models.TextChoices):
        """How we were told."""

        DEBUGGER = "debugger", "its debugger"
        LIST = "list", "its list of errors"

    report_sid = models.CharField("the carrier's id", max_length=80, unique=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.DEBUGGER)
    level = models.CharField(max_length=8, choices=Level, default=Level.ERROR)
    code = models.PositiveIntegerField(db_index=True)
    resource_sid = models.CharField("about", max_length=64, blank=True, db_index=True)
    call = models.ForeignKey("calls.Call", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    occurred_at = models.DateTimeField(null=True, blank=True, help_text="By the carrier's clock.")
    at = models.DateTimeField("told", db_index=True)

    def __str__(self) -> str:
        return f"{self.code} {self.resource_sid}".strip()

    # Factories

    @classmethod
    def keep(
        cls,
        *,
        report_sid: str,
        source: Source,
        level: str,
        code: int,
        resource_sid: str,
        call_id: int | None,
        occurred_at: datetime | None,
        now: datetime,
    ) -> bool:
        """Keep one; False when it was known already."""
        known = level if level in cls.Level.values else cls.Level.ERROR
        _, is_new = cls.objects.get_or_create(
            report_sid=report_sid[:80],
            defaults={
                "source": source,
                "level": known,
                "code": code,
                "resource_sid": resource_sid[:64],
                "call_id": call_id,
                "occurred_at": occurred_at,
                "at": now,
            },
        )
        return is_new

    # Mutators

    @classmethod
    def forget(cls, *, before: datetime) -> None:
        """Delete those we were told of before this."""
        cls.objects.filter(at__lt=before).delete()

    # Queries

    @classmethod
    def codes_since(cls, since: datetime) -> "list[tuple[int, int, datetime]]":
        """Each code we were told of since then, how often, and when last; the commonest first."""
        told = cls.objects.filter(at__gt=since).values("code")
        counted = told.annotate(count=models.Count("pk"), last=models.Max("at")).order_by("-count", "code")
        return [(row["code"], row["count"], row["last"]) for row in counted]
