"""Tools that wait for a supervisor: asked once, decided once, carried out once."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from agents import floor
from calls.lifecycle import Phase
from calls.models.call import Call
from calls.models.tool_run import ToolRun


class ToolApproval(models.Model):
    """A tool the assistant wants to use, which a supervisor must approve first."""

    class Decision(models.TextChoices):
        """What became of it; empty while nobody has decided."""

        APPROVED = "approved"
        EDITED = "edited", "approved with changes"
        REFUSED = "refused"
        EXPIRED = "expired", "not decided in time"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="approvals")
    run = models.OneToOneField(ToolRun, on_delete=models.CASCADE, related_name="approval")
    tool = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict, help_text="As the assistant wants them.")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=Decision, blank=True)
    edited_arguments = models.JSONField(null=True, blank=True, help_text="As the supervisor wants them instead.")
    decided_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=200, blank=True, help_text="Who decided; empty when nobody did.")
    carried_out_at = models.DateTimeField(null=True, blank=True, help_text="When the tool was begun.")

    class Meta:
        indexes = [models.Index(fields=["call"], condition=Q(decision=""), name="approvals_open")]
        permissions = [("approve_tool", "Can approve tools of live calls")]

    def __str__(self) -> str:
        return f"{self.tool} of call {self.call_id}"

    # Factories

    @classmethod
    def ask(
        cls, *, run: ToolRun, call: Call, arguments: dict[str, Any], now: datetime, patience: timedelta
    ) -> "ToolApproval":
        """Ask for a tool that is not carried out before somebody has said so."""
        asked = cls.objects.create(
            call=call, run=run, tool=run.tool, arguments=arguments, asked_at=now, expires_at=now + patience
        )
        floor.changed("call", call.pk)
        return asked

    # Mutators

    def decide(self, decision: Decision, *, by: str, now: datetime, edited: dict[str, Any] | None = None) -> bool:
        """Decide, if nobody has and it is not too late. False when somebody was faster, or time was."""
        open_ = ToolApproval.objects.filter(pk=self.pk, decision="", expires_at__gt=now)
        return self._decided(open_, decision=decision, by=by, decided_at=now, edited_arguments=edited)

    def expire(self, *, now: datetime) -> bool:
        """Nobody has decided in time, or the call is over. False when it is decided, or there is time left."""
        if self.expires_at > now and Call.objects.filter(pk=self.call_id).exclude(phase=Phase.CLOSED).exists():
            return False
        open_ = ToolApproval.objects.filter(pk=self.pk, decision="")
        return self._decided(open_, decision=self.Decision.EXPIRED, decided_at=now)

    def _decided(self, open_: "models.QuerySet[ToolApproval]", **changes: Any) -> bool:
        is_mine = bool(open_.update(**changes))
        self.refresh_from_db()
        if is_mine:
            floor.changed("call", self.call_id)
        return is_mine

    def claim(self, *, now: datetime) -> bool:
        """Spend the right to carry it out: once, and only when it was approved."""
        may = Q(decision__in=(self.Decision.APPROVED, self.Decision.EDITED))
        return bool(ToolApproval.objects.filter(may, pk=self.pk, carried_out_at=None).update(carried_out_at=now))

    # Queries

    @property
    def is_open(self) -> bool:
        """True while somebody may decide."""
        return self.decision == ""

    def wanted(self) -> dict[str, Any]:
        """The arguments it is carried out with."""
        return dict(self.arguments if self.edited_arguments is None else self.edited_arguments)

    @classmethod
    def open_of(cls, calls: "models.QuerySet[Call] | list[Call]") -> "dict[int, list[ToolApproval]]":
        """What waits for a decision on each of these calls, oldest first."""
        found: dict[int, list[ToolApproval]] = {}
        for one in cls.objects.filter(call__in=calls, decision="").exclude(call__phase=Phase.CLOSED).order_by("pk"):
            found.setdefault(one.call_id, []).append(one)
        return found

    @classmethod
    def left_over(cls) -> "list[ToolApproval]":
        """What was approved and not begun before its call ended."""
        approved = Q(decision__in=(cls.Decision.APPROVED, cls.Decision.EDITED), carried_out_at=None)
        return list(cls.objects.filter(approved, call__phase=Phase.CLOSED).select_related("call", "run"))

    @classmethod
    def overdue(cls, *, now: datetime) -> "list[ToolApproval]":
        """Those that nobody will decide any more."""
        late = Q(expires_at__lte=now) | Q(call__phase=Phase.CLOSED)
        return list(cls.objects.filter(late, decision="").select_related("call", "run"))
