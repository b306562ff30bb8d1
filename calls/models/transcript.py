"""The words of a call."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import models

from calls.models.call import Call
from compliance.statements import EXAMPLE_KEY, Change, Question, insert_all, replacing

_NEWEST_COUNTS = replacing(
    "party",
    "started_ms",
    "ended_ms",
    "text",
    "unheard",
    "is_cut",
    "is_final",
    "response_ms",
    "transcription_failed",
    of=("call_id", "item_id"),
)


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
        insert_all(turns, known=_NEWEST_COUNTS)

    @classmethod
    def broken_off(cls, **of: Any) -> int:
        """Turns nobody will finish any more, because their process is gone: they stay as far as they were heard."""
        return cls.objects.filter(is_final=False, **of).update(is_final=True)

    @classmethod
    def left_half_said(cls, call: Call) -> int:
        """The same, of one call that another process has taken up."""
        return _BROKEN_OFF.make(call=call.pk)

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
        return [(row["started_ms"], row["text"]) for row in _BEING_SPOKEN.all(call=call.pk)]

    @classmethod
    def finished(cls, *, calls: Collection[int], items: Collection[str]) -> set[tuple[int, str]]:
        """Which of these turns are written down as a whole, as (call, item): they are not being spoken any more."""
        found = cls.objects.filter(call__in=calls, item_id__in=items, is_final=True)
        return set(found.values_list("call", "item_id"))


_BROKEN_OFF = Change(
    lambda call: (TranscriptTurn.objects.filter(call=call, is_final=False), {"is_final": True}), call=EXAMPLE_KEY
)
_BEING_SPOKEN = Question(
    lambda call: (
        TranscriptTurn.objects.filter(call=call, is_final=False)
        .exclude(text="")
        .order_by("started_ms")
        .values("started_ms", "text")
    ),
    call=EXAMPLE_KEY,
)
