"""A tool at work for a call: begun once, finished once, whatever dies in between."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from calls.models.call import Call
from compliance.statements import EXAMPLE_KEY, Question

LONGEST_WISH = 500  # characters


class ToolRun(models.Model):
    """One run of a tool. The same call of the model is run once; so is the same wish after a lost line."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="tool_runs")
    ref = models.CharField(max_length=64, help_text="The model's id of the tool call.")
    tool = models.CharField(max_length=64)
    arguments = models.CharField(max_length=LONGEST_WISH, blank=True)
    epoch = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    output = models.CharField(max_length=2000, blank=True)
    is_error = models.BooleanField(default=False)
    trouble = models.CharField(
        max_length=300, blank=True, help_text="What was wrong, for people; the model hears less."
    )
    sources = models.JSONField(default=list, blank=True, help_text="What the answer was taken from.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "ref"], name="tool_call_run_once")]

    def __str__(self) -> str:
        return f"{self.tool} {self.ref}"

    # Factories

    @classmethod
    def begin(
        cls, *, call: Call, ref: str, tool: str, arguments: str, epoch: int, now: datetime
    ) -> "tuple[ToolRun, bool]":
        """The run of this tool call, and whether it is begun now; False when it was before."""
        try:
            with transaction.atomic():
                run = cls.objects.create(
                    call=call, ref=ref, tool=tool, arguments=arguments, epoch=epoch, started_at=now
                )
        except IntegrityError:
            return cls.objects.get(call=call, ref=ref), False
        return run, True

    # Mutators

    def finish(
        self,
        *,
        output: str,
        is_error: bool,
        now: datetime,
        trouble: str = "",
        sources: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """It has answered; the first answer counts."""
        ToolRun.objects.filter(pk=self.pk, finished_at=None).update(
            output=output[:2000], is_error=is_error, finished_at=now, trouble=trouble[:300], sources=list(sources)
        )

    # Queries

    @classmethod
    def under_way(cls, *, call: Call, tool: str) -> "ToolRun | None":
        """The newest run of this tool that has not answered."""
        return cls.objects.filter(call=call, tool=tool, finished_at=None).order_by("-pk").first()

    def before(self) -> "ToolRun | None":
        """The newest earlier run of this call for the same wish that is under way or has succeeded."""
        if len(self.arguments) >= LONGEST_WISH:
            return None  # cut: two of them may differ in what is missing
        same = ToolRun.objects.filter(call=self.call_id, tool=self.tool, arguments=self.arguments, pk__lt=self.pk)
        return same.filter(is_error=False).order_by("-pk").first()

    @classmethod
    def left_open(cls, *, call: Call, tool: str, arguments: str, epoch: int) -> "ToolRun | None":
        """The same wish of an earlier epoch whose outcome nobody knows."""
        same = cls.objects.filter(call=call, tool=tool, arguments=arguments, epoch__lt=epoch, finished_at=None)
        return same.order_by("-pk").first()

    @classmethod
    def outputs(cls, *, call: Call) -> dict[str, str]:
        """What the tools of a call have answered, by the model's ids; some after whoever had asked was gone."""
        return {row["ref"]: row["output"] for row in _FINISHED.all(call=call.pk)}


_FINISHED = Question(
    lambda call: ToolRun.objects.filter(call=call, finished_at__isnull=False).values("ref", "output"),
    call=EXAMPLE_KEY,
)
