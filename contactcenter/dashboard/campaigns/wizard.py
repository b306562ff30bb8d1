"""The steps of writing a campaign. Each has its own address, and what is written is kept at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from calls.campaigns import drafting
from calls.models import Campaign
from contactcenter.dashboard import access
from contactcenter.dashboard.campaigns import checks, uploads
from contactcenter.dashboard.campaigns.forms import STEPS, WhatForm
from contactcenter.dashboard.request import HttpRequest


@dataclass(frozen=True, slots=True)
class Step:
    """One step, as the row of steps shows it; `address` is empty until the campaign has a name."""

    name: str
    label: str
    address: str
    is_here: bool
    is_done: bool


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.WRITE_CAMPAIGNS)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a campaign: what it is about. It is a draft from here on."""
    form = WhatForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = drafting.create(fields=form.cleaned_data, by=request.user.email, now=timezone.now())
        except drafting.UnableToWrite as problem:
            form.add_error("name", str(problem))
        else:
            return redirect("campaign-write", campaign_id=campaign.pk, step="numbers")
    context = {"form": form, "steps": steps(None, "what"), "step": "what", "title": STEPS["what"][0]}
    return render(request, "dashboard/campaigns/write.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.WRITE_CAMPAIGNS)
def write(request: HttpRequest, campaign_id: int, step: str) -> HttpResponse:
    """One step of a campaign that is still written."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if step not in STEPS:
        raise Http404
    if campaign.state not in drafting.MAY_CHANGE:
        messages.info(request, "What was approved stands: a campaign that has begun is not changed any more.")
        return redirect("campaign-settings", campaign_id=campaign.pk)
    title, form_class = STEPS[step]
    context: dict[str, Any] = {"campaign": campaign, "steps": steps(campaign, step), "step": step, "title": title}
    if form_class is None:
        more = uploads.people(campaign) if step == "people" else checks.check(campaign)
        return render(request, f"dashboard/campaigns/write_{step}.html", context | more)
    # The form writes what was typed into the campaign it is given; that one must not be the one we compare with.
    form = form_class(request.POST or None, instance=Campaign.objects.get(pk=campaign.pk))
    if request.method == "POST" and form.is_valid():
        try:
            _keep(campaign, form.cleaned_data, by=request.user.email)
        except drafting.UnableToWrite as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("campaign-write", campaign_id=campaign.pk, step=_after(step))
    return render(request, "dashboard/campaigns/write.html", context | {"form": form})


def _keep(campaign: Campaign, values: Mapping[str, Any], *, by: str) -> None:
    fields = {name: value for name, value in values.items() if name not in ("numbers", "zone")}
    drafting.change(campaign=campaign, fields=fields, numbers=values.get("numbers"), by=by, now=timezone.now())


def _after(step: str) -> str:
    names = list(STEPS)
    return names[names.index(step) + 1]


def steps(campaign: Campaign | None, here: str) -> list[Step]:
    """The row of steps, with what is done."""
    done = _done(campaign)
    return [
        Step(
            name=name,
            label=label,
            address=""
            if campaign is None
            else reverse("campaign-write", kwargs={"campaign_id": campaign.pk, "step": name}),
            is_here=name == here,
            is_done=name in done,
        )
        for name, (label, _) in STEPS.items()
    ]


def _done(campaign: Campaign | None) -> set[str]:
    """Steps that need nothing more; those with a good answer to begin with count once the numbers are chosen."""
    if campaign is None:
        return set()
    done = {"what"}
    if campaign.numbers.exists():
        done |= {"numbers", "when", "pacing"}
    if campaign.contacts.exists():
        done.add("people")
    return done
