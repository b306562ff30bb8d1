"""Attempts to reach the contacts of campaigns: each is one decision to dial, and what came of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Max, Q

from calls.lifecycle import Phase
from calls.lifecycle.campaign import ANSWERED_LIVE, AttemptOutcome, ContactState, has_rung, outcome_after
from calls.models.call import Call
from calls.models.campaign import Campaign
from calls.models.campaign_books import CampaignDay
from calls.models.choices import choices_of
from calls.models.contact import Contact
from compliance.models import DialDecision, DialPermit

_KIND = "attempt"


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt stood before a fact, and how it stands now."""

    before: AttemptOutcome
    after: AttemptOutcome

    @property
    def is_news(self) -> bool:
        """True when the fact changed it."""
        return self.before is not self.after


class ContactAttempt(models.Model):
    """One decision to dial a contact, and what came of it. `attempt:<id>` is its errand at the door."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="attempts")
    slot = models.PositiveSmallIntegerField(help_text="Counts the decisions of this contact, from 1.")
    opened_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True, help_text="When a worker took it to the door; one does.")
    decision = models.ForeignKey(DialDecision, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    permit = models.ForeignKey(DialPermit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    call = models.OneToOneField(Call, null=True, blank=True, on_delete=models.SET_NULL, related_name="attempt")
    outcome = models.CharField(max_length=16, choices=choices_of(AttemptOutcome), default=AttemptOutcome.OPEN)
    code = models.CharField(max_length=40, blank=True)
    answered_by = models.CharField(max_length=30, blank=True, help_text="The carrier's word: human, machine_end_beep …")
    answered_at = models.DateTimeField(null=True, blank=True)
    greeted_ms = models.IntegerField(
        null=True, blank=True, help_text="From the end of their greeting to our first word; more than 2 s is abandoned."
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "slot"], name="a_slot_once_per_contact")]
        indexes = [models.Index(fields=["opened_at"], condition=Q(outcome="open"), name="attempts_open")]

    def __str__(self) -> str:
        return f"attempt {self.pk}: {self.outcome}"

    @property
    def errand(self) -> str:
        """What it is called at the door."""
        return f"{_KIND}:{self.pk}"

    # Factories

    @classmethod
    def open_for(cls, contacts: Collection[Contact], *, now: datetime) -> "list[ContactAttempt]":
        """The next attempt of each of these, whose rows you hold."""
        known = cls.objects.filter(contact__in=contacts).values_list("contact").annotate(Max("slot"))
        last = dict(known.values_list("contact", "slot__max"))
        return ContactAttempt.objects.bulk_create(
            [ContactAttempt(contact=contact, slot=last.get(contact.pk, 0) + 1, opened_at=now) for contact in contacts]
        )

    # Mutators

    @classmethod
    def begin(cls, pk: int, *, now: datetime) -> bool:
        """Take it to the door. True for exactly one worker, ever: a task that comes twice does nothing."""
        mine = cls.objects.filter(pk=pk, begun_at=None, outcome=AttemptOutcome.OPEN)
        return bool(mine.update(begun_at=now))

    @classmethod
    def still_open(cls, pk: int) -> "ContactAttempt | None":
        """The attempt if nothing has come of it and no permit was spent on it. Its row is held, and its contact's."""
        rows = cls.objects.select_for_update(of=("self", "contact")).select_related("contact")
        return rows.filter(pk=pk, outcome=AttemptOutcome.OPEN, permit=None).first()

    def spend(self, permit: DialPermit, *, call: Call) -> None:
        """This permit is spent on it, in this transaction."""
        ContactAttempt.objects.filter(pk=self.pk).update(permit=permit, decision=permit.decision_id, call=call)
        self.permit, self.decision_id, self.call = permit, permit.decision_id, call

    def decided(self, decision: DialDecision | None) -> None:
        """Keep which decision of the gate it was."""
        if decision is not None:
            ContactAttempt.objects.filter(pk=self.pk, decision=None).update(decision=decision)

    def settle(
        self,
        outcome: AttemptOutcome,
        *,
        now: datetime,
        code: str = "",
        answered_by: str = "",
        answered_at: datetime | None = None,
        greeted_ms: int | None = None,
        only_without_permit: bool = False,
    ) -> Settled:
        """Keep what came of it. Facts may come late, twice and out of order: the one that says more stays.

        You must be in a transaction: the attempt's row and its contact's are held until it ends.
        `only_without_permit`: a permit that was spent meanwhile says otherwise.
        """
        row = ContactAttempt.objects.select_for_update(of=("self", "contact")).select_related("contact").get(pk=self.pk)
        before = AttemptOutcome(row.outcome)
        after = before if only_without_permit and row.permit_id else outcome_after(before, outcome)
        known: dict[str, Any] = {"answered_by": answered_by[:30], "answered_at": answered_at, "greeted_ms": greeted_ms}
        changes = {name: value for name, value in known.items() if value not in ("", None)}
        if after is not before:
            changes |= {"outcome": after, "settled_at": now, "code": code[:40]}
            self._tally(row, before, after, now=now)
        if changes:
            ContactAttempt.objects.filter(pk=self.pk).update(**changes)
            for name, value in changes.items():
                setattr(self, name, value)
        return Settled(before, after)

    @staticmethod
    def _tally(row: "ContactAttempt", before: AttemptOutcome, after: AttemptOutcome, *, now: datetime) -> None:
        rung = has_rung(after) - has_rung(before)
        if rung:
            row.contact.count_attempt(rung)
        CampaignDay.add(
            campaign_id=row.contact.campaign_id,
            at=row.begun_at or row.opened_at,
            rung=rung,
            answered=(after in ANSWERED_LIVE) - (before in ANSWERED_LIVE),
            abandoned=(after is AttemptOutcome.ABANDONED) - (before is AttemptOutcome.ABANDONED),
        )

    # Queries

    @classmethod
    def of_errand(cls, errand: str) -> "ContactAttempt | None":
        """The attempt that a dial was made for; None when it was made for something else."""
        kind, _, key = errand.partition(":")
        if kind != _KIND or not key.isdecimal():
            return None
        return cls.objects.select_related("call", "contact__campaign").filter(pk=int(key)).first()

    @property
    def is_last(self) -> bool:
        """True while its contact has no later one."""
        return not ContactAttempt.objects.filter(contact=self.contact_id, slot__gt=self.slot).exists()

    @classmethod
    def left_behind(cls, *, claimed_before: datetime, limit: int) -> "list[ContactAttempt]":
        """Attempts of contacts claimed so long ago whose worker never came to spend a permit."""
        rows = cls.objects.select_related("contact__campaign").filter(
            outcome=AttemptOutcome.OPEN,
            permit=None,
            contact__state=ContactState.CLAIMED,
            contact__claimed_at__lt=claimed_before,
        )
        return list(rows.order_by("pk")[:limit])

    @classmethod
    def unheard_of(cls, *, before: datetime, limit: int) -> "list[ContactAttempt]":
        """Attempts on which a permit was spent before then, and of which nothing is known."""
        rows = cls.objects.select_related("contact__campaign", "permit", "call").filter(
            outcome=AttemptOutcome.OPEN, permit__isnull=False, begun_at__lt=before
        )
        return list(rows.order_by("pk")[:limit])

    @classmethod
    def on_the_line(cls, campaign: Campaign) -> models.QuerySet["ContactAttempt"]:
        """Attempts of a campaign whose calls are not over."""
        of_it = cls.objects.filter(contact__campaign=campaign, call__isnull=False)
        return of_it.filter(~models.Q(call__phase=Phase.CLOSED))
