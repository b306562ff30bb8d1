"""The go-live check as it was made: when, by whom, and what it found."""

from datetime import datetime
from typing import Any

from django.db import models

from calls.golive.findings import Finding, Severity

_KEPT = 50


class ReadinessCheck(models.Model):
    """One run of the go-live check."""

    at = models.DateTimeField(db_index=True)
    by_ref = models.CharField("by", max_length=150)
    blockers = models.PositiveIntegerField(default=0)
    others = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)
    facts = models.JSONField(default=dict, help_text="What was read, in a few words.")

    def __str__(self) -> str:
        return f"check of {self.at:%Y-%m-%d %H:%M}"

    # Factories

    @classmethod
    def keep(cls, found: list[Finding], *, facts: dict[str, Any], by: str, now: datetime) -> "ReadinessCheck":
        """Keep what was found; of old ones the newest fifty stay."""
        blockers = sum(finding.severity is Severity.BLOCKER for finding in found)
        made = cls.objects.create(
            at=now,
            by_ref=by[:150],
            blockers=blockers,
            others=len(found) - blockers,
            findings=[finding.as_json() for finding in found],
            facts=facts,
        )
        old = cls.objects.order_by("-pk").values_list("pk", flat=True)[_KEPT:]
        cls.objects.filter(pk__in=list(old)).delete()
        return made

    # Queries

    @classmethod
    def last(cls) -> "ReadinessCheck | None":
        """The newest one."""
        return cls.objects.order_by("-pk").first()

    def found(self) -> list[Finding]:
        """What it found, the worst first."""
        return [Finding.of_json(kept) for kept in self.findings]
