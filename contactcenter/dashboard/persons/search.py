"""Search for people: by number or name."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from calls.models import Contact
from compliance.models import Person, SuppressionEntry
from compliance.numbers import Kind, read_address
from contactcenter.dashboard import access
from contactcenter.dashboard.request import HttpRequest

_MOST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who fits: by what row they are known, and what we know of them at a glance."""

    row: Person | Contact
    number: str
    name: str
    known_as: str
    is_listed: bool


@require_GET
@never_cache
@access.needs(access.READ_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """Search; a whole number leads to its owner's page at once, for those who may see numbers."""
    asked = request.GET.get("q", "").replace("\0", "").strip()[:100]
    number = _whole(asked)
    found = _find(asked, number) if asked else []
    may_name = request.user.has_perm(access.SEE_NUMBERS)
    if number and may_name and not request.htmx and not any(one.number != number for one in found):
        return redirect("person", whom=number)
    context = {"asked": asked, "found": found, "number": number if may_name else "", "most": _MOST}
    template = "dashboard/persons/_found.html" if request.htmx else "dashboard/persons/search.html"
    return render(request, template, context)


def _whole(asked: str) -> str:
    """A whole telephone number, as E.164; empty for anything else, a number without its area code among it."""
    address = read_address(asked, region=settings.DEFAULT_REGION)
    return address.value if address.kind is Kind.PHONE else ""


def _find(asked: str, number: str) -> list[Found]:
    """People first, then whoever stands only in a campaign; each number once."""
    match = _match(asked, number)
    if match is None:
        return []
    known = list(Person.objects.filter(match).order_by("-pk")[:_MOST])
    newest = Contact.objects.filter(match).exclude(number__in=[one.number for one in known]).values("number")
    contacts = Contact.objects.filter(
        pk__in=newest.annotate(last=Max("pk")).order_by("-last").values("last")[: _MOST - len(known)]
    ).select_related("campaign")
    listed = _listed([*(one.number for one in known), *(one.number for one in contacts)])
    return [
        *(Found(one, one.number, one.name, "", one.number in listed) for one in known),
        *(Found(one, one.number, one.name, str(one.campaign), one.number in listed) for one in contacts),
    ]


def _match(asked: str, number: str) -> Q | None:
    if number:
        return Q(number=number)
    digits = "".join(filter(str.isdigit, asked))
    if len(digits) >= 3 and len(digits) >= len(asked) - 6:
        return Q(number__contains=digits)
    return Q(name__icontains=asked) if len(asked) >= 2 else None


def _listed(numbers: list[str]) -> set[str]:
    return set(SuppressionEntry.objects.filter(number__in=numbers, lifted_at=None).values_list("number", flat=True))
