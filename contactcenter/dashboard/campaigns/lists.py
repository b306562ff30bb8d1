"""The campaigns: the list, with search and filters in the address, and as a table for spreadsheets."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from calls.lifecycle.campaign import CampaignState
from calls.models import Campaign
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.campaigns import figures, words
from contactcenter.dashboard.campaigns.filters import CampaignFilter
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 25
_IN_ORDER = (
    *(CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.WAITING, CampaignState.APPROVED),
    *(CampaignState.DRAFT, CampaignState.FINISHED, CampaignState.STOPPED),
)


def _campaigns() -> QuerySet[Campaign]:
    """What is under way before what is not yet, and that before what is over."""
    place = Case(
        *(When(state=state, then=Value(place)) for place, state in enumerate(_IN_ORDER)), output_field=IntegerField()
    )
    newest = F("state_at").desc(nulls_last=True)
    return Campaign.objects.select_related("assistant").order_by(place, newest, "-created_at", "-pk")


@require_GET
@never_cache
@access.needs(access.READ_CAMPAIGNS)
def campaigns(request: HttpRequest) -> HttpResponse:
    """The campaigns, those under way first."""
    found = CampaignFilter(request.GET, queryset=_campaigns())
    context = found.page(request.GET.get("page"), size=PAGE_SIZE)
    context |= {"address": reverse("campaigns"), "export_url": reverse("campaigns-export")}
    context["rows"] = _with_figures(list(context["page"]), now=timezone.now())
    template = "dashboard/campaigns/_list.html" if request.htmx else "dashboard/campaigns/list.html"
    return render(request, template, context)


def _with_figures(shown: Sequence[Campaign], *, now: datetime) -> list[dict[str, Any]]:
    progress, shares = figures.progress(shown), figures.shares(shown, now=now)
    return [
        {"campaign": campaign, "progress": progress[campaign.pk], "shares": shares[campaign.pk]} for campaign in shown
    ]


@require_GET
@access.needs(access.READ_CAMPAIGNS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered campaigns as CSV."""
    found = CampaignFilter(request.GET, queryset=_campaigns()).qs
    return spreadsheet.download("campaigns", _HEADS, _rows(found))


_HEADS = (
    *("campaign", "name", "state", "purpose", "topic", "seller", "assistant", "contacts", "reached", "tried"),
    *("waiting", "cannot call now", "given up", "never", "answered %", "abandoned % (30 days)", "started (UTC)"),
)


async def _rows(found: QuerySet[Campaign]) -> AsyncIterator[tuple[str, ...]]:
    chunk: list[Campaign] = []
    async for campaign in found.aiterator(chunk_size=100):
        chunk.append(campaign)
        if len(chunk) == 100:
            for line in await sync_to_async(_lines)(chunk):
                yield line
            chunk = []
    for line in await sync_to_async(_lines)(chunk):
        yield line


def _lines(chunk: Sequence[Campaign]) -> list[tuple[str, ...]]:
    return [_line(row) for row in _with_figures(chunk, now=timezone.now())]


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    campaign, progress, shares = row["campaign"], row["progress"], row["shares"]
    people = (progress.reached, progress.tried, progress.waiting, progress.held, progress.given_up, progress.never)
    return (
        str(campaign.pk),
        campaign.name,
        words.campaign_words(campaign.state),
        campaign.purpose,
        campaign.topic,
        campaign.seller,
        str(campaign.assistant),
        str(progress.total),
        *map(str, people),
        *("" if share is None else f"{share:.2f}" for share in (shares.answered_pct, shares.abandoned_pct)),
        "" if campaign.started_at is None else f"{campaign.started_at:%Y-%m-%d %H:%M:%S}",
    )
