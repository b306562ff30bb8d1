"""What a call of ours is for, and what became of it: who answered, when they heard us, and how it came out."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models

from agents import floor
from calls.lifecycle import EndedReason
from calls.lifecycle.campaign import AttemptOutcome
from calls.lifecycle.outgoing import Voicemail
from calls.models.call import Call
from calls.models.callback import Callback
from calls.models.choices import choices_of
from compliance.models import DialPermit
from compliance.verdict import Purpose, Voice

# What is learned once: a later report of the same changes nothing.
_ONCE = frozenset({"answered_at", "words_at", "machine_at", "message_at", "message_left_at", "person_at"})


class OutgoingCall(models.Model):
    """The outgoing side of a call. What was asked for is as it stood when the permit was spent."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="outgoing")
    permit = models.OneToOneField(
        DialPermit, null=True, blank=True, on_delete=models.PROTECT, related_name="outgoing",
        help_text="With which it was begun; none where a colleague was rung first.",
    )  # fmt: skip
    purpose = models.CharField(max_length=16, choices=choices_of(Purpose))
    voice = models.CharField(max_length=16, choices=choices_of(Voice))
    seller = models.CharField(max_length=120, help_text="For whom we call; said in the first sentence.")
    topic = models.CharField(max_length=120, blank=True, help_text="What it is about; said after the disclosures.")
    voicemail = models.CharField(max_length=8, choices=choices_of(Voicemail), default=Voicemail.HANG_UP)
    voicemail_words = models.CharField(max_length=600, blank=True, help_text="Said after a machine's tone.")
    callback = models.ForeignKey(
        Callback, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls_back",
        help_text="The wish to be called back that this call answers.",
    )  # fmt: skip
    by_ref = models.CharField(max_length=200, help_text="Who, or what, had it placed.")
    words = models.TextField(blank=True, help_text="What was said first, word for word.")
    words_version = models.CharField(max_length=20, blank=True)
    words_language = models.CharField(max_length=12, blank=True)
    times_said = models.PositiveSmallIntegerField(default=0, help_text="How often it was begun: a key breaks it off.")
    said_at = models.DateTimeField(null=True, blank=True, help_text="When it was begun last.")
    answered_at = models.DateTimeField(null=True, blank=True)
    words_at = models.DateTimeField(null=True, blank=True, help_text="When our first word was spoken.")
    answered_by = models.CharField(
        max_length=30,
        blank=True,
        help_text="The carrier's word: human, machine_end_beep …; or ours, when it was wrong.",
    )
    detected_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="How long after the answer the carrier was sure."
    )
    machine_at = models.DateTimeField(null=True, blank=True, help_text="When it was taken for a machine.")
    message_at = models.DateTimeField(null=True, blank=True, help_text="When the message was begun.")
    message_left_at = models.DateTimeField(null=True, blank=True, help_text="When it was said to its end.")
    person_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody who was taken for a machine spoke on."
    )
    opted_out_at = models.DateTimeField(null=True, blank=True, help_text="When they asked not to be called.")
    greeted_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From the end of their greeting to our first word; more than 2 s is abandoned."
    )
    outcome = models.CharField(max_length=16, choices=choices_of(AttemptOutcome), default=AttemptOutcome.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["call"], condition=models.Q(settled_at=None), name="outgoing_not_settled"),
        ]

    def __str__(self) -> str:
        return f"outgoing call {self.call_id}: {self.outcome}"

    @property
    def is_taken_for_machine(self) -> bool:
        """True while we hold whoever answered for a machine."""
        return self.machine_at is not None and self.person_at is None

    @property
    def is_by_assistant(self) -> bool:
        """True when an assistant speaks, and not one of us."""
        return self.voice == Voice.AI

    # Mutators

    def learn(self, **known: Any) -> bool:
        """Keep what is known now; what is learned once stays. False when all of it was known."""
        once = {name: value for name, value in known.items() if name in _ONCE}
        always = {name: value for name, value in known.items() if name not in _ONCE}
        is_news = False
        for name, value in once.items():
            if OutgoingCall.objects.filter(pk=self.pk, **{name: None}).update(**{name: value}):
                is_news = True
        if always:
            OutgoingCall.objects.filter(pk=self.pk).update(**always)
            is_news = True
        self.refresh_from_db()
        floor.changed("call", self.call_id)
        return is_news

    def said_again(self) -> int:
        """The first words are begun once more; how often that was."""
        OutgoingCall.objects.filter(pk=self.pk).update(times_said=models.F("times_said") + 1)
        self.refresh_from_db(fields=["times_said"])
        return self.times_said

    def settle(self, *, outcome: AttemptOutcome, greeted_ms: int | None, now: datetime) -> bool:
        """What came of it; the first word counts."""
        mine = OutgoingCall.objects.filter(pk=self.pk, settled_at=None)
        is_news = bool(mine.update(outcome=outcome, greeted_ms=greeted_ms, settled_at=now))
        self.refresh_from_db()
        floor.changed("call", self.call_id)
        return is_news

    # Queries

    @classmethod
    def of(cls, call: Call) -> "OutgoingCall | None":
        """The outgoing side of a call; None for one that came in."""
        return cls.objects.filter(call=call).first() if call.direction == Call.Direction.OUTBOUND else None

    @classmethod
    def not_settled(cls, *, limit: int) -> "list[OutgoingCall]":
        """Those whose call is over, and of which nobody has said what came."""
        over = cls.objects.select_related("call").filter(settled_at=None, call__phase="closed")
        return list(over.order_by("pk")[:limit])

    @classmethod
    def hung_up_at_once(cls, number: str) -> int:
        """How often whoever has this number has picked up and hung up within three seconds: a sign, and no opt-out."""
        soon = models.F("answered_at") + timedelta(seconds=3)
        theirs = cls.objects.filter(call__customer_e164=number, call__ended_reason=EndedReason.CALLER_HUNG_UP)
        return theirs.filter(answered_at__isnull=False, call__ended_at__lte=soon).count()
