"""What the carrier has charged for the legs of calls."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import models
from django.db.models import F, Q, Sum, Value

from calls.models.call import Call
from calls.models.costs import CallCost
from calls.models.leg import Leg
from compliance.redaction import PAGE

# The carrier needs a while to price a call; what it has not said after this long, it does not say.
_FIRST_ASKED_AFTER = timedelta(minutes=1)
_GIVEN_UP_AFTER = timedelta(days=2)


class LegCharge(models.Model):
    """The price of a leg that is over, as the carrier says it; without an amount as long as it says none."""

    leg = models.OneToOneField(Leg, on_delete=models.CASCADE, related_name="charge")
    amount = models.DecimalField(
        max_digits=12, decimal_places=5, null=True, blank=True, help_text="What we owe; a credit is negative."
    )
    currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217.")
    asked_at = models.DateTimeField(help_text="When the carrier was asked last.")

    def __str__(self) -> str:
        return f"{self.leg_id}: {'not known' if self.amount is None else f'{self.amount} {self.currency}'}"

    # Mutators

    @classmethod
    def keep(cls, leg: Leg, *, amount: Decimal | None, currency: str, now: datetime) -> None:
        """Keep what the carrier said; an amount that is known stays when it says none."""
        said = {"asked_at": now} | ({} if amount is None else {"amount": amount, "currency": currency})
        cls.objects.update_or_create(leg=leg, defaults=said)
        if amount is not None:
            CallCost.count_anew([leg.call_id])

    # Queries

    @classmethod
    def owed(cls) -> Q:
        """Of legs: those that cost something and have no price yet."""
        return Q(duration_s__gt=0, charge__amount=None) & ~Q(direction__in=("trunk", PAGE))

    @classmethod
    def to_ask(cls, *, now: datetime, limit: int) -> list[Leg]:
        """Legs whose price the carrier is to be asked for: after a minute, and again whenever their age has doubled."""
        over = Leg.objects.filter(
            cls.owed(), ended_at__gt=now - _GIVEN_UP_AFTER, ended_at__lte=now - _FIRST_ASKED_AFTER
        )
        age = F("charge__asked_at") - F("ended_at")
        is_due = Q(charge=None) | Q(charge__asked_at__lte=Value(now, models.DateTimeField()) - F("age"))
        return list(over.annotate(age=age).filter(is_due).order_by("ended_at")[:limit])

    @classmethod
    def totals(cls, calls: models.QuerySet[Call]) -> list[tuple[str, Decimal]]:
        """What these calls have cost so far, by currency."""
        known = cls.objects.filter(leg__call__in=calls, amount__isnull=False)
        return list(known.values_list("currency").annotate(all=Sum("amount")).order_by("currency"))
