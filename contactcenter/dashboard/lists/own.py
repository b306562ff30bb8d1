"""Our own list: numbers that are not called because somebody asked for it. Searched, added to, lifted with a reason."""

from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from compliance import opt_out
from compliance.models import Revocation, SuppressionEntry
from contactcenter.dashboard import access
from contactcenter.dashboard.lists.forms import NumberForm
from contactcenter.dashboard.question import Question
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 50
_FEWEST_DIGITS = 3


class OwnListFilter(Question):
    """What a person asks of our own list."""

    q = django_filters.CharFilter(method="search", label="Number or words")
    scope = django_filters.ChoiceFilter(label="Bars", choices=SuppressionEntry.Scope.choices, empty_label="Anything")
    state = django_filters.ChoiceFilter(
        method="in_state", label="State", choices=[("on", "On the list"), ("off", "Taken off")], empty_label="Any state"
    )

    class Meta:
        model = SuppressionEntry
        fields: list[str] = []

    def search(self, entries: QuerySet[SuppressionEntry], _: str, text: str) -> QuerySet[SuppressionEntry]:
        """Numbers with these digits, or entries in whose reason these words stand."""
        digits = "".join(character for character in text if character in "0123456789")
        match = Q(reason__icontains=text.strip()[:100])
        if len(digits) >= _FEWEST_DIGITS:
            match |= Q(number__contains=digits)
        return entries.filter(match)

    def in_state(self, entries: QuerySet[SuppressionEntry], _: str, state: str) -> QuerySet[SuppressionEntry]:
        """Entries that bar now, or that were lifted."""
        return entries.filter(lifted_at__isnull=state == "on")


@require_GET
@never_cache
@access.needs(access.READ_OWN_LIST)
def own_list(request: HttpRequest) -> HttpResponse:
    """The numbers on our own list, newest first."""
    return _page(request)


def _page(request: HttpRequest, form: NumberForm | None = None) -> HttpResponse:
    entries = SuppressionEntry.objects.order_by(F("lifted_at").desc(nulls_first=True), "-added_at", "-pk")
    found = OwnListFilter(request.GET, queryset=entries)
    context: dict[str, Any] = found.page(request.GET.get("page"), size=PAGE_SIZE)
    context |= {
        "address": reverse("own-list"),
        "form": form or NumberForm(),
        "may_see": request.user.has_perm(access.SEE_NUMBERS),
    }
    template = "dashboard/lists/_own.html" if request.htmx else "dashboard/lists/own.html"
    return render(request, template, context)


@require_POST
@access.needs(access.LIST_NUMBERS)
def add(request: HttpRequest) -> HttpResponse:
    """Put a number on our own list: nobody calls it from this second on."""
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    given = form.cleaned_data
    try:
        opt_out.revoke(
            number=given["number"],
            scope=given["scope"],
            route=Revocation.Route.ADMIN,
            said=given["said"],
            person_name=given["person_name"],
            by=request.user.email,
            now=timezone.now(),
        )
    except opt_out.UnableToRevoke as problem:
        form.add_error("number", str(problem))
        return _page(request, form)
    messages.success(request, "The number is on our own list: it is not called any more.")
    return redirect("own-list")


@require_POST
@access.needs(access.LIFT_NUMBERS)
def lift(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take a number off again, for a reason."""
    found = get_object_or_404(SuppressionEntry, pk=entry_id)
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, "Say why this number may be called again.")
    elif not opt_out.lift(entry=found, why=why, by=request.user.email, now=timezone.now()):
        messages.error(request, "This number was taken off already.")
    else:
        messages.success(request, "The number is off our own list. Other reasons not to call it may stand.")
    return redirect("own-list")
