"""What things cost and what calls have cost: rate cards, the cost of each call, budgets."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone

from agents.models import Assistant
from calls.costs import budget
from calls.costs.bill import NOTHING, Bill
from calls.costs.rates import UNIT_WORDS, Rate, RateBook, Unit
from calls.models.call import Call
from calls.models.campaign import Campaign
from calls.models.choices import choices_of


class RateCard(models.Model):
    """Prices of one vendor from a day on. What it does not name goes on at the price of earlier cards."""

    name = models.CharField(max_length=80, unique=True)
    since = models.DateField(help_text="The first day on which these prices hold (UTC).")
    source = models.CharField(max_length=300, help_text="Where the prices were read, and when.")

    class Meta:
        ordering = ["-since", "name"]

    def __str__(self) -> str:
        return self.name

    # Queries

    @classmethod
    def book(cls) -> RateBook:
        """Every rate there is."""
        rows = CardRate.objects.select_related("card")
        return RateBook(Rate(row.item, Unit(row.unit), row.price, row.card.since) for row in rows)


class CardRate(models.Model):
    """One price of a rate card, in dollars."""

    card = models.ForeignKey(RateCard, on_delete=models.CASCADE, related_name="rates")
    item = models.CharField(max_length=80, help_text="The model's name, or “carrier”.")
    unit = models.CharField(max_length=20, choices=[(unit.value, UNIT_WORDS[unit]) for unit in Unit])
    price = models.DecimalField(
        max_digits=14,
        decimal_places=6,
        validators=[MinValueValidator(0)],
        help_text="US dollars: for a million tokens, a minute, or a call.",
    )

    class Meta:
        ordering = ["item", "unit"]
        constraints = [models.UniqueConstraint(fields=["card", "item", "unit"], name="priced_once_per_card")]

    def __str__(self) -> str:
        return f"{self.item}: {self.unit}"


class CallCost(models.Model):
    """What a call has cost so far, counted anew from what it used whenever that changes. In micro-dollars, exact."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="cost")
    micros = models.DecimalField(max_digits=24, decimal_places=6, default=0, help_text="Millionths of a US dollar.")
    saved_micros = models.DecimalField(
        max_digits=24, decimal_places=6, default=0, help_text="What the model's cache has saved."
    )
    parts = models.JSONField(default=dict, blank=True, help_text="Micro-dollars by what they went for.")
    unpriced = models.JSONField(default=list, blank=True, help_text="What was used and has no price.")
    counted_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="Empty: to be counted anew.")

    def __str__(self) -> str:
        return f"cost of call {self.call_id}"

    @property
    def usd(self) -> Decimal:
        """In dollars."""
        return self.micros / 1_000_000

    # Mutators

    @classmethod
    def keep(cls, bills: dict[int, Bill], *, now: datetime) -> None:
        """Write down what calls cost by now; calls that were erased meanwhile have no cost."""
        there = set(Call.objects.filter(pk__in=bills).values_list("pk", flat=True))
        CallCost.objects.bulk_create(
            [
                CallCost(
                    call_id=call_id,
                    micros=bill.micros,
                    saved_micros=bill.saved,
                    parts={part: str(micros) for part, micros in bill.by_part().items()},
                    unpriced=list(bill.unpriced),
                    counted_at=now,
                )
                for call_id, bill in bills.items()
                if call_id in there
            ],
            update_conflicts=True,
            unique_fields=["call"],
            update_fields=["micros", "saved_micros", "parts", "unpriced", "counted_at"],
        )

    @classmethod
    def count_anew(cls, calls: models.QuerySet[Call] | Iterable[int]) -> int:
        """These calls are counted again by the next sweep: a price, or what they used, has changed."""
        return cls.objects.filter(call__in=calls).update(counted_at=None)

    # Queries

    @classmethod
    def total(cls, calls: models.QuerySet[Call]) -> Decimal:
        """What these calls have cost, in micro-dollars."""
        return cls.objects.filter(call__in=calls).aggregate(all=Sum("micros"))["all"] or NOTHING


