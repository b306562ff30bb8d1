"""The switch-board of the states: who signed off what, what is suspended, and where we are registered."""

from datetime import datetime
from typing import Any

from django.db import models


class StateSwitch(models.Model):
    """One state (or territory): may we call there at all, may an AI sell there, is selling suspended just now."""

    state = models.CharField(max_length=2, unique=True)
    is_enabled = models.BooleanField(default=True)
    disabled_why = models.CharField(max_length=300, blank=True)
    ai_sales_signed_off_by = models.CharField(max_length=200, blank=True, help_text="Counsel who allows it, by name.")
    ai_sales_signed_off_at = models.DateTimeField(null=True, blank=True)
    ai_sales_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until somebody takes it back.")
    is_suspended = models.BooleanField(default=False, help_text="A declared emergency: no sales calls.")
    suspended_why = models.CharField(max_length=300, blank=True)
    suspended_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until somebody lifts it.")
    certificate = models.CharField(max_length=80, blank=True, help_text="Registration or bond.")
    certificate_until = models.DateField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "state"

    def __str__(self) -> str:
        return self.state

    # Mutators

    def turn(self, *, by: str, now: datetime, **changes: Any) -> None:
        """Change some of its switches; whoever asks the gate after this commits is answered by it."""
        if "ai_sales_signed_off_by" in changes:
            changes["ai_sales_signed_off_at"] = now if changes["ai_sales_signed_off_by"] else None
        StateSwitch.objects.filter(pk=self.pk).update(**changes, changed_at=now, changed_by_ref=by[:200])
        self.refresh_from_db()
