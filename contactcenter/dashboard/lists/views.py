"""The index of compliance, and the lists that others keep: their age, their last import, a form for a new file."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from compliance import audit, imports, tasks
from compliance.models import ListImport, NumberList, NumberListCopy, ReassignedAnswer, SuppressionEntry
from contactcenter.dashboard import access
from contactcenter.dashboard.lists.forms import ListForm, UploadForm
from contactcenter.dashboard.lists.words import Age, Progress, age_of
from contactcenter.dashboard.request import HttpRequest

_RECENT = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """A list with the copy in force."""

    row: NumberList
    copy: NumberListCopy | None
    age: Age


def kept() -> list[Kept]:
    """Every list that others keep."""
    today = timezone.now().date()
    in_force = NumberListCopy.objects.filter(state=NumberListCopy.State.IN_FORCE)
    copies = {copy.of_id: copy for copy in in_force}
    rows = NumberList.objects.order_by("kind", "state", "name")
    return [Kept(row, copy, age_of(row, copy, today)) for row in rows for copy in [copies.get(row.pk)]]


def state() -> dict[str, Any]:
    """What the page shows and goes on showing: the lists, and the imports of late."""
    rows = ListImport.objects.select_related("of").order_by("-pk")[:_RECENT]
    found = [Progress(row) for row in rows]
    return {"lists": kept(), "imports": found, "is_busy": any(one.row.is_open for one in found)}


@require_GET
@never_cache
@access.needs(access.READ_LISTS)
def compliance(request: HttpRequest) -> HttpResponse:
    """What there is about whom we may call."""
    counts = ReassignedAnswer.objects.aggregate(all=Count("pk"), yes=Count("pk", filter=Q(answer="yes")))
    context = {
        "lists": kept(),
        "own": SuppressionEntry.objects.filter(lifted_at=None).count(),
        "answers": counts,
    }
    return render(request, "dashboard/lists/index.html", context)


@require_GET
@never_cache
@access.needs(access.READ_LISTS)
def lists(request: HttpRequest) -> HttpResponse:
    """The lists that others keep."""
    if request.htmx:
        return render(request, "dashboard/lists/_lists.html", state())
    return _page(request)


def _page(request: HttpRequest, form: UploadForm | None = None, new: ListForm | None = None) -> HttpResponse:
    context = state() | {"form": form or UploadForm(initial=_asked_for(request)), "new_list": new or ListForm()}
    return render(request, "dashboard/lists/lists.html", context)


def _asked_for(request: HttpRequest) -> dict[str, str]:
    return {"what": request.GET.get("what", "")}


@require_POST
@access.needs(access.IMPORT_NUMBERS)
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file. It is read by a worker."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    try:
        made = imports.accept(**form.asked(), now=timezone.now(), by=request.user.email)
    except imports.Refused as problem:
        form.add_error(None, str(problem))
        return _page(request, form)
    tasks.bring_import_on.delay(import_id=made.pk)
    return redirect("list-import", file_id=made.pk)


@require_POST
@access.needs(access.IMPORT_NUMBERS)
def new(request: HttpRequest) -> HttpResponse:
    """Set up another list."""
    form = ListForm(request.POST)
    if not form.is_valid():
        return _page(request, new=form)
    made = form.save()
    audit.note(act="add_list", subject=f"number_list:{made.pk}", by=request.user.email, now=timezone.now(),
               name=made.name, kind=made.kind)  # fmt: skip
    messages.success(request, f"{made.name} is set up. Send its first copy.")
    return redirect("lists")
