"""People who are to be called back: when, why, and by what words of their own they asked for it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from agents import floor
from calls.lifecycle.callback import (
    CALLBACKS_OPEN,
    CallbackFact,
    CallbackState,
    Origin,
    callback_after,
)
from calls.models.call import Call
from calls.models.choices import choices_of


class Callback(models.Model):
    """Somebody is to be called back.

    Where they asked for it themselves, that is their express consent to one call about one matter. What proves it is
    kept here as it was: how they were asked, in which words, what they said or pressed, and when.
    """

    class Evidence(models.TextChoices):
        """By what a person has asked."""

        NONE = "none", "nothing: they did not ask"
        WORDS = "words", "their own words"
        KEY = "key", "a key they pressed"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="callbacks")
    customer_e164 = models.CharField("number", max_length=16, db_index=True)
    origin = models.CharField(max_length=8, choices=choices_of(Origin))
    state = models.CharField(max_length=10, choices=choices_of(CallbackState), default=CallbackState.ASKED)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="Empty: no moment is right for sure.")
    zone = models.CharField(max_length=64, blank=True, help_text="The person's time zone, as far as is known.")
    doubt = models.CharField(max_length=300, blank=True, help_text="What is not sure about the time.")
    reason = models.CharField(max_length=500, blank=True, help_text="What it is about.")
    known = models.TextField(blank=True, help_text="What was known when the call ended, in brief.")
    consent_scope = models.CharField(max_length=40, blank=True, help_text="To what they agreed; empty: to nothing.")
    consent_wording = models.TextField(blank=True, help_text="How they were asked, word for word, and which version.")
    consented_at = models.DateTimeField(null=True, blank=True)
    evidence_kind = models.CharField(max_length=8, choices=Evidence, default=Evidence.NONE)
    evidence_text = models.TextField(blank=True, help_text="What they said, or the key.")
    evidence_at_ms = models.IntegerField(null=True, blank=True, help_text="Where in the call, on the call's clock.")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="callbacks"
    )
    note = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"], condition=~Q(origin="fault") & Q(state__in=["asked", "scheduled"]),
                name="asked_once_per_call_at_a_time",
            ),
            models.UniqueConstraint(fields=["call"], condition=Q(origin="fault"), name="one_fault_callback_per_call"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state__in=["asked", "scheduled"]), name="callbacks_due")
        ]
        permissions = [("handle_callback", "Can call back, put off and finish callbacks")]

    def __str__(self) -> str:
        return f"callback {self.pk} of call {self.call_id}"

    @property
    def is_open(self) -> bool:
        """True until it is done, or not wanted any more."""
        return self.state in CALLBACKS_OPEN

    # Mutators

    def advance(self, fact: CallbackFact, *, by: str, at: datetime, **changes: Any) -> bool:
        """Keep what happened, in the call's history too, and let it move the state. False when it moves nothing."""
        state = callback_after(CallbackState(self.state), fact)
        if state == self.state and fact is not CallbackFact.TIME_AGREED:
            return False
        is_over = state not in CALLBACKS_OPEN
        changes |= {"state": state, "closed_at": at if is_over else None, "closed_by_ref": by if is_over else ""}
        with transaction.atomic():
            if not Callback.objects.filter(pk=self.pk, state=self.state).update(**changes):
                return False
            self.call.note(f"callback_{fact}", at=at, source="supervisor", by=by)
        self._adopt(changes)
        return True

    def change(self, **changes: Any) -> None:
        """Keep what is known beside the state."""
        Callback.objects.filter(pk=self.pk).update(**changes)
        self._adopt(changes)

    def _adopt(self, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            setattr(self, name, value)
        floor.changed("callback", self.pk)

    # Queries

    @classmethod
    def open_for(cls, e164: str) -> "Callback | None":
        """The callback of this person that is not over, the newest."""
        return cls.objects.filter(customer_e164=e164, state__in=CALLBACKS_OPEN).order_by("-asked_at").first()
