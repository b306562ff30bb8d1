"""The contacts of a campaign: whom it calls, how each stands, and why some are not called."""

from collections.abc import AsyncIterator

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from calls.models import Campaign, Contact
from compliance.redaction import mask_address
from contactcenter.dashboard import access, spreadsheet
from contactcenter.dashboard.campaigns import words
from contactcenter.dashboard.campaigns.filters import ContactFilter
from contactcenter.dashboard.campaigns.overview import known
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 50


def _contacts(campaign: Campaign) -> QuerySet[Contact]:
    return Contact.objects.filter(campaign=campaign).order_by("pk")


@require_GET
@never_cache
@access.needs(access.READ_CAMPAIGNS)
def contacts(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The contacts, in the order of their files, with search and filters in the address."""
    campaign = get_object_or_404(known(), pk=campaign_id)
    found = ContactFilter(request.GET, queryset=_contacts(campaign))
    context = found.page(request.GET.get("page"), size=PAGE_SIZE)
    context |= {
        "campaign": campaign,
        "tab": "contacts",
        "address": reverse("campaign-contacts", args=[campaign.pk]),
        "export_url": reverse("campaign-contacts-export", args=[campaign.pk]),
        "now": timezone.now(),
    }
    template = "dashboard/campaigns/_contacts.html" if request.htmx else "dashboard/campaigns/contacts.html"
    return render(request, template, context)


@require_GET
@access.needs(access.READ_CAMPAIGNS)
def export(request: HttpRequest, campaign_id: int) -> StreamingHttpResponse:
    """The filtered contacts as CSV; numbers masked for those who may not see them."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    found = ContactFilter(request.GET, queryset=_contacts(campaign)).qs
    rows = _rows(found, is_masked=not request.user.has_perm(access.SEE_NUMBERS))
    return spreadsheet.download(f"campaign-{campaign.pk}-contacts", _HEADS, rows)


_HEADS = ("contact", "number", "name", "state", "tries", "last outcome", "code", "reason", "not before (UTC)", "row")


async def _rows(found: QuerySet[Contact], *, is_masked: bool) -> AsyncIterator[tuple[str, ...]]:
    async for contact in found.aiterator(chunk_size=500):
        is_tried = contact.outcome != "open"
        yield (
            str(contact.pk),
            mask_address(contact.number) if is_masked else contact.number,
            contact.name,
            words.contact_words(contact.state),
            str(contact.attempts_made),
            words.attempt_words(contact.outcome) if is_tried else "",
            contact.code,
            words.code_words(contact.code) if contact.code else "",
            f"{contact.due_at:%Y-%m-%d %H:%M:%S}" if contact.is_open else "",
            "" if contact.row is None else str(contact.row),
        )
