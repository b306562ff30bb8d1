"""The switch that stops everything that rings somebody."""

from datetime import datetime

from django.db import models


class OutboundSwitch(models.Model):
    """Whether calls go out at all. There is one."""

    name = models.CharField(max_length=40, unique=True, default="everything", editable=False)
    is_off = models.BooleanField("off", default=False, help_text="Off: nobody is rung, our own people included.")
    reason = models.CharField(max_length=200, blank=True, help_text="For colleagues.")
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_by_ref = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "outbound switch"
        verbose_name_plural = "outbound switch"

    def __str__(self) -> str:
        return "Outgoing calls are switched off" if self.is_off else "Outgoing calls are switched on"

    # Mutators

    def turn(self, *, is_off: bool, reason: str, by: str, now: datetime) -> None:
        """Switch outgoing calls off or on; whoever asks the gate after this commits is answered by it."""
        OutboundSwitch.objects.filter(pk=self.pk).update(
            is_off=is_off, reason=reason, changed_at=now, changed_by_ref=by[:200]
        )
        self.refresh_from_db()

    # Queries

    @classmethod
    def is_paused(cls) -> bool:
        """True while nobody may be rung; a switch that is missing counts as off, because that is a doubt."""
        states = list(cls.objects.values_list("is_off", flat=True))
        return not states or any(states)
