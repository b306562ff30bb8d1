"""What a server of the business knew of a call's caller when it began: the values that the prompt asks for."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import models

from agents import prompt_text
from calls.models.call import Call
from compliance.encrypted import EncryptedField, Unreadable


class LookUp(models.Model):
    """The answer of one tool, asked once by the house itself. Only what the prompt wants of it is kept."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="look_ups")
    tool = models.CharField(max_length=64)
    values = EncryptedField(max_length=8000, blank=True, help_text="JSON: texts by where they stood in the answer.")
    trouble = models.CharField(max_length=300, blank=True, help_text="Why there is no answer, for people.")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "tool"], name="looked_up_once_per_call")]

    def __str__(self) -> str:
        return f"{self.tool} of call {self.call_id}"

    # Factories

    @classmethod
    def keep(cls, *, call: Call, tool: str, values: Mapping[str, str], trouble: str, now: datetime) -> None:
        """Keep what one tool has answered; the first answer counts."""
        kept = json.dumps(dict(values), ensure_ascii=False) if values else ""
        fields = {"values": kept, "trouble": trouble[:300], "asked_at": now}
        _, is_new = cls.objects.get_or_create(call=call, tool=tool, defaults=fields)
        if is_new:
            data = {"tool": tool, "values": len(values), "trouble": trouble[:300]}
            call.note("looked_up", at=now, source="system", key=f"looked_up:{tool}", **data)

    # Queries

    @classmethod
    def known_of(cls, call: Call) -> dict[str, str]:
        """The variables of a prompt that are known for this call, by name."""
        known: dict[str, str] = {}
        for one in cls.objects.filter(call=call).exclude(values=""):
            if not isinstance(one.values, Unreadable):
                found = json.loads(one.values)
                known |= {f"{prompt_text.FROM_LOOK_UP}{one.tool}.{place}": text for place, text in found.items()}
        return known
