"""The page of one campaign: how it goes, its settings, what happened to it. It asks itself again every two seconds."""

import hashlib
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from calls.lifecycle.campaign import CampaignState
from calls.models import Campaign, CampaignEvent
from contactcenter.dashboard import access
from contactcenter.dashboard.campaigns import approval, figures
from contactcenter.dashboard.campaigns.forms import RETRIES
from contactcenter.dashboard.campaigns.words import OUTCOMES
from contactcenter.dashboard.request import HttpRequest

TAG = "HX-PTag"  # htmx's extension ptag: sent back with the next question, and answered by 304 while it fits
_EVENTS = 200
# Nothing happens any more that a page would have to ask for.
OVER = (CampaignState.STOPPED, CampaignState.DRAFT)


def known() -> QuerySet[Campaign]:
    """Campaigns with what their head shows."""
    return Campaign.objects.select_related("assistant", "queue")


@require_GET
@never_cache
@access.needs(access.READ_CAMPAIGNS)
def overview(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """How it goes. A question of the page itself is answered by 304 while nothing has changed."""
    campaign = get_object_or_404(known(), pk=campaign_id)
    context = live(request, campaign)
    if not request.htmx:
        return render(request, "dashboard/campaigns/overview.html", context)
    return fragment(request, context)


def live(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """All that the overview shows to this person."""
    now = timezone.now()
    shown = figures.overview(campaign, now=now) | approval.panel(request.user, campaign)
    is_still = "still" in request.GET
    return shown | {
        "tab": "overview",
        "is_still": is_still,
        "is_asking": campaign.state not in OVER and not is_still,
    }


def fragment(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The overview alone, with a tag of what it shows."""
    shown = render_to_string("dashboard/campaigns/_overview.html", context, request=request)
    tag = hashlib.sha256(shown.encode()).hexdigest()[:32]
    if request.method == "GET" and request.headers.get(TAG) == tag:
        return HttpResponseNotModified()
    return HttpResponse(shown, headers={TAG: tag})


@require_GET
@never_cache
@access.needs(access.READ_CAMPAIGNS)
def settings(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """What was written, and is or was approved."""
    campaign = get_object_or_404(known(), pk=campaign_id)
    context = {
        "campaign": campaign,
        "tab": "settings",
        "may_change": campaign.state in approval.MAY_CHANGE,
        "retries": [(OUTCOMES[outcome], campaign.retries.get(outcome.value)) for outcome in RETRIES],
        "numbers": campaign.numbers.order_by("label", "e164"),
        "imports": campaign.imports.order_by("-pk"),
    }
    return render(request, "dashboard/campaigns/settings.html", context)


@require_GET
@never_cache
@access.needs(access.READ_CAMPAIGNS)
def events(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """What happened to it, and by whom, newest first."""
    campaign = get_object_or_404(known(), pk=campaign_id)
    happened = CampaignEvent.objects.filter(campaign=campaign).order_by("-at", "-pk")[:_EVENTS]
    return render(
        request, "dashboard/campaigns/events.html", {"campaign": campaign, "tab": "events", "happened": happened}
    )
