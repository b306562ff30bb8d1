"""Transfers of a caller to a person, and the offers that were made for them.

`Transfer` says who is looked for and what was agreed should nobody come; an `Offer` is one person rung. What the two
know are facts that only grow; what follows from them is read off by `calls.lifecycle.transfer`.
"""

import secrets
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q

from agents import floor
from agents.models import Agent, Queue
from calls.lifecycle import LegStatus, leg_after
from calls.lifecycle.transfer import OfferFacts, Outcome
from calls.models.call import Call
from calls.models.choices import choices_of
from calls.models.leg import Leg
from compliance.statements import EXAMPLE_KEY, Question


class Transfer(models.Model):
    """A caller on the way to a person, and with them."""

    class Kind(models.TextChoices):
        """Whether the person is briefed before they hear the caller."""

        WARM = "warm", "warm"
        COLD = "cold", "cold"
        TAKE_OVER = "take_over", "taken over by a supervisor"
        TASKROUTER = "taskrouter", "by TaskRouter"

    class Source(models.TextChoices):
        """Who began it."""

        ASSISTANT = "assistant"
        RULE = "rule"
        SUPERVISOR = "supervisor"
        AGENT = "agent"
        INTAKE = "intake"

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "looking for somebody"
        CONNECTED = "connected", "with a person"
        ENDED = "ended", "over"

    class IfNobody(models.TextChoices):
        """What becomes of the caller when nobody comes."""

        ASSISTANT = "assistant", "back to the assistant"
        QUEUE = "queue", "on to another queue"
        VOICEMAIL = "voicemail", "leave a message"
        CALLBACK = "callback", "offer to be called back"
        HANG_UP = "hang_up", "apologise and end the call"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="transfers")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WARM)
    source = models.CharField(max_length=10, choices=Source)
    requested_by_ref = models.CharField(max_length=200, help_text="A person's e-mail, or `assistant`, or the rule.")
    requested_at = models.DateTimeField()
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="transfers")
    agent = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="asked_for", help_text="The one asked for."
    )
    address = models.CharField(max_length=255, blank=True, help_text="A number or SIP address of the directory.")
    if_nobody = models.CharField(max_length=10, choices=IfNobody, default=IfNobody.ASSISTANT)
    reason = models.CharField(max_length=200, blank=True)
    brief = models.JSONField(default=dict, blank=True, help_text="summary, promised, facts, last_words")
    waits_until = models.DateTimeField(help_text="After this the caller need not wait any longer.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the carrier agreed to park the caller.")
    send_claimed_at = models.DateTimeField(null=True, blank=True)
    told_to_wait_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=12, choices=choices_of(Outcome), default=Outcome.NONE, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call"], condition=~Q(state="ended"), name="one_open_transfer_per_call")
        ]
        indexes = [models.Index(fields=["state"], condition=~Q(state="ended"), name="transfers_open")]
        permissions = [("transfer_call", "Can transfer calls, put them on hold and take them over")]

    def __str__(self) -> str:
        return f"transfer {self.pk} of call {self.call_id}"

    # Mutators

    def move(self, state: str, **changes: Any) -> bool:
        """Move the state on, with `changes`; False when somebody else did so meanwhile."""
        if not Transfer.objects.filter(pk=self.pk, state=self.state).update(state=state, **changes):
            return False
        self.state = state
        for name, value in changes.items():
            setattr(self, name, value)
        floor.changed("call", self.call_id)
        return True

    def note(self, **changes: Any) -> None:
        """Keep what is known beside the state."""
        Transfer.objects.filter(pk=self.pk).update(**changes)
        for name, value in changes.items():
            setattr(self, name, value)
        floor.changed("call", self.call_id)

    def claim_sending(self, *, now: datetime, again_before: datetime) -> bool:
        """Spend the right to have the carrier park the caller; after a while it may be tried again."""
        may = Q(send_claimed_at=None) | Q(send_claimed_at__lt=again_before)
        return bool(Transfer.objects.filter(may, pk=self.pk, sent_at=None).update(send_claimed_at=now))

    # Queries

    @classmethod
    def open_of(cls, call: Call) -> "Transfer | None":
        """The call's transfer that is not over."""
        return _OPEN.first(call=call.pk)

    @classmethod
    def open_id_of(cls, call: Call) -> int | None:
        """The id of that, where nothing else of it is wanted."""
        return _OPEN_OF_CALL.first(call=call.pk)

    def open_offer(self) -> "Offer | None":
        """The offer that is not closed."""
        return self.offers.select_related("agent").filter(closed_at=None).first()


