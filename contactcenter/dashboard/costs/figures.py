"""The numbers of the costs page. All of them are sums of what single calls cost; a call counts where it began."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone

from calls.costs.bill import NOTHING, PART_WORDS, Part
from calls.costs.budget import LEVEL_WORDS, Level
from calls.costs.rates import MILLION
from calls.models import Budget, Call, CallCost

_DECIMAL = DecimalField(max_digits=24, decimal_places=6)
_SUMS: dict[str, Any] = {
    "calls": Count("pk"),
    "micros": Sum("micros"),
    "saved": Sum("saved_micros"),
    "unpriced_calls": Count("pk", filter=~Q(unpriced=[])),
    **{f"part_{part.value}": Sum(Cast(KeyTextTransform(part.value, "parts"), _DECIMAL)) for part in Part},
}


@dataclass(frozen=True, slots=True)
class Spent:
    """What some calls cost together, in dollars. `parts` in the order of `PART_WORDS`."""

    calls: int = 0
    usd: Decimal = NOTHING
    saved: Decimal = NOTHING
    unpriced_calls: int = 0
    parts: tuple[tuple[str, Decimal], ...] = ()

    @property
    def each(self) -> Decimal | None:
        """What one call costs on average."""
        return self.usd / self.calls if self.calls else None


def since(days: int, *, now: datetime) -> datetime:
    """The beginning of the first of so many days, today being the last."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)


def costs(*, start: datetime) -> QuerySet[CallCost]:
    """The costs of the calls that began since then."""
    return CallCost.objects.filter(call__started_at__gte=start)


def total(of: QuerySet[CallCost]) -> Spent:
    """All of them together."""
    return _spent(of.aggregate(**_SUMS))


def by_day(of: QuerySet[CallCost]) -> list[tuple[date, Spent]]:
    """Day by day, the newest first; days without calls are left out."""
    rows: Any = of.annotate(day=TruncDate("call__started_at")).order_by().values("day").annotate(**_SUMS)
    return [(row["day"], _spent(row)) for row in rows.order_by("-day")]


def by_assistant(of: QuerySet[CallCost]) -> list[tuple[int | None, str, Spent]]:
    """By who was to speak, the dearest first."""
    rows: Any = of.order_by().values("call__assistant", "call__assistant__name").annotate(**_SUMS)
    return [
        (row["call__assistant"], row["call__assistant__name"] or "nobody", _spent(row))
        for row in rows.order_by("-micros")
    ]


def by_campaign(of: QuerySet[CallCost]) -> list[tuple[int, str, Spent]]:
    """By campaign, the dearest first; other calls are left out."""
    key, name = "call__attempt__contact__campaign", "call__attempt__contact__campaign__name"
    rows: Any = of.exclude(**{key: None}).order_by().values(key, name).annotate(**_SUMS)
    return [(row[key], row[name], _spent(row)) for row in rows.order_by("-micros")]


def unpriced(of: QuerySet[CallCost]) -> list[str]:
    """What was used and has no price, each once."""
    found: set[str] = set()
    for names in of.exclude(unpriced=[]).order_by().values_list("unpriced", flat=True).distinct()[:200]:
        found |= set(names)
    return sorted(found)


def _spent(row: dict[str, Any]) -> Spent:
    return Spent(
        row["calls"],
        (row["micros"] or NOTHING) / MILLION,
        (row["saved"] or NOTHING) / MILLION,
        row["unpriced_calls"],
        tuple((words, (row[f"part_{part.value}"] or NOTHING) / MILLION) for part, words in PART_WORDS.items()),
    )


def budgets() -> list[dict[str, Any]]:
    """Every budget in force with how far it is used up, the furthest first."""
    order = list(Level)
    found = Budget.objects.filter(is_active=True).select_related("assistant", "campaign")
    rows = sorted(found, key=lambda one: -order.index(Level(one.level)))
    return [{"budget": one, "said": LEVEL_WORDS[Level(one.level)], "is_high": one.level != Level.FINE} for one in rows]


def of_call(call: Call) -> dict[str, Any] | None:
    """What one call has cost so far: in all, by part, and what of it has no price; None before it was counted."""
    cost = CallCost.objects.filter(call=call).first()
    if cost is None:
        return None
    known = {part: Decimal(str(cost.parts[part.value])) / MILLION for part in PART_WORDS if part.value in cost.parts}
    return {
        "usd": cost.usd,
        "saved": cost.saved_micros / MILLION,
        "parts": [(PART_WORDS[part], usd) for part, usd in known.items()],
        "unpriced": cost.unpriced,
    }


def of_calls(calls: Iterable[Call]) -> dict[int, Decimal]:
    """What each of these calls has cost so far, in dollars; those not counted yet are left out."""
    known = CallCost.objects.filter(call__in=calls).values_list("call", "micros")
    return {call_id: micros / MILLION for call_id, micros in known}


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the picture: its left and upper edge and its height in percent."""

    day: str
    usd: Decimal
    x: float
    y: float
    height: float


def bars(days: list[tuple[date, Spent]], *, start: datetime, count: int) -> list[Bar]:
    """Each day's bar, from the first one on; a day without calls is flat."""
    known, first = dict(days), start.date()
    each = [first + timedelta(days=n) for n in range(count)]
    spent = [known[day].usd if day in known else NOTHING for day in each]
    most = max(spent, default=NOTHING)
    heights = [round(float(100 * usd / most), 2) if most else 0.0 for usd in spent]
    return [
        Bar(f"{day:%-d %b}", usd, round(100 * n / count, 3), 100 - height, height)
        for n, (day, usd, height) in enumerate(zip(each, spent, heights, strict=True))
    ]
