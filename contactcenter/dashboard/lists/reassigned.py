"""Reassigned numbers: what the database answered of late, and the file of numbers to ask it about."""

from collections.abc import AsyncIterator
from datetime import date

from asgiref.sync import sync_to_async
from django.db.models import Count, Max, Q
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from calls.lifecycle.campaign import CONTACT_OPEN
from calls.models import Contact
from compliance import audit, reassigned
from compliance.models import ReassignedAnswer
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.request import HttpRequest

_NEWEST = 50
_AT_ONCE = 2000


@require_GET
@never_cache
@access.needs(access.READ_LISTS)
def answers(request: HttpRequest) -> HttpResponse:
    """The newest answers, how many of each, and how many numbers are to be asked about."""
    counts = {f"{answer}_count": Count("pk", filter=Q(answer=answer)) for answer in ReassignedAnswer.Answer.values}
    context = {
        "counts": ReassignedAnswer.objects.aggregate(last=Max("answered_at"), **counts),
        "newest": ReassignedAnswer.objects.order_by("-answered_at", "-pk")[:_NEWEST],
        "to_ask": reassigned.to_ask(Contact.objects.filter(state__in=CONTACT_OPEN), now=timezone.now()).count(),
        "may_see": request.user.has_perm(access.SEE_NUMBERS),
    }
    return render(request, "dashboard/lists/reassigned.html", context)


@require_GET
@access.needs(access.IMPORT_NUMBERS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The numbers to ask about with the dates of their consents, as the database takes them."""
    now = timezone.now()
    audit.note(act="export_numbers_to_ask", subject="reassigned:numbers", by=request.user.email, now=now)
    found = reassigned.to_ask(Contact.objects.filter(state__in=CONTACT_OPEN), now=now)

    def some(after: str) -> list[tuple[str, date]]:
        return list(found.filter(number__gt=after).values_list("number", "asked_date")[:_AT_ONCE])

    async def rows() -> AsyncIterator[tuple[str, str]]:
        last = ""
        while page := await sync_to_async(some)(last):
            for last, asked in page:
                yield last.removeprefix("+1").removeprefix("+"), f"{asked:%Y-%m-%d}"

    return spreadsheet.download("numbers-to-ask", ("phone", "date"), rows())
