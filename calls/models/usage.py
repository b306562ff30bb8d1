"""What the model is going to bill."""

from typing import Any

from django.db import models

from calls.models.call import Call
from compliance.statements import STAYING, insert_all


class UsageRecord(models.Model):
    """The usage of one response or one transcription. Cached tokens are a part of the input tokens."""

    class Kind(models.TextChoices):
        """What was used."""

        RESPONSE = "response"
        TRANSCRIPTION = "transcription"
        RELAY = "relay", "the carrier's listening and speaking"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="usage")
    kind = models.CharField(max_length=16, choices=Kind)
    ref = models.CharField(max_length=80, help_text="The model's id of what was billed.")
    model = models.CharField(max_length=80)
    at = models.DateTimeField()
    input_text_tokens = models.PositiveIntegerField(default=0)
    input_audio_tokens = models.PositiveIntegerField(default=0)
    cached_text_tokens = models.PositiveIntegerField(default=0)
    cached_audio_tokens = models.PositiveIntegerField(default=0)
    output_text_tokens = models.PositiveIntegerField(default=0)
    output_audio_tokens = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True, help_text="Where the model bills time, not tokens.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "kind", "ref"], name="usage_recorded_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"

    # Factories

    @classmethod
    def of(cls, *, usage: dict[str, Any], **fields: Any) -> "UsageRecord":
        """An unsaved record from the vendor's usage object; whatever is missing counts as nothing."""
        incoming, outgoing = _part(usage, "input_token_details"), _part(usage, "output_token_details")
        cached_text, cached_audio = _cached(incoming)
        seconds = usage.get("seconds")
        return cls(
            **fields,
            input_text_tokens=_count(incoming, "text_tokens"),
            input_audio_tokens=_count(incoming, "audio_tokens"),
            cached_text_tokens=cached_text,
            cached_audio_tokens=cached_audio,
            output_text_tokens=_count(outgoing, "text_tokens") or (0 if outgoing else _count(usage, "output_tokens")),
            output_audio_tokens=_count(outgoing, "audio_tokens"),
            seconds=float(seconds) if isinstance(seconds, int | float) else None,
        )

    @classmethod
    def keep_all(cls, records: "list[UsageRecord]") -> None:
        """Write records; one that is known already is left as it is."""
        insert_all(records, known=STAYING)


def _part(usage: dict[str, Any], name: str) -> dict[str, Any]:
    value = usage.get(name)
    return value if isinstance(value, dict) else {}


def _cached(incoming: dict[str, Any]) -> tuple[int, int]:
    """The cached text and sound, never more than went in. A sum without its parts is taken for text first, whose
    cache saves less: the bill comes out too high rather than too low.
    """
    text, audio = _count(incoming, "text_tokens"), _count(incoming, "audio_tokens")
    details = incoming.get("cached_tokens_details")
    if isinstance(details, dict):
        return min(_count(details, "text_tokens"), text), min(_count(details, "audio_tokens"), audio)
    cached_text = min(_count(incoming, "cached_tokens"), text)
    return cached_text, min(_count(incoming, "cached_tokens") - cached_text, audio)


def _count(usage: dict[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value > 0 else 0
