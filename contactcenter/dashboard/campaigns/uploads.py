"""People come from files: upload, say which column is what, look at the first rows, watch it being read, see what was
not taken and why.
"""

from collections.abc import AsyncIterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calls.campaigns import contact_files, importing, tasks
from calls.models import Campaign, ContactImport
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.campaigns import steps
from contactcenter.dashboard.request import HttpRequest

_SHOWN = 20
# Before the row as it stood in the file; a file of them that comes back has them too.
_HEADS = ("row", "column", "what is wrong")


def people(campaign: Campaign) -> dict[str, Any]:
    """The step: what was uploaded so far, and whom it gave."""
    return {"imports": list(campaign.imports.order_by("-pk")), "people": campaign.contacts.count()}


@require_POST
@access.needs(access.WRITE_CAMPAIGNS)
def upload(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Take a file, and ask which column is what."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, "Choose a file, CSV or XLSX.")
        return _back(campaign_id)
    try:
        begun = importing.upload(
            campaign=campaign, file=file, name=file.name or "", by=request.user.email, now=timezone.now()
        )
    except importing.UnableToImport as problem:
        messages.error(request, str(problem))
        return _back(campaign_id)
    return redirect("campaign-import", campaign_id=campaign.pk, import_id=begun.pk)


def _back(campaign_id: int) -> HttpResponse:
    return redirect("campaign-write", campaign_id=campaign_id, step="people")


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.WRITE_CAMPAIGNS)
def one(request: HttpRequest, campaign_id: int, import_id: int) -> HttpResponse:
    """One file: its columns and first rows until it is read, then how far, and what came of it."""
    of = _import(campaign_id, import_id)
    if of.state != ContactImport.State.UPLOADED:
        if request.htmx:
            return render(request, "dashboard/campaigns/_import.html", _report(of))
        return _page(request, of, "import", _report(of))
    mapping = _mapping(request, of)
    if request.method == "POST" and "begin" in request.POST:
        try:
            doubles, by, now = request.POST.get("doubles", ""), request.user.email, timezone.now()
            importing.begin(of=of, mapping=mapping, doubles=doubles, by=by, now=now)
        except importing.UnableToImport as problem:
            messages.error(request, str(problem))
        else:
            tasks.read_contacts.delay(import_id=of.pk)
            return redirect("campaign-import", campaign_id=campaign_id, import_id=of.pk)
    shown = _shown(of, mapping)
    if request.htmx:
        return render(request, "dashboard/campaigns/_preview.html", shown)
    return _page(request, of, "mapping", shown)


def _import(campaign_id: int, import_id: int) -> ContactImport:
    known = ContactImport.objects.select_related("campaign")
    return get_object_or_404(known, pk=import_id, campaign=campaign_id)


def _page(request: HttpRequest, of: ContactImport, name: str, context: dict[str, Any]) -> HttpResponse:
    head = {"campaign": of.campaign, "steps": steps.row(of.campaign, "people"), "step": "people", "title": of.file_name}
    return render(request, f"dashboard/campaigns/{name}.html", head | context)


def _mapping(request: HttpRequest, of: ContactImport) -> dict[str, str]:
    """Which column is what: as the form says, or as the names of the columns suggest."""
    if request.method != "POST":
        ours = {str(place): contact_files.LEFT_OUT for place in range(len(_HEADS))}
        return dict(of.mapping) | (ours if tuple(of.columns[: len(_HEADS)]) == _HEADS else {})
    return {str(place): request.POST.get(f"column-{place}", "") for place in range(len(of.columns))}


def _shown(of: ContactImport, mapping: dict[str, str]) -> dict[str, Any]:
    """The columns with what each is taken for, and the first rows with what is wrong in them."""
    known: dict[str, Any] = {
        "of": of,
        "columns": [(place, name, mapping.get(str(place), "")) for place, name in enumerate(of.columns)],
        "fields": contact_files.FIELDS.items(),
        "doubles": ContactImport.Doubles.choices,
    }
    try:
        return known | {"preview": importing.preview(of, mapping=mapping)}
    except importing.UnableToImport as problem:
        return known | {"preview": None, "problem": str(problem)}


def _report(of: ContactImport) -> dict[str, Any]:
    problems = of.problems.order_by("row")
    return {
        "of": of,
        "campaign": of.campaign,
        "problems": list(problems[:_SHOWN]),
        "is_reading": of.state == ContactImport.State.READING,
    }


@require_POST
@access.needs(access.WRITE_CAMPAIGNS)
def cancel(request: HttpRequest, campaign_id: int, import_id: int) -> HttpResponse:
    """Read no further; whoever was taken stays."""
    try:
        importing.cancel(of=_import(campaign_id, import_id), by=request.user.email, now=timezone.now())
    except importing.UnableToImport as problem:
        messages.error(request, str(problem))
    return redirect("campaign-import", campaign_id=campaign_id, import_id=import_id)


@require_GET
@access.needs(access.WRITE_CAMPAIGNS)
def problems(request: HttpRequest, campaign_id: int, import_id: int) -> StreamingHttpResponse:
    """The rows that were not taken, with why, as CSV: to be put right and uploaded again."""
    of = _import(campaign_id, import_id)
    return spreadsheet.download(f"not-taken-{of.pk}", (*_HEADS, *of.columns), _rows(of))


async def _rows(of: ContactImport) -> AsyncIterator[tuple[str, ...]]:
    async for problem in of.problems.order_by("row").aiterator(chunk_size=500):
        yield (str(problem.row), problem.column, problem.sentence, *map(str, problem.values))
