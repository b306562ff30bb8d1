"""The last step of writing a campaign: what is missing, who would be called, and who would not, and why."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from calls.campaigns import dry_run, launching, tasks
from calls.models import Campaign, DryRun, DryRunFinding
from compliance.redaction import mask_address
from compliance.verdict import Outcome
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.campaigns import words
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Counted:
    """How many a dry run would not call for one reason; `kind` says what can be done about it."""

    code: str
    people: int
    is_for_good: bool
    kind: str


def check(campaign: Campaign) -> dict[str, Any]:
    """The step: what is missing, and the last dry run."""
    last = DryRun.objects.filter(campaign=campaign).order_by("-pk").first()
    return {
        "lacks": launching.lacks(campaign),
        "dry_run": last,
        "reasons": [] if last is None else counted(last),
        "is_asking": last is not None and last.state == DryRun.State.ASKING,
        "people": campaign.contacts.count(),
    }


def counted(of: DryRun) -> list[Counted]:
    """Why some would not be called, the commonest reason first."""
    return [
        Counted(row["code"], row["count"], row["outcome"] == Outcome.DENY, words.code_kind(row["code"]))
        for row in of.counted()
    ]


@require_POST
@access.needs(access.WRITE_CAMPAIGNS)
def try_dry(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Ask the gate about everybody, for the moment at which it is to begin."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    begun = dry_run.begin(campaign=campaign, by=request.user.email, now=timezone.now())
    tasks.ask_dry.delay(dry_run_id=begun.pk)
    return redirect("campaign-write", campaign_id=campaign.pk, step="check")


def _findings(campaign_id: int, run_id: int, code: str) -> tuple[DryRun, Any]:
    of = get_object_or_404(DryRun.objects.select_related("campaign"), pk=run_id, campaign=campaign_id)
    found = DryRunFinding.objects.filter(of=of).select_related("contact").order_by("pk")
    return of, found.filter(code=code) if code else found


@require_GET
@never_cache
@access.needs(access.READ_CAMPAIGNS)
def findings(request: HttpRequest, campaign_id: int, run_id: int) -> HttpResponse:
    """Everybody whom a dry run would not call, or those for one reason."""
    code = request.GET.get("code", "")[:40].replace("\0", "")
    of, found = _findings(campaign_id, run_id, code)
    query = f"code={code}" if code in words.KNOWN_CODES else ""
    context = {
        "campaign": of.campaign,
        "of": of,
        "code": code,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "query": query,
        "address": reverse("dry-run-findings", args=[campaign_id, run_id]),
        "export_url": reverse("dry-run-export", args=[campaign_id, run_id]),
    }
    template = "dashboard/campaigns/_findings.html" if request.htmx else "dashboard/campaigns/findings.html"
    return render(request, template, context)


@require_GET
@access.needs(access.READ_CAMPAIGNS)
def export(request: HttpRequest, campaign_id: int, run_id: int) -> StreamingHttpResponse:
    """The same as CSV; numbers masked for those who may not see them."""
    of, found = _findings(campaign_id, run_id, request.GET.get("code", "")[:40].replace("\0", ""))
    rows = _rows(found, is_masked=not request.user.has_perm(access.SEE_NUMBERS))
    return spreadsheet.download(f"dry-run-{of.pk}", ("number", "name", "code", "reason", "from then (UTC)"), rows)


async def _rows(found: Any, *, is_masked: bool) -> AsyncIterator[tuple[str, ...]]:
    async for finding in found.aiterator(chunk_size=500):
        number = finding.contact.number
        yield (
            mask_address(number) if is_masked else number,
            finding.contact.name,
            finding.code,
            words.code_words(finding.code),
            "" if finding.until is None else f"{finding.until:%Y-%m-%d %H:%M:%S}",
        )
