"""What a campaign's runner keeps beside it: how fast it goes, and how many were answered and abandoned each day.

Both are written far more often than the campaign itself, which others hold while they dial.
"""

from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from calls.models.campaign import Campaign

# 47 CFR 64.1200(a)(7): the share of abandoned calls is measured over 30 days.
MEASURED_OVER = timedelta(days=30)


class CampaignPace(models.Model):
    """How a campaign's dialling goes: when it may go on, and what holds it up meanwhile."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="pace")
    paced_until = models.DateTimeField(null=True, blank=True, help_text="What was claimed fills the time until then.")
    held_until = models.DateTimeField(null=True, blank=True, help_text="Nobody is rung before.")
    held_code = models.CharField(max_length=40, blank=True, help_text="The gate's reason that holds all of it up.")
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When somebody's turn came last.")

    def __str__(self) -> str:
        return f"pace of campaign {self.campaign_id}"

    # Mutators

    @classmethod
    def of(cls, campaign: Campaign) -> "CampaignPace":
        """The one of a campaign."""
        return cls.objects.get_or_create(campaign=campaign)[0]

    @staticmethod
    def take_turn(campaign_id: int) -> bool:
        """False while another worker claims for this campaign; else nobody claims at all until the transaction ends."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"campaign:{campaign_id}"])
            if not cursor.fetchone()[0]:
                return False
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('campaigns claim', 0))")
        return True

    def claimed(self, *, paced_until: datetime | None, at: datetime) -> None:
        """Some were claimed: the time until then is filled."""
        CampaignPace.objects.filter(pk=self.pk).update(
            paced_until=paced_until, claimed_at=at, held_code="", held_until=None
        )

    @classmethod
    def hold(cls, campaign: Campaign, *, code: str, until: datetime) -> None:
        """Something that is not one contact's matter keeps the gate shut: ask again later."""
        pace = cls.of(campaign)
        longer = Q(held_until=None) | Q(held_until__lt=until)
        cls.objects.filter(longer, pk=pace.pk).update(held_until=until, held_code=code[:40])

    @classmethod
    def let_go(cls, campaign: Campaign) -> None:
        """Whatever held it up is to be asked again at once."""
        cls.objects.filter(campaign=campaign).update(held_until=None, held_code="")


class CampaignDay(models.Model):
    """How many people answered a campaign's calls on one day (UTC), and how many of them were abandoned."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    rung = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0, help_text="By a person.")
    abandoned = models.PositiveIntegerField(default=0, help_text="Who heard nothing of us within two seconds.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "day"], name="one_tally_per_campaign_and_day")]

    def __str__(self) -> str:
        return f"{self.day} of campaign {self.campaign_id}"

    # Mutators

    @classmethod
    def add(cls, *, campaign_id: int, at: datetime, rung: int = 0, answered: int = 0, abandoned: int = 0) -> None:
        """Count what an attempt has come to, or take it back, in the transaction that settles it."""
        if not (rung or answered or abandoned):
            return
        with transaction.atomic():
            CampaignDay.objects.bulk_create(
                [CampaignDay(campaign_id=campaign_id, day=at.date())], ignore_conflicts=True
            )
            cls.objects.filter(campaign_id=campaign_id, day=at.date()).update(
                rung=F("rung") + rung, answered=F("answered") + answered, abandoned=F("abandoned") + abandoned
            )

    # Queries

    @classmethod
    def counted(cls, campaign: Campaign, *, now: datetime) -> tuple[int, int, int]:
        """Rung, answered by people, and abandoned, in the last 30 days."""
        zero = {name: Coalesce(Sum(name), 0) for name in ("rung", "answered", "abandoned")}
        sums = cls.objects.filter(campaign=campaign, day__gte=(now - MEASURED_OVER).date()).aggregate(**zero)
        return sums["rung"], sums["answered"], sums["abandoned"]

    @classmethod
    def abandoned_pct(cls, campaign: Campaign, *, now: datetime) -> float | None:
        """Of the calls that people answered in the last 30 days, how many per hundred; None while nobody did."""
        _, answered, abandoned = cls.counted(campaign, now=now)
        return None if not answered else 100 * abandoned / answered
