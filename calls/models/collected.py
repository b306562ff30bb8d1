"""What an assistant found out in a call and what the call was worth; kept at once, so that a hang-up loses nothing."""

from datetime import datetime

from django.db import models

from agents import floor
from agents.models import Assistant, Disposition, FactToCollect
from calls.models.call import Call
from compliance.encrypted import EncryptedField


class CollectedFact(models.Model):
    """One thing a caller said of themselves, as it is known now."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="facts")
    name = models.CharField(max_length=40)
    label = models.CharField(max_length=80)
    value = EncryptedField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "name"], name="fact_once_per_call")]

    def __str__(self) -> str:
        return f"{self.name} of call {self.call_id}"

    # Mutators

    @classmethod
    def record(cls, *, call: Call, wanted: FactToCollect, value: str, now: datetime) -> None:
        """Keep a fact; said again, the newer one counts."""
        values = {"label": wanted.label, "value": value, "recorded_at": now}
        cls.objects.update_or_create(call=call, name=wanted.name, defaults=values)
        floor.changed("call", call.pk)

    # Queries

    @classmethod
    def lines_of(cls, call: Call) -> list[str]:
        """What is known, a line each, for people."""
        return [f"{fact.label}: {fact.value}" for fact in cls.objects.filter(call=call).order_by("pk")]

    @classmethod
    def missing(cls, *, call: Call, assistant: Assistant) -> list[str]:
        """The labels of what is required and not known yet."""
        known = cls.objects.filter(call=call).exclude(value="").values("name")
        wanted = FactToCollect.objects.filter(assistant=assistant, is_required=True).exclude(name__in=known)
        return list(wanted.order_by("position", "pk").values_list("label", flat=True))


class CallResult(models.Model):
    """What a call was worth, as the assistant who had it says. What a person says afterwards stands beside it."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="result_of_assistant")
    disposition = models.CharField(max_length=40, help_text="Its code.")
    note = EncryptedField(max_length=500, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.disposition} of call {self.call_id}"

    # Mutators

    @classmethod
    def put_down(cls, *, call: Call, disposition: Disposition, note: str, now: datetime) -> None:
        """Keep it; said again, the newer one counts."""
        cls.objects.update_or_create(call=call, defaults={"disposition": disposition.code, "note": note, "at": now})
        floor.changed("call", call.pk)
