"""Secure captures: what was asked for, what came back, and the proof that nobody here knew it.

The row never holds what was keyed: of a card the provider's mask, of its token the end, of a PIN how many digits.
"""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q

from agents import floor
from agents.models import SecureField
from calls.lifecycle import CALL_MOVES, CallFact, Phase
from calls.lifecycle.capture import CAPTURE_ENDED, CaptureFact, CaptureResult, CaptureState, capture_after
from calls.models.call import Call
from calls.models.choices import choices_of
from calls.models.tool_run import ToolRun
from compliance.statements import EXAMPLE_KEY, Question

# Of a provider's token only so much is kept.
TOKEN_END = 4
_OPEN = [state.value for state in CaptureState if state not in CAPTURE_ENDED]


class SecureCapture(models.Model):
    """One secret keyed by a customer. `ref` names it in the address that the carrier brings the result to."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="captures")
    field = models.ForeignKey(SecureField, null=True, on_delete=models.SET_NULL, related_name="captures")
    ref = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=8, choices=SecureField.Kind)
    label = models.CharField(max_length=60, help_text="What was asked for, in people's words.")
    state = models.CharField(max_length=10, choices=choices_of(CaptureState), default=CaptureState.ASKED)
    result = models.CharField(max_length=16, choices=choices_of(CaptureResult), default=CaptureResult.NONE, blank=True)
    begun_by_ref = models.CharField(max_length=200, help_text="A person's e-mail, or `assistant`.")
    came_from = models.CharField(max_length=20, choices=choices_of(Phase), help_text="Where the customer goes back to.")
    tool_run = models.OneToOneField(ToolRun, null=True, on_delete=models.SET_NULL, related_name="capture")
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True, help_text="When the customer had left for it.")
    ended_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the carrier was last asked to send them.")

    amount_micros = models.PositiveBigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0, help_text="How often the carrier was given the document.")
    digits = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How many were keyed, never which.")
    masked = models.CharField(max_length=30, blank=True, help_text="The card as the provider masks it.")
    token_end = models.CharField(max_length=TOKEN_END, blank=True, help_text="The end of the provider's token.")
    reference = models.CharField(max_length=100, blank=True, help_text="The provider's confirmation.")

    was_recorded = models.BooleanField(default=False, help_text="A tape was running when it was asked for.")
    paused_at = models.DateTimeField(null=True, blank=True, help_text="When the carrier agreed to pause it, for this.")
    resume_due_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    resume_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call"], condition=Q(state__in=_OPEN), name="one_open_capture_per_call")
        ]
        indexes = [
            models.Index(fields=["state"], condition=Q(state__in=_OPEN), name="captures_open"),
            models.Index(
                fields=["resume_due_at"],
                condition=Q(resume_due_at__isnull=False, resumed_at=None),
                name="tapes_to_resume",
            ),
        ]
        permissions = [("begin_capture", "Can have a caller key in a card or a PIN")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} of call {self.call_id}"

    @property
    def is_open(self) -> bool:
        """True until it has ended, whatever came of it."""
        return CaptureState(self.state) not in CAPTURE_ENDED

    @property
    def is_card(self) -> bool:
        """True when a payment provider takes it."""
        return self.kind in (SecureField.Kind.PAYMENT, SecureField.Kind.TOKEN)

    @property
    def charge(self) -> str:
        """What is charged, as the provider wants it; empty when nothing is."""
        return "" if self.amount_micros is None else f"{Decimal(self.amount_micros) / 1_000_000:.2f}"

    # Factories

    @classmethod
    def ask(cls, *, call: Call, field: SecureField, by: str, now: datetime, **more: Any) -> "SecureCapture | None":
        """A new capture; None when the call has one that is open."""
        try:
            with transaction.atomic():
                capture = cls.objects.create(
                    call=call,
                    field=field,
                    ref=secrets.token_hex(16),
                    kind=field.kind,
                    label=field.label,
                    begun_by_ref=by,
                    came_from=call.phase,
                    asked_at=now,
                    **more,
                )
        except IntegrityError:
            return None
        floor.changed("transcript", call.pk)
        return capture

    # Mutators

    def advance(self, fact: CaptureFact, *, now: datetime, **changes: Any) -> bool:
        """Move it on by conditional update, with `changes`; False when the fact does not move it."""
        while True:
            state = capture_after(CaptureState(self.state), fact)
            if state == self.state:
                return False
            known = dict(changes)
            if state in CAPTURE_ENDED:
                known |= {"ended_at": self.ended_at or now}
                if state is not CaptureState.ABANDONED:
                    known |= {"resume_due_at": self.resume_due_at or now}
            if SecureCapture.objects.filter(pk=self.pk, state=self.state).update(state=state, **known):
                break
            self._look_again()
        self._look_again()
        floor.changed("transcript", self.call_id)
        return True

    def _look_again(self) -> None:
        """Read what may have changed; what it belongs to stays as it was read."""
        self.refresh_from_db(fields=[field.name for field in self._meta.concrete_fields if not field.is_relation])

    def next_document(self, *, after: int, now: datetime) -> bool:
        """Spend the right to give the carrier the next document; `after` is the last one known to who asks."""
        mine = SecureCapture.objects.filter(
            pk=self.pk, attempt=after, state__in=[CaptureState.READY, CaptureState.OPEN]
        )
        if not mine.update(attempt=after + 1, began_at=self.began_at or now):
            return False
        self.attempt, self.began_at = after + 1, self.began_at or now
        self.advance(CaptureFact.DOCUMENT_GIVEN, now=now)
        return True

    def tried(self, *, attempt: int, digits: int | None, result: CaptureResult) -> bool:
        """Keep what came of one try that is not the last; False when another try is under way already."""
        return bool(
            SecureCapture.objects.filter(pk=self.pk, attempt=attempt, state=CaptureState.OPEN).update(
                digits=digits, result=result
            )
        )

    def tape_paused(self, *, now: datetime) -> None:
        """The carrier has paused the tape for this."""
        SecureCapture.objects.filter(pk=self.pk).update(paused_at=now, was_recorded=True)
        self.paused_at, self.was_recorded = now, True

    def tape_runs(self) -> None:
        """The carrier did not pause it."""
        SecureCapture.objects.filter(pk=self.pk).update(was_recorded=True)
        self.was_recorded = True

    def was_sent(self, *, now: datetime) -> None:
        """The carrier has agreed to send the customer."""
        SecureCapture.objects.filter(pk=self.pk).update(sent_at=now)
        self.sent_at = now

    def claim_sending(self, *, now: datetime, again_before: datetime) -> bool:
        """Spend the right to have the carrier send the customer once more."""
        mine = SecureCapture.objects.filter(pk=self.pk, state=CaptureState.READY)
        return bool(mine.filter(Q(sent_at=None) | Q(sent_at__lt=again_before)).update(sent_at=now))

    def claim_resuming(self, *, now: datetime) -> bool:
        """Spend the right to have the tape go on; after a while, and longer each time, it may be tried again."""
        wait = timedelta(seconds=min(5 * 2**self.resume_tries, 60))
        mine = SecureCapture.objects.filter(pk=self.pk, resume_due_at__lte=now, resumed_at=None)
        return bool(mine.update(resume_due_at=now + wait, resume_tries=models.F("resume_tries") + 1))

    def tape_resumed(self, *, now: datetime) -> None:
        """The tape goes on."""
        SecureCapture.objects.filter(pk=self.pk).update(resumed_at=now)
        floor.changed("transcript", self.call_id)

    def tape_stays(self) -> None:
        """The tape will not go on any more: it, or the call, is over."""
        SecureCapture.objects.filter(pk=self.pk).update(resume_due_at=None)

    # Queries

    @classmethod
    def open_of(cls, call: Call) -> "SecureCapture | None":
        """The call's capture that is not over."""
        return cls.objects.select_related("field__assistant", "call").filter(call=call, state__in=_OPEN).first()

    @classmethod
    def open_id_of(cls, call: Call) -> int | None:
        """The id of that, where nothing else of it is wanted."""
        return _OPEN_OF_CALL.first(call=call.pk)

    @classmethod
    def by_ref(cls, ref: str) -> "SecureCapture | None":
        """The capture that an address names."""
        return cls.objects.select_related("field__assistant", "call", "tool_run").filter(ref=ref).first()

    @classmethod
    def left_open(cls, *, limit: int) -> "list[SecureCapture]":
        """Captures that are not over, oldest first."""
        return list(cls.objects.select_related("call").filter(state__in=_OPEN).order_by("asked_at")[:limit])

    @classmethod
    def tapes_due(cls, *, now: datetime, limit: int) -> "list[SecureCapture]":
        """Captures whose tape should go on."""
        due = cls.objects.select_related("call").filter(resume_due_at__lte=now, resumed_at=None)
        return list(due.order_by("resume_due_at")[:limit])

    @classmethod
    def was_last(cls, *, call: Call, is_stream_open: bool = False) -> bool:
        """True when the customer comes from a capture, and not from a stream; `is_stream_open`: it has begun since."""
        ended_at = _LAST_ENDED.first(call=call.pk)
        if ended_at is None:  # nearly always
            return False
        opened = call.streams.filter(opened_at__isnull=False).order_by("-opened_at").values_list("opened_at", flat=True)
        before = opened[1 if is_stream_open else 0 :].first()
        return before is not None and ended_at >= before

    @staticmethod
    def may_begin_in(phase: str) -> bool:
        """True when a customer who is there may be sent for one."""
        return (Phase(phase), CallFact.CAPTURE_BEGAN) in CALL_MOVES


_OPEN_OF_CALL = Question(
    lambda call: (
        SecureCapture.objects.filter(call=call, state__in=_OPEN).order_by("pk").values_list("pk", flat=True)[:1]
    ),
    call=EXAMPLE_KEY,
)


_LAST_ENDED = Question(
    lambda call: (
        SecureCapture.objects.filter(call=call, ended_at__isnull=False)
        .order_by("-ended_at")
        .values_list("ended_at", flat=True)[:1]
    ),
    call=EXAMPLE_KEY,
)
