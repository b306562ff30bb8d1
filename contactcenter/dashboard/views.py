"""The pages, by GET. A request of htmx gets the fragment it asked for, anything else the whole page."""

import functools
from collections.abc import AsyncIterator
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from calls.models import Call
from compliance.redaction import mask_address
from contactcenter.dashboard import access, cards, people, spreadsheet, words
from contactcenter.dashboard.filters import CallFilter
from contactcenter.dashboard.health import look, look_without_database
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 50

log = structlog.get_logger(__name__)


@require_GET
@never_cache
@access.needs(access.WATCH)
def floor(request: HttpRequest) -> HttpResponse:
    """The live floor; `?call=12` opens a call beside it."""
    context = cards.floor()
    if request.htmx:
        return render(request, "dashboard/_floor.html", context)
    selected = request.GET.get("call", "")
    panel = cards.call_page(int(selected)) if selected.isdigit() and len(selected) < 18 else None
    return render(request, "dashboard/floor.html", context | (panel or {}))


def _also_without_database(view: access.View) -> access.View:
    """Who may see the page is in the database too: without it, everybody is told that it is away, and nothing else."""

    @functools.wraps(view)
    def shown(request: HttpRequest) -> HttpResponseBase:
        try:
            return view(request)
        except (DatabaseError, InterfaceError) as error:
            log.warning("health shown without the database", error=type(error).__name__)
            context = look_without_database(now=timezone.now())
            if request.htmx:
                return HttpResponse(render_to_string("dashboard/_health.html", context))  # 5xx would not be shown
            return HttpResponse(render_to_string("dashboard/health_away.html", context), status=503)

    return shown


@require_GET
@never_cache
@_also_without_database
@access.needs(access.WATCH)
def health(request: HttpRequest) -> HttpResponse:
    """How the installation is; asks itself again every five seconds."""
    template = "dashboard/_health.html" if request.htmx else "dashboard/health.html"
    return render(request, template, look(now=timezone.now()))


@require_GET
@never_cache
@access.needs(access.WATCH)
def panel(request: HttpRequest, call_id: int) -> HttpResponse:
    """A call beside the floor: its head, and its transcript as it grows."""
    context = cards.call_page(call_id)
    if context is None:
        raise Http404
    return render(request, "dashboard/_panel.html", context)


@require_GET
@never_cache
@access.needs(access.READ_CALLS)
def call(request: HttpRequest, call_id: int) -> HttpResponse:
    """One call, whole: recording, transcript, events."""
    context = cards.call_page(call_id)
    if context is None:
        raise Http404
    template = "dashboard/_call.html" if request.htmx else "dashboard/call.html"
    return render(request, template, context)


@require_GET
@never_cache
@access.needs(access.READ_CALLS)
def calls(request: HttpRequest) -> HttpResponse:
    """The call log, with search and filters in the address."""
    found = CallFilter(request.GET, queryset=_log())
    context = found.page(request.GET.get("page"), size=PAGE_SIZE) | {"address": reverse("calls")}
    template = "dashboard/_calls.html" if request.htmx else "dashboard/calls.html"
    return render(request, template, context)


@require_GET
@access.needs(access.READ_CALLS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered call log as CSV, streamed; numbers masked for those who may not see them."""
    found = CallFilter(request.GET, queryset=_log()).qs
    rows = _rows(found.prefetch_related("facts"), is_masked=not request.user.has_perm(access.SEE_NUMBERS))
    return spreadsheet.download("calls", _HEADS, rows)


_HEADS = (
    *("call", "started (UTC)", "direction", "customer", "number", "assistant", "seconds", "ended", "failure"),
    *("person", "result", "channel", "facts"),
)


def _log() -> QuerySet[Any]:
    return people.with_results(Call.objects.select_related("number", "assistant").order_by("-started_at", "-pk"))


async def _rows(found: QuerySet[Any], *, is_masked: bool) -> AsyncIterator[tuple[str, ...]]:
    async for call in found.aiterator(chunk_size=500):
        lasted = words.lasted(call)
        yield (
            str(call.pk),
            f"{call.started_at:%Y-%m-%d %H:%M:%S}",
            call.direction,
            mask_address(call.customer_address) if is_masked else call.customer_address,
            call.our_address,
            str(call.assistant or ""),
            "" if lasted is None else str(lasted // 1000),
            words.ending_of(call) if not call.is_live else "",
            words.failure_words(call.failure_class),
            call.person or "",
            call.result or "",
            call.channel,
            "" if is_masked else "; ".join(f"{fact.label}: {fact.value}" for fact in call.facts.all()),
        )
