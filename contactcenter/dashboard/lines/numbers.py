"""Our numbers: the list, and what can be done with one of them."""

from collections.abc import AsyncIterator
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from calls.line_rules.overrides import LIMITS, POLICIES
from calls.models import Number, NumberOrder, Trunk
from calls.provisioning import our_numbers, trunks
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.lines.acting import done
from contactcenter.dashboard.lines.words import answerer_of, way_of
from contactcenter.dashboard.question import Question
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 50


class NumberFilter(Question):
    """What a person asks of our numbers."""

    q = django_filters.CharFilter(method="search", label="Number or name")
    state = django_filters.ChoiceFilter(
        method="in_state",
        label="Calls go",
        choices=[("us", "To us"), ("trunk", "To a trunk"), ("off", "Nowhere: off"), ("gone", "Given back")],
        empty_label="Anywhere",
    )

    class Meta:
        model = Number
        fields: list[str] = []

    def search(self, numbers: QuerySet[Number], _: str, text: str) -> QuerySet[Number]:
        """Numbers with these digits, or of this name."""
        digits = "".join(filter(str.isdigit, text))
        match = Q(label__icontains=text.strip()[:80])
        return numbers.filter(match | Q(e164__contains=digits) if len(digits) >= 3 else match)

    def in_state(self, numbers: QuerySet[Number], _: str, state: str) -> QuerySet[Number]:
        """Where their calls go."""
        match state:
            case "gone":
                return numbers.exclude(released_at=None)
            case "trunk":
                return numbers.filter(trunk__isnull=False)
            case "off":
                return numbers.filter(released_at=None, is_active=False, trunk=None)
        return numbers.filter(released_at=None, is_active=True, trunk=None)


def _numbers() -> QuerySet[Number]:
    """Those that are ours, then those that were."""
    return Number.objects.select_related("assistant", "queue", "schedule", "trunk").order_by(
        "released_at", "-is_active", "e164"
    )


@require_GET
@never_cache
@access.needs(access.READ_NUMBERS)
def numbers(request: HttpRequest) -> HttpResponse:
    """The list."""
    found = NumberFilter(request.GET, queryset=_numbers())
    context: dict[str, Any] = found.page(request.GET.get("page"), size=PAGE_SIZE)
    context |= {
        "address": reverse("numbers"),
        "export_url": reverse("numbers-export"),
        "rows": [{"number": one, "way": way_of(one), "answerer": answerer_of(one)} for one in context["page"]],
        "orders": NumberOrder.objects.filter(state__in=NumberOrder.OPEN).order_by("-pk"),
    }
    template = "dashboard/lines/_numbers.html" if request.htmx else "dashboard/lines/numbers.html"
    return render(request, template, context)


@require_GET
@access.needs(access.READ_NUMBERS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered numbers as CSV."""
    found = NumberFilter(request.GET, queryset=_numbers()).qs
    heads = ("number", "name", "kind", "answered by", "calls go", "overrides", "a month", "bought (UTC)")
    return spreadsheet.download("numbers", heads, _rows(found))


async def _rows(found: QuerySet[Number]) -> AsyncIterator[tuple[str, ...]]:
    async for number in found.aiterator(chunk_size=500):
        yield (
            number.e164,
            number.label,
            number.kind,
            answerer_of(number),
            way_of(number).said,
            number.overrides,
            number.price,
            "" if number.bought_at is None else f"{number.bought_at:%Y-%m-%d %H:%M:%S}",
        )


@require_GET
@never_cache
@access.needs(access.READ_NUMBERS)
def number(request: HttpRequest, number_id: int) -> HttpResponse:
    """One number: who answers it, how the carrier connects to us for it, and the end of it."""
    found = get_object_or_404(_numbers(), pk=number_id)
    context = {
        "number": found,
        "way": way_of(found),
        "answerer": answerer_of(found),
        "trunks": Trunk.objects.order_by("name"),
        "reasons": our_numbers.reasons_to_keep(found) if found.released_at is None else [],
        "calls": found.calls.count(),
        "limits": [(key, *row) for key, row in LIMITS.items()],
        "policies": POLICIES.items(),
    }
    return render(request, "dashboard/lines/number.html", context)


@require_POST
@access.needs(access.PROVISION)
def configure(request: HttpRequest, number_id: int) -> HttpResponse:
    """Let its calls come to us, connected as somebody says."""
    found = get_object_or_404(Number, pk=number_id)

    def act() -> str:
        written = request.POST.get("overrides")
        changed = our_numbers.point_at_us(number=found, written=written, by=request.user.email, now=timezone.now())
        if found.trunk_id is not None:
            return "Kept. Its calls go to a trunk: nothing was changed at the carrier."
        return f"{changed} settings were changed at the carrier." if changed else "All settings were right already."

    return done(request, act, then="number", number_id=found.pk)


@require_POST
@access.needs(access.PROVISION)
def move(request: HttpRequest, number_id: int) -> HttpResponse:
    """Let a trunk have its calls, or let them come to us again."""
    found = get_object_or_404(Number.objects.select_related("trunk"), pk=number_id)
    chosen = request.POST.get("trunk", "")
    trunk = Trunk.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 18 else None

    def act() -> str:
        said: dict[str, Any] = {"by": request.user.email, "now": timezone.now()}
        if trunk is None:
            trunks.give_number_back(number=found, **said)
            return "Its calls come to us again."
        trunks.take_number(trunk=trunk, number=found, **said)
        return f"Its calls go to {trunk} from now on, and not to us."

    return done(request, act, then="number", number_id=found.pk)


@require_POST
@access.needs(access.PROVISION)
def release(request: HttpRequest, number_id: int) -> HttpResponse:
    """Give it back for good; whoever does it has written the number."""
    found = get_object_or_404(Number, pk=number_id)

    def act() -> str:
        typed = request.POST.get("typed", "")
        our_numbers.release(number=found, typed=typed, by=request.user.email, now=timezone.now())
        return f"{found.e164} was given back. It is billed no more, and somebody else may have it."

    return done(request, act, then="number", number_id=found.pk)
