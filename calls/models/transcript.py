"""The words of a call."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import models

from calls.models.call import Call


class TranscriptTurn(models.Model):
    """One party's stretch of speech. Times are milliseconds since the call's first ring."""

    class Party(models.TextChoices):
        """Who spoke."""

        CUSTOMER = "customer", "caller"
        ASSISTANT = "assistant"
        AGENT = "agent", "agent"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="turns")
    item_id = models.CharField(max_length=80, help_text="The model's id of this stretch; ours for the opening words.")
    party = models.CharField(max_length=10, choices=Party)
    speaker = models.CharField(max_length=80, blank=True, help_text="Which agent, by name.")
    started_ms = models.IntegerField()
    ended_ms = models.IntegerField(null=True, blank=True)
    text = models.TextField(blank=True, help_text="What was heard.")
    unheard = models.TextField(blank=True, help_text="What the assistant meant to say when the caller cut it.")
    is_cut = models.BooleanField(default=False)
    is_final = models.BooleanField(
        default=True, help_text="No while it is being spoken, by whoever holds the call: only then is it kept in parts."
    )
    response_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From the end of the caller's speech to the first sound of this turn."
    )
    transcription_failed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "item_id"], name="turn_once_per_item")]
        indexes = [
            models.Index(fields=["call", "started_ms"], name="turns_in_order"),
            models.Index(fields=["call"], condition=models.Q(is_final=False), name="turns_being_spoken"),
        ]

    def __str__(self) -> str:
        return f"{self.party} at {self.started_ms} ms of call {self.call_id}"

    # Mutators

    @classmethod
    def keep_all(cls, turns: "list[TranscriptTurn]") -> None:
        """Write turns as they are known now; the same item of the same call replaces what was known of it."""
        TranscriptTurn.objects.bulk_create(
            turns,
            update_conflicts=True,
            unique_fields=["call", "item_id"],
            update_fields=[
                "party",
                "started_ms",
                "ended_ms",
                "text",
                "unheard",
                "is_cut",
                "is_final",
                "response_ms",
                "transcription_failed",
            ],
        )

    @classmethod
    def broken_off(cls, **of: Any) -> int:
        """Turns nobody will finish any more, because their process is gone: they stay as far as they were heard."""
        return cls.objects.filter(is_final=False, **of).update(is_final=True)

    @classmethod
    def not_to_be_kept(cls, **of: Any) -> int:
        """Delete what was written down of callers who do not want it; how many turns."""
        return cls.objects.filter(call__are_words_kept=False, **of).delete()[0]

    @classmethod
    def forget_greetings(cls, *, since: datetime, **of: Any) -> int:
        """Delete what was written down of answering machines' greetings on calls since then; how many turns."""
        machines = {"call__outgoing__machine_at__gt": since, "call__outgoing__person_at": None}
        return cls.objects.filter(party=cls.Party.CUSTOMER, **machines, **of).delete()[0]

    # Queries

    @classmethod
    def being_spoken(cls, *, call: Call) -> list[tuple[int, str]]:
        """What has been heard of turns that are not over, or whose process is gone, as (moment, text)."""
        found = cls.objects.filter(call=call, is_final=False).exclude(text="").order_by("started_ms")
        return list(found.values_list("started_ms", "text"))

    @classmethod
    def finished(cls, *, calls: Collection[int], items: Collection[str]) -> set[tuple[int, str]]:
        """Which of these turns are written down as a whole, as (call, item): they are not being spoken any more."""
        found = cls.objects.filter(call__in=calls, item_id__in=items, is_final=True)
        return set(found.values_list("call", "item_id"))
