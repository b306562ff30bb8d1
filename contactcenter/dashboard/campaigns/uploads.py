"""People come from files: upload, say which column is what, look at the first rows, watch it being read, see what was
not taken and why.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calls.campaigns import importing
from calls.models import Campaign, ContactImport
from contactcenter.dashboard import access
from contactcenter.dashboard.request import HttpRequest


def people(campaign: Campaign) -> dict[str, Any]:
    """The step: what was uploaded so far, and whom it gave."""
    imports = list(campaign.imports.order_by("-pk"))
    return {
        "imports": imports,
        "people": campaign.contacts.count(),
        "is_reading": any(one.state == ContactImport.State.READING for one in imports),
    }


@require_POST
@access.needs(access.WRITE_CAMPAIGNS)
def upload(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Take a file, and ask which column is what."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, "Choose a file, CSV or XLSX.")
        return redirect("campaign-write", campaign_id=campaign.pk, step="people")
    try:
        begun = importing.upload(
            campaign=campaign, file=file, name=file.name or "", by=request.user.email, now=timezone.now()
        )
    except importing.UnableToImport as problem:
        messages.error(request, str(problem))
        return redirect("campaign-write", campaign_id=campaign.pk, step="people")
    return redirect("campaign-import", campaign_id=campaign.pk, import_id=begun.pk)


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.WRITE_CAMPAIGNS)
def one(request: HttpRequest, campaign_id: int, import_id: int) -> HttpResponse:
    """One file."""
    return redirect("campaign-write", campaign_id=campaign_id, step="people")


@require_POST
@access.needs(access.WRITE_CAMPAIGNS)
def cancel(request: HttpRequest, campaign_id: int, import_id: int) -> HttpResponse:
    """Stop reading it."""
    return redirect("campaign-write", campaign_id=campaign_id, step="people")


@require_GET
@access.needs(access.READ_CAMPAIGNS)
def problems(request: HttpRequest, campaign_id: int, import_id: int) -> HttpResponse:
    """The rows that were not taken, as CSV."""
    return redirect("campaign-write", campaign_id=campaign_id, step="people")
