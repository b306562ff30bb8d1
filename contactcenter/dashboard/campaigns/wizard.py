"""The steps of writing a campaign. Each has its own address, and what is written is kept at once."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from calls.campaigns import launching
from calls.models import Campaign
from contactcenter.dashboard import access
from contactcenter.dashboard.campaigns import approval, checks, steps, uploads
from contactcenter.dashboard.campaigns.forms import STEPS, USUAL_RETRIES, WhatForm
from contactcenter.dashboard.request import HttpRequest

_TAKEN = "There is a campaign of this name already."


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.WRITE_CAMPAIGNS)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a campaign: what it is about. It is a draft from here on."""
    form = WhatForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            campaign = launching.draft(
                fields=form.cleaned_data | {"retries": USUAL_RETRIES},
                numbers=(),
                by=request.user.email,
                now=timezone.now(),
            )
        except IntegrityError:  # somebody was faster
            form.add_error("name", _TAKEN)
        else:
            return redirect("campaign-write", campaign_id=campaign.pk, step="numbers")
    context = {"form": form, "steps": steps.row(None, "what"), "step": "what", "title": STEPS["what"][0]}
    return render(request, "dashboard/campaigns/write.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.WRITE_CAMPAIGNS)
def write(request: HttpRequest, campaign_id: int, step: str) -> HttpResponse:
    """One step of a campaign that is still written."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if step not in STEPS:
        raise Http404
    if campaign.state not in approval.MAY_CHANGE:
        messages.info(request, approval.TOO_LATE)
        return redirect("campaign-settings", campaign_id=campaign.pk)
    title, form_class = STEPS[step]
    context: dict[str, Any] = {"campaign": campaign, "steps": steps.row(campaign, step), "step": step, "title": title}
    if form_class is None:
        more = uploads.people(campaign) if step == "people" else checks.check(campaign)
        if step == "check" and request.htmx:
            return render(request, "dashboard/campaigns/_dry_run.html", context | more)
        return render(request, f"dashboard/campaigns/write_{step}.html", context | more)
    # The form writes what was typed into the campaign it is given; that one must not be the one we compare with.
    form = form_class(_sent(request), instance=Campaign.objects.get(pk=campaign.pk))
    if request.method == "POST" and form.is_valid():
        try:
            _keep(campaign, form.cleaned_data, by=request.user.email)
        except launching.UnableToLaunch as problem:
            form.add_error(None, str(problem))
        except IntegrityError:
            form.add_error(None, _TAKEN)
        else:
            return redirect("campaign-write", campaign_id=campaign.pk, step=steps.after(step))
    return render(request, "dashboard/campaigns/write.html", context | {"form": form})


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _keep(campaign: Campaign, values: Mapping[str, Any], *, by: str) -> None:
    """What differs from what stands there; a step that is looked at again and not changed changes nothing."""
    fields = {name: value for name, value in values.items() if name not in ("numbers", "zone")}
    changed = {name: value for name, value in fields.items() if getattr(campaign, name) != value}
    numbers = values.get("numbers")
    if numbers is not None and set(numbers) == set(campaign.numbers.all()):
        numbers = None
    if changed or numbers is not None:
        launching.change(campaign=campaign, fields=changed, numbers=numbers, by=by, now=timezone.now())