class Offer(models.Model):
    """One person rung for a transfer. `ref` names it in the addresses that the carrier is given for its leg."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="offers")
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="offers")
    address = models.CharField(max_length=255, help_text="Where it rings.")
    ref = models.CharField(max_length=32, unique=True)
    label = models.CharField(max_length=128, help_text="The name in the room.")
    made_at = models.DateTimeField()
    deadline_at = models.DateTimeField(help_text="Until when it may ring and be briefed.")
    leg = models.ForeignKey(Leg, null=True, blank=True, on_delete=models.SET_NULL, related_name="offers")
    leg_status = models.CharField(max_length=12, choices=choices_of(LegStatus), blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    refused_why = models.CharField(max_length=300, blank=True, help_text="Why it was not dialled.")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.CharField(max_length=8, blank=True, help_text="key or click")
    declined_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(max_length=40, blank=True)
    machine_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="The person said that the call is over.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=choices_of(Outcome), default=Outcome.NONE, blank=True)
    disposition = models.CharField(max_length=40, blank=True)
    disposition_note = models.TextField(blank=True)
    wrapped_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transfer"], condition=Q(closed_at=None), name="one_open_offer_per_transfer"
            ),
            models.UniqueConstraint(
                fields=["agent"], condition=Q(closed_at=None, agent__isnull=False), name="one_open_offer_per_agent"
            ),
        ]

    def __str__(self) -> str:
        return f"offer {self.ref}"

    @property
    def is_being_briefed(self) -> bool:
        """True while the person is on the line and has not decided."""
        return self.answered_at is not None and self.accepted_at is None and self.closed_at is None

    @property
    def errand(self) -> str:
        """What the door calls it."""
        return f"offer:{self.pk}"

    # Factories

    @classmethod
    def make(
        cls, *, transfer: Transfer, agent: Agent | None, address: str, label: str, now: datetime, deadline_at: datetime
    ) -> "Offer | None":
        """A new offer; None when the transfer or the agent has one that is open."""
        try:
            with transaction.atomic():
                return cls.objects.create(
                    transfer=transfer,
                    agent=agent,
                    address=address,
                    label=label,
                    ref=secrets.token_hex(16),
                    made_at=now,
                    deadline_at=deadline_at,
                )
        except IntegrityError:
            return None

    # Mutators

    def learn(self, **facts: Any) -> bool:
        """Keep facts that were not known: each is written once. False when nothing is new."""
        news = False
        for name, value in facts.items():
            empty = "" if isinstance(value, str) else None
            if Offer.objects.filter(pk=self.pk, **{name: empty}).update(**{name: value}):
                setattr(self, name, value)
                news = True
        if news:
            self._announce()
        return news

    def is_rung_on(self, leg: Leg) -> None:
        """Keep the leg that came of it; the first one known stays."""
        if Offer.objects.filter(pk=self.pk, leg=None).update(leg=leg):
            self.leg = leg

    def report_leg(self, reported: LegStatus, *, at: datetime) -> bool:
        """Keep what the carrier says of the leg that rings the person; False when it is no news."""
        while True:
            self.refresh_from_db(fields=["leg_status"])
            known = LegStatus(self.leg_status or LegStatus.QUEUED)
            status = leg_after(known, reported)
            if status == self.leg_status:
                return False
            changes: dict[str, Any] = {"leg_status": status}
            if status is LegStatus.IN_PROGRESS:
                changes["answered_at"] = at
            if Offer.objects.filter(pk=self.pk, leg_status=self.leg_status).update(**changes):
                for name, value in changes.items():
                    setattr(self, name, value)
                self._announce()
                return True

    def close(self, *, outcome: Outcome, now: datetime) -> bool:
        """The person is no part of this transfer any more; the first to close it counts."""
        if not Offer.objects.filter(pk=self.pk, closed_at=None).update(closed_at=now, outcome=outcome):
            return False
        self.closed_at, self.outcome = now, outcome
        self._announce()
        return True

    def wrap_up(self, *, disposition: str, note: str, now: datetime) -> None:
        """Keep the result of the call and the person's note; written again, the newer counts."""
        Offer.objects.filter(pk=self.pk).update(disposition=disposition, disposition_note=note, wrapped_up_at=now)
        self.disposition, self.disposition_note, self.wrapped_up_at = disposition, note, now
        self._announce()

    def _announce(self) -> None:
        floor.changed("call", self.transfer.call_id)
        if self.agent_id is not None:
            floor.changed("agent", self.agent_id)

    # Queries

    def facts(self, *, now: datetime) -> OfferFacts:
        """What is known of it, for the rules."""
        stayed = None
        if self.joined_at is not None and self.left_at is not None:
            stayed = max(int((self.left_at - self.joined_at).total_seconds() * 1000), 0)
        return OfferFacts(
            leg=LegStatus(self.leg_status) if self.leg_status else None,
            was_refused=bool(self.refused_why),
            is_accepted=self.accepted_at is not None,
            is_declined=self.declined_at is not None,
            is_machine=self.machine_at is not None and self.accepted_at is None,
            has_joined=self.joined_at is not None,
            stayed_ms=stayed,
            has_finished=self.finished_at is not None,
            is_withdrawn=self.withdrawn_at is not None,
            is_late=self.accepted_at is None and now >= self.deadline_at,
        )


_OPEN_OF_CALL = Question(
    lambda call: (
        Transfer.objects.filter(call=call)
        .exclude(state=Transfer.State.ENDED)
        .order_by("pk")
        .values_list("pk", flat=True)[:1]
    ),
    call=EXAMPLE_KEY,
)


_OPEN = Question(
    lambda call: (
        Transfer.objects.select_related("queue", "agent")
        .filter(call=call)
        .exclude(state=Transfer.State.ENDED)
        .order_by("pk")[:1]
    ),
    call=EXAMPLE_KEY,
)