class Budget(models.Model):
    """So much money for so long: at its amounts it warns, makes calls use a cheaper model, and stops dialling.

    A call that is being held is never touched by it.
    """

    name = models.CharField(max_length=80, unique=True)
    assistant = models.ForeignKey(
        Assistant, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Only its calls."
    )
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Only its calls."
    )
    period = models.CharField(max_length=8, choices=choices_of(budget.Period), default=budget.Period.DAY)
    warn_at = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True, help_text="US dollars.")
    step_down_at = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True, help_text="US dollars.")
    stop_at = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True, help_text="US dollars.")
    cheaper_model = models.CharField(
        max_length=80,
        blank=True,
        default="gpt-realtime-2.1-mini",
        help_text="With which calls begin once the second amount is reached.",
    )
    uses_text_line = models.BooleanField(
        "then by text",
        default=False,
        help_text="Once the second amount is reached, calls that begin come by their assistant's ConversationRelay "
        "line, where it has one: the carrier hears and speaks, a text model answers. The others use the model above.",
    )
    is_active = models.BooleanField(default=True)
    level = models.CharField(max_length=12, choices=choices_of(budget.Level), default=budget.Level.FINE, editable=False)
    spent_micros = models.DecimalField(max_digits=24, decimal_places=6, default=0, editable=False)
    judged_at = models.DateTimeField(null=True, blank=True, editable=False)
    level_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(assistant=None) | Q(campaign=None), name="budget_of_one_thing")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def amounts(self) -> budget.Amounts:
        """Its steps."""
        return budget.Amounts(self.warn_at, self.step_down_at, self.stop_at)

    @property
    def spent(self) -> Decimal:
        """What was spent in this period when it was looked at last, in dollars."""
        return self.spent_micros / 1_000_000

    @property
    def whose(self) -> str:
        """Whose calls it is about, for a person."""
        if self.campaign is not None:
            return f"campaign {self.campaign}"
        return f"assistant {self.assistant}" if self.assistant is not None else "all calls"

    def clean(self) -> None:
        """Steps in their order, each of them some money."""
        if self.assistant is not None and self.campaign is not None:
            raise ValidationError("A budget is of an assistant or of a campaign, not of both.")
        steps = [amount for amount in (self.warn_at, self.step_down_at, self.stop_at) if amount is not None]
        if not steps:
            raise ValidationError("Give at least one amount.")
        if any(amount <= 0 for amount in steps):
            raise ValidationError("Amounts are more than nothing.")
        if steps != sorted(steps):
            raise ValidationError("A budget warns first, then steps down, then stops: the amounts must rise.")
        if self.step_down_at is not None and not self.cheaper_model:
            raise ValidationError({"cheaper_model": "To step down, name the model that is cheaper."})

    def calls(self, *, now: datetime) -> models.QuerySet[Call]:
        """The calls whose money counts in the period that is now; a call counts where it began."""
        found = Call.objects.filter(started_at__gte=budget.began(budget.Period(self.period), timezone.localtime(now)))
        if self.assistant_id is not None:
            return found.filter(assistant=self.assistant_id)
        return found.filter(attempt__contact__campaign=self.campaign_id) if self.campaign_id is not None else found

    # Mutators

    def judge(self, *, now: datetime) -> budget.Level | None:
        """Count its money and see how far it is used up; the level before, when that has changed."""
        before, spent = budget.Level(self.level), CallCost.total(self.calls(now=now))
        level = budget.judge(self.amounts, spent / 1_000_000)
        changes: dict[str, Any] = {"level": level.value, "spent_micros": spent, "judged_at": now}
        if level is not before:
            changes["level_at"] = now
        same = Budget.objects.filter(pk=self.pk, level=before)
        if not same.update(**changes):
            return None  # somebody else has judged it at the same moment
        for name, value in changes.items():
            setattr(self, name, value)
        return before if level is not before else None

    # Queries

    @classmethod
    def has_stepped_down(cls) -> Q:
        """Of budgets: those that calls which begin now may have to heed."""
        return Q(is_active=True, level__in=[budget.Level.STEPPED_DOWN, budget.Level.STOPPED])

    @classmethod
    def of(cls, *, assistant_id: int | None, campaign_id: int | None = None) -> list["Budget"]:
        """The budgets in force that a call of these counts in."""
        whose = Q(assistant=None, campaign=None)
        if assistant_id is not None:
            whose |= Q(assistant=assistant_id)
        if campaign_id is not None:
            whose |= Q(campaign=campaign_id)
        return list(cls.objects.filter(whose, is_active=True).select_related("assistant", "campaign"))
