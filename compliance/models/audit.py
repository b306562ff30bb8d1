"""Who did what, and when: append-only."""

from datetime import datetime
from typing import Any

from django.db import models


class AuditEntry(models.Model):
    """One sensitive act of a person or of the system. Written once; the database refuses changes."""

    at = models.DateTimeField(db_index=True)
    actor_ref = models.CharField(max_length=200, help_text="Who: an account's e-mail address, or `system`.")
    act = models.CharField(max_length=60, help_text="What was done, as one word.")
    subject_ref = models.CharField(max_length=100, db_index=True, help_text="To what, as kind:id.")
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor_ref} {self.act} {self.subject_ref}"

    # Factories

    @classmethod
    def note(cls, *, at: datetime, actor_ref: str, act: str, subject_ref: str, details: dict[str, Any]) -> "AuditEntry":
        """Write one entry."""
        return cls.objects.create(at=at, actor_ref=actor_ref, act=act, subject_ref=subject_ref, details=details)
