"""What another process needs to go on with a conversation."""

from datetime import datetime
from typing import Any

from django.db import models

from calls.models.call import Call
from compliance.statements import EXAMPLE_KEY, Question, insert_all, replacing

_NEWEST_COUNTS = replacing(
    "document", "epoch", "written_at", of=("call_id",), unless="calls_resumedocument.epoch > EXCLUDED.epoch"
)


class AssistantNote(models.Model):
    """What happened while the assistant was away: told to it when the call comes back, in order."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="assistant_notes")
    at = models.DateTimeField()
    text = models.TextField(help_text="As the model is told: facts, and what to do about them.")

    def __str__(self) -> str:
        return f"note for the assistant of call {self.call_id}"

    # Factories

    @classmethod
    def leave(cls, *, call: Call, text: str, at: datetime) -> None:
        """Leave a note. It is told once: what the assistant writes down after that has it in it."""
        cls.objects.create(call=call, text=text[:2000], at=at)

    # Queries

    @classmethod
    def untold(cls, *, call: Call) -> list[str]:
        """The notes that no memory of the call holds yet."""
        return _UNTOLD.all(call=call.pk)


class ResumeDocument(models.Model):
    """The memory of a live call, written with every turn by whoever holds it; read when somebody else takes it over."""

    call = models.OneToOneField(Call, primary_key=True, on_delete=models.CASCADE, related_name="resume_document")
    document = models.JSONField(
        help_text="As the voice session wrote it: turns, summary, tools, what was said by rule."
    )
    epoch = models.PositiveIntegerField(help_text="Who wrote it.")
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"resume document of call {self.call_id}"

    # Mutators

    @classmethod
    def keep_all(cls, documents: "list[ResumeDocument]") -> None:
        """Write documents, the newest of each call counting.

        What a process has left may be found when another has held the call for a while: it must not replace what that
        one has written since.
        """
        newest = {document.call_id: document for document in sorted(documents, key=lambda document: document.epoch)}
        insert_all([newest[call_id] for call_id in sorted(newest)], known=_NEWEST_COUNTS)

    # Queries

    @classmethod
    def of(cls, call: Call) -> dict[str, Any] | None:
        """The document of a call; None when nothing was written of it."""
        found = _DOCUMENT.first(call=call.pk)
        return found if isinstance(found, dict) else None

    @classmethod
    def forget(cls, *, ended_before: datetime) -> int:
        """Delete the documents of calls that are over; how many. Where no words are kept, at once."""
        is_over = models.Q(call__ended_at__lt=ended_before) | models.Q(call__are_words_kept=False)
        return cls.objects.filter(is_over, call__phase="closed").delete()[0]


_DOCUMENT = Question(
    lambda call: ResumeDocument.objects.filter(call=call).values_list("document", flat=True)[:1], call=EXAMPLE_KEY
)


def _untold(call: int) -> "models.QuerySet[AssistantNote, str]":
    notes = AssistantNote.objects.filter(call=call).order_by("at", "pk")
    newer = models.Q(call__resume_document=None) | models.Q(at__gt=models.F("call__resume_document__written_at"))
    return notes.filter(newer).values_list("text", flat=True)


_UNTOLD = Question(_untold, call=EXAMPLE_KEY)
