"""The costs page and its tables as CSV."""

from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from calls.costs.bill import PART_WORDS
from calls.costs.rates import MILLION
from calls.models import CallCost
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.costs import context, figures
from contactcenter.dashboard.request import HttpRequest

SPANS = (7, 31, 92)
_SPAN = 31


def _span(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(days) for days in SPANS} else _SPAN


@require_GET
@never_cache
@access.needs(access.READ_COSTS)
def costs(request: HttpRequest) -> HttpResponse:
    """What calls have cost: today, this month, day by day, by assistant and by campaign; `?days=7`."""
    now, days = timezone.now(), _span(request)
    start = figures.since(days, now=now)
    found = figures.costs(start=start)
    each_day = figures.by_day(found)
    shown: dict[str, Any] = {
        "days": days,
        "spans": SPANS,
        "today": figures.total(figures.costs(start=figures.since(1, now=now))),
        "month": figures.total(figures.costs(start=figures.since(timezone.localtime(now).day, now=now))),
        "total": figures.total(found),
        "unpriced": figures.unpriced(found),
        "each_day": each_day,
        "bars": figures.bars(each_day, start=start, count=days),
        "bar_width": round(80 / days, 3),
        "assistants": figures.by_assistant(found),
        "campaigns": figures.by_campaign(found),
        "budgets": figures.budgets(),
        "context": context.rows(start=start),
        "parts": list(PART_WORDS.values()),
    }
    return render(request, "dashboard/costs/page.html", shown)


_PARTS = [part.value.replace("_", " ") for part in PART_WORDS]
_DAY_HEADS = ("day (UTC)", "calls", "cost (USD)", *_PARTS, "saved by the cache", "calls with unpriced parts")
_CALL_HEADS = ("call", "started (UTC)", "assistant", "campaign", "cost (USD)", *_PARTS, "without a price")


@require_GET
@access.needs(access.READ_COSTS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The days as CSV, or with `?by=call` every call; to the micro-dollar's millionth, so that sums agree."""
    found = figures.costs(start=figures.since(_span(request), now=timezone.now()))
    if request.GET.get("by") == "call":
        rows = found.select_related("call__assistant", "call__attempt__contact__campaign").order_by("call__started_at")
        return spreadsheet.download("costs-by-call", _CALL_HEADS, _calls(rows))
    return spreadsheet.download("costs-by-day", _DAY_HEADS, _days(figures.by_day(found)))


async def _days(days: Iterable[tuple[Any, figures.Spent]]) -> AsyncIterator[tuple[str, ...]]:
    for day, spent in days:
        parts = [_exact(usd) for _, usd in spent.parts]
        sums = (_exact(spent.usd), *parts, _exact(spent.saved), str(spent.unpriced_calls))
        yield (f"{day:%Y-%m-%d}", str(spent.calls), *sums)


async def _calls(found: QuerySet[CallCost]) -> AsyncIterator[tuple[str, ...]]:
    async for cost in found.aiterator(chunk_size=500):
        call = cost.call
        attempt = getattr(call, "attempt", None)
        yield (
            str(call.pk),
            f"{call.started_at:%Y-%m-%d %H:%M:%S}",
            str(call.assistant or ""),
            "" if attempt is None else attempt.contact.campaign.name,
            _exact(cost.usd),
            *(_exact(Decimal(str(cost.parts.get(part.value, "0"))) / MILLION) for part in PART_WORDS),
            "; ".join(cost.unpriced),
        )


def _exact(usd: Decimal) -> str:
    return f"{usd:.12f}"
