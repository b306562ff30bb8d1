"""One import of numbers: how far it is, the lines it did not take, and the button that stops it."""

from collections.abc import AsyncIterator

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from compliance import imports
from compliance.models import ListImport
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.lists.words import Progress
from contactcenter.dashboard.request import HttpRequest

_SHOWN = 50


@require_GET
@never_cache
@access.needs(access.READ_LISTS)
def one(request: HttpRequest, file_id: int) -> HttpResponse:
    """An import; while it is open its page asks again each second."""
    return _import(request, file_id)


def _import(request: HttpRequest, file_id: int) -> HttpResponse:
    found = get_object_or_404(ListImport.objects.select_related("of", "copy"), pk=file_id)
    context = {
        "one": Progress(found),
        "problems": list(found.problems.order_by("row")[:_SHOWN]),
        "may_see": request.user.has_perm(access.SEE_NUMBERS),
    }
    template = "dashboard/lists/_import.html" if request.htmx else "dashboard/lists/import.html"
    return render(request, template, context)


@require_POST
@access.needs(access.IMPORT_NUMBERS)
def cancel(request: HttpRequest, file_id: int) -> HttpResponse:
    """Stop an import. What was in force stays in force."""
    found = get_object_or_404(ListImport, pk=file_id)
    is_stopped = imports.cancel(found=found, by=request.user.email, now=timezone.now())
    if request.htmx:
        return _import(request, found.pk)
    if not is_stopped:
        messages.error(request, "This import is over already, or comes into force at this moment.")
    return redirect("list-import", file_id=found.pk)


@require_GET
@access.needs(access.IMPORT_NUMBERS)
def problems(request: HttpRequest, file_id: int) -> StreamingHttpResponse:
    """The lines that were not taken, as CSV: the place, the line, and why."""
    found = get_object_or_404(ListImport, pk=file_id)
    return spreadsheet.download(f"import-{found.pk}-problems", ("line", "why", "as it stood in the file"), _rows(found))


async def _rows(found: ListImport) -> AsyncIterator[tuple[str, ...]]:
    async for problem in found.problems.order_by("row").aiterator(chunk_size=500):
        yield str(problem.row), problem.sentence, problem.text
