"""What the gate would say of a campaign's contacts at a time to come, asked without ringing anybody."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from agents import floor
from calls.models.campaign import Campaign
from calls.models.choices import choices_of
from calls.models.contact import Contact
from compliance.verdict import Outcome

_SILENT_AFTER = timedelta(seconds=30)


class DryRun(models.Model):
    """One report: how many will be called, later, or not at all, and why. Asked in pieces by a worker."""

    class State(models.TextChoices):
        """Where it stands."""

        ASKING = "asking", "the gate is being asked"
        DONE = "done"
        CANCELLED = "cancelled"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="dry_runs")
    state = models.CharField(max_length=10, choices=State, default=State.ASKING)
    planned_at = models.DateTimeField(help_text="For which moment the gate is asked.")
    contacts = models.PositiveIntegerField(default=0, help_text="How many are to be asked about.")
    asked = models.PositiveIntegerField(default=0)
    will_call = models.PositiveIntegerField(default=0, help_text="Allowed at that moment.")
    will_call_later = models.PositiveIntegerField(default=0, help_text="Put off: not at that moment.")
    will_not_call = models.PositiveIntegerField(default=0, help_text="Denied.")
    reasons = models.JSONField(default=dict, help_text="How many contacts for each outcome and first reason.")
    after_id = models.BigIntegerField(default=0, help_text="Whoever stands before this was asked about.")
    read_by = models.CharField(max_length=40, blank=True, help_text="The worker that is at it.")
    heard_of_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by_ref = models.CharField(max_length=200)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"dry run {self.pk} of campaign {self.campaign_id}"

    @property
    def percent(self) -> int:
        """How far it has come."""
        if self.state == self.State.DONE:
            return 100
        return min(99, 100 * self.asked // self.contacts) if self.contacts else 0

    # Factories

    @classmethod
    def begin(cls, *, campaign: Campaign, planned_at: datetime, contacts: int, by: str, now: datetime) -> "DryRun":
        """A report that is to be made; one that is under way for the same campaign is given up."""
        cls.objects.filter(campaign=campaign, state=cls.State.ASKING).update(state=cls.State.CANCELLED, finished_at=now)
        return cls.objects.create(
            campaign=campaign, planned_at=planned_at, contacts=contacts, created_at=now, created_by_ref=by[:200]
        )

    # Mutators

    @classmethod
    def take(cls, pk: int, *, by: str) -> "DryRun | None":
        """Be the one who asks. None when another is at it, or there is nothing to ask."""
        is_free = Q(heard_of_at=None) | Q(heard_of_at__lt=Now() - _SILENT_AFTER)
        if not cls.objects.filter(is_free, pk=pk, state=cls.State.ASKING).update(read_by=by, heard_of_at=Now()):
            return None
        return cls.objects.select_related("campaign").get(pk=pk)

    def hold(self) -> bool:
        """True while it is still asked for, and by whoever holds this; its row is held until the transaction ends."""
        mine = DryRun.objects.select_for_update().filter(pk=self.pk, state=self.State.ASKING, read_by=self.read_by)
        row = mine.first()
        if row is not None:
            self.reasons = row.reasons
        return row is not None

    def add(self, findings: "Collection[DryRunFinding]", *, asked: int, after_id: int) -> None:
        """What was found out about a piece of the contacts, in the transaction that holds the row."""
        DryRunFinding.objects.bulk_create(findings, batch_size=1000)
        found = Counter(one.outcome for one in findings)
        reasons = Counter(self.reasons) + Counter(f"{one.outcome}:{one.code}" for one in findings)
        DryRun.objects.filter(pk=self.pk).update(
            asked=F("asked") + asked,
            will_call=F("will_call") + asked - len(findings),
            will_call_later=F("will_call_later") + found[Outcome.DEFER],
            will_not_call=F("will_not_call") + found[Outcome.DENY],
            reasons=dict(reasons),
            after_id=after_id,
            heard_of_at=Now(),
        )
        self.after_id = after_id
        floor.changed("dry_run", self.pk)

    def let_go(self) -> None:
        """Another task goes on with it."""
        DryRun.objects.filter(pk=self.pk, read_by=self.read_by).update(heard_of_at=None, read_by="")

    def close(self, state: "DryRun.State", *, now: datetime) -> bool:
        """Everybody was asked about, or nobody wants to know any more."""
        changed = DryRun.objects.filter(pk=self.pk, state=self.State.ASKING).update(state=state, finished_at=now)
        self.refresh_from_db()
        floor.changed("dry_run", self.pk)
        return bool(changed)

    # Queries

    @classmethod
    def left_lying(cls) -> list[int]:
        """Those that are to be made and nobody is at."""
        is_free = Q(heard_of_at=None) | Q(heard_of_at__lt=Now() - _SILENT_AFTER)
        return list(cls.objects.filter(is_free, state=cls.State.ASKING).values_list("pk", flat=True))

    def counted(self) -> list[dict[str, Any]]:
        """How many for each reason, most first: outcome, code, count."""
        rows = [(*key.partition(":")[::2], count) for key, count in self.reasons.items()]
        return [
            {"outcome": outcome, "code": code, "count": count}
            for outcome, code, count in sorted(rows, key=lambda row: (-row[2], row[1]))
        ]


class DryRunFinding(models.Model):
    """One contact who would not be called at that moment, and why."""

    of = models.ForeignKey(DryRun, on_delete=models.CASCADE, related_name="findings")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=5, choices=choices_of(Outcome))
    code = models.CharField(max_length=40)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["of", "code", "id"], name="findings_by_code")]

    def __str__(self) -> str:
        return f"{self.code} of contact {self.contact_id}"
