"""Campaigns: many people are to be called, for one purpose, by one assistant, within one set of rules."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models, transaction
from django.db.models import Q

from agents import floor
from agents.models import Assistant, Queue
from calls.lifecycle.campaign import CampaignFact, CampaignState, campaign_after
from calls.models.choices import choices_of
from calls.models.number import Number
from compliance.verdict import Purpose, Voice

# 47 CFR 64.1200(a)(6): not before 15 seconds or four rings.
SHORTEST_RING_S = 15
_PURPOSES = (Purpose.TELEMARKETING, Purpose.INFORMATIONAL, Purpose.HEALTHCARE)


class Campaign(models.Model):
    """One campaign. Whom it calls are its contacts; how it stands is moved by `calls.campaigns` alone."""

    class Pacing(models.TextChoices):
        """How many are rung at once."""

        PROGRESSIVE = "progressive", "one for each free line"
        PREDICTIVE = "predictive", "by the share that answers"

    class Voicemail(models.TextChoices):
        """What is done when a machine answers."""

        LEAVE = "leave", "leave the message after the tone"
        HANG_UP = "hang_up", "hang up and try again"

    name = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=choices_of(CampaignState), default=CampaignState.DRAFT)
    purpose = models.CharField(max_length=16, choices=[(p.value, p.value) for p in _PURPOSES])
    topic = models.CharField(max_length=120, help_text="What the calls are about, as consents name it.")
    seller = models.CharField(max_length=120, help_text="For whom it calls, as consents name it.")
    voice = models.CharField(max_length=16, choices=[(v.value, v.value) for v in Voice], default=Voice.AI)
    assistant = models.ForeignKey(Assistant, on_delete=models.PROTECT, related_name="campaigns")
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="campaigns",
        help_text="Where people are handed to; with one, no more are rung than can be taken.",
    )  # fmt: skip
    numbers = models.ManyToManyField(Number, related_name="campaigns", help_text="The numbers it may show.")
    starts_at = models.DateTimeField(null=True, blank=True, help_text="Empty: when it is started by hand.")
    ends_at = models.DateTimeField(null=True, blank=True)
    window_from = models.TimeField(default="09:00", help_text="By the called person's clock.")
    window_to = models.TimeField(default="20:00", help_text="By the called person's clock.")
    weekdays = models.JSONField(default=list, blank=True, help_text="0 is Monday; empty: every day the law allows.")
    pacing = models.CharField(max_length=12, choices=Pacing, default=Pacing.PROGRESSIVE)
    calls_per_second = models.DecimalField(
        max_digits=5, decimal_places=2, default=1, validators=[MinValueValidator(0.01), MaxValueValidator(100)]
    )
    max_concurrent = models.PositiveSmallIntegerField(default=10, validators=[MinValueValidator(1)])
    ring_s = models.PositiveSmallIntegerField(
        default=25, validators=[MinValueValidator(SHORTEST_RING_S), MaxValueValidator(60)]
    )
    max_attempts = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1), MaxValueValidator(10)])
    retries = models.JSONField(default=dict, blank=True, help_text="Minutes until the next try, by outcome; none: no.")
    voicemail = models.CharField(max_length=8, choices=Voicemail, default=Voicemail.HANG_UP)
    voicemail_words = models.CharField(max_length=600, blank=True)
    budget_micros = models.BigIntegerField(null=True, blank=True)
    abandoned_goal_pct = models.DecimalField(max_digits=4, decimal_places=2, default=1, help_text="Of calls answered.")
    created_at = models.DateTimeField()
    created_by_ref = models.CharField(max_length=200)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by_ref = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by_ref = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    state_at = models.DateTimeField(null=True, blank=True)
    state_by_ref = models.CharField(max_length=200, blank=True)
    state_why = models.CharField(max_length=300, blank=True, help_text="Why it is paused or stopped.")

    class Meta:
        permissions = [
            ("write_campaign", "Can write campaigns and import contacts"),
            ("launch_campaign", "Can approve campaigns that somebody else submitted"),
            ("run_campaign", "Can start, pause, resume and stop campaigns"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "running"]) | ~Q(approved_by_ref=models.F("submitted_by_ref")),
                name="approved_by_somebody_else",
            )
        ]

    def __str__(self) -> str:
        return self.name

    # Factories

    @classmethod
    def drafted(cls, *, by: str, now: datetime, **fields: Any) -> "Campaign":
        """A new draft; its numbers are set afterwards."""
        with transaction.atomic():
            made = cls.objects.create(created_at=now, created_by_ref=by[:200], state_at=now, **fields)
            made.note("drafted", at=now, by=by)
        return made

    # Mutators

    def advance(self, fact: CampaignFact, *, by: str, at: datetime, why: str = "", **changes: Any) -> bool:
        """Keep what was decided and let it move the campaign; False when it moves nothing, or somebody was faster.

        `why` is for people; `changes` are further fields that go with the decision.
        """
        known = CampaignState(self.state)
        state = campaign_after(known, fact)
        if state is known:
            return False
        changes |= {"state": state, "state_at": at, "state_by_ref": by[:200], "state_why": why[:300]}
        with transaction.atomic():
            self._take_turn("pg_advisory_xact_lock")
            if not Campaign.objects.filter(pk=self.pk, state=known).update(**changes):
                return False
            self.note(fact, at=at, by=by, why=why)
        self._adopt(changes)
        return True

    def change(self, *, by: str, at: datetime, numbers: Iterable[Number] | None = None, **fields: Any) -> None:
        """Keep other words, rules, times or numbers of it, with what stood there before: whoever approves reads both.

        Who may change what when is for `calls.campaigns.launching`.
        """
        changed = {name: [_said(getattr(self, name)), _said(value)] for name, value in fields.items()}
        with transaction.atomic():
            Campaign.objects.filter(pk=self.pk).update(**fields)
            if numbers is not None:
                before = self.pool()
                self.numbers.set(numbers)
                changed["numbers"] = [_said(before), _said(self.pool())]
            self.note("changed", at=at, by=by, fields=changed)
        self._adopt(fields)

    def note(self, kind: str, *, at: datetime, by: str, **detail: Any) -> None:
        """Keep what happened to it."""
        CampaignEvent.objects.create(campaign=self, kind=kind, at=at, by_ref=by[:200], detail=detail)

    def _adopt(self, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            setattr(self, name, value)
        floor.changed("campaign", self.pk)

    # Queries

    def pool(self) -> tuple[str, ...]:
        """The numbers it may show, always in the same order."""
        return tuple(self.numbers.order_by("e164").values_list("e164", flat=True))

    def is_running_now(self) -> bool:
        """True while the books say that it runs."""
        return Campaign.objects.filter(pk=self.pk, state=CampaignState.RUNNING).exists()

    def is_kept_running(self) -> bool:
        """The same, and nobody can pause or stop it until the transaction ends."""
        self._take_turn("pg_advisory_xact_lock_shared")
        return self.is_running_now()

    def _take_turn(self, lock: str) -> None:
        """Those who dial go side by side, and behind a decision that waits for those before it.

        A row's own locks know no queue: with `FOR SHARE` one who dials joins those who hold the row, and while people
        are rung without a pause a decision would wait for ever. The state is read or moved by a statement of its own
        after this one: it must see what was decided while this one waited.
        """
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [f"decision:campaign:{self.pk}"])


def _said(value: object) -> str:
    """A value as people read it in an event."""
    if value in (None, "", (), [], {}):
        return "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)[:600]


class CampaignEvent(models.Model):
    """What happened to a campaign, and by whom. Append-only."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    by_ref = models.CharField(max_length=200)
    detail = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} of campaign {self.campaign_id}"
