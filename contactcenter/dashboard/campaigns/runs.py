"""What people decide about a campaign: submit, approve or send back, start, pause, resume, stop."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from calls.campaigns import launching
from calls.models import Campaign
from contactcenter.dashboard import access
from contactcenter.dashboard.campaigns import overview
from contactcenter.dashboard.request import HttpRequest

_RUN: dict[str, Callable[..., None]] = {
    "start": launching.start,
    "pause": launching.pause,
    "resume": launching.resume,
    "stop": launching.stop,
}
_WHY = 300


@require_POST
@access.needs(access.WRITE_CAMPAIGNS)
def submit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Ask for a second person's approval; what is missing is said on the page that leads to it."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    try:
        launching.submit(campaign=campaign, by=request.user.email, now=timezone.now())
    except launching.UnableToLaunch as problem:
        messages.error(request, str(problem))
        return redirect("campaign-write", campaign_id=campaign.pk, step="check")
    messages.success(request, "Submitted. Somebody else approves it now.")
    return redirect("campaign", campaign_id=campaign.pk)


@require_POST
@access.needs(access.APPROVE_CAMPAIGNS)
def decide(request: HttpRequest, campaign_id: int, verdict: str) -> HttpResponse:
    """Approve a campaign that somebody else submitted, or send it back with what is to be changed."""
    if verdict == "approve":
        return _done(request, campaign_id, launching.approve)
    if verdict != "send-back":
        raise Http404
    why = _why(request)
    if not why:
        return _answer(request, campaign_id, "Say what is to be changed.")
    return _done(request, campaign_id, launching.send_back, why=why)


@require_POST
@access.needs(access.RUN_CAMPAIGNS)
def run(request: HttpRequest, campaign_id: int, verb: str) -> HttpResponse:
    """Start, pause, resume, stop."""
    if verb not in _RUN:
        raise Http404
    more = {"why": _why(request)} if verb in ("pause", "stop") else {}
    return _done(request, campaign_id, _RUN[verb], **more)


def _why(request: HttpRequest) -> str:
    return " ".join(request.POST.get("why", "").replace("\0", "").split())[:_WHY]


def _done(request: HttpRequest, campaign_id: int, act: Callable[..., None], **more: Any) -> HttpResponse:
    campaign, error = get_object_or_404(Campaign, pk=campaign_id), ""
    try:
        act(campaign=campaign, by=request.user.email, now=timezone.now(), **more)
    except launching.UnableToLaunch as problem:
        error = str(problem)
    return _answer(request, campaign_id, error)


def _answer(request: HttpRequest, campaign_id: int, error: str) -> HttpResponse:
    """The overview as it is now, or the page without scripts; with what could not be done."""
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect("campaign", campaign_id=campaign_id)
    campaign = get_object_or_404(overview.known(), pk=campaign_id)
    response = overview.fragment(request, overview.live(request, campaign))
    return trigger_client_event(response, "problem", {"text": error}) if error else response
