"""What a person asks of the campaigns, and of the contacts of one."""

import django_filters
from django.db.models import Q, QuerySet

from calls.lifecycle.campaign import AttemptOutcome, CampaignState, ContactState
from calls.models import Campaign, Contact
from contactcenter.dashboard.campaigns.words import (
    CAMPAIGN_PURPOSES,
    CAMPAIGN_STATES,
    CONTACT_STATES,
    OUTCOMES,
    PURPOSES,
    REASONS,
)
from contactcenter.dashboard.question import Question


class CampaignFilter(Question):
    """What a person asks of the campaigns."""

    q = django_filters.CharFilter(method="search", label="Name, topic or seller")
    state = django_filters.ChoiceFilter(
        label="State", choices=[(s.value, CAMPAIGN_STATES[s]) for s in CampaignState], empty_label="Any state"
    )
    purpose = django_filters.ChoiceFilter(
        label="Purpose",
        choices=[(p, PURPOSES[p].capitalize()) for p in CAMPAIGN_PURPOSES],
        empty_label="For any purpose",
    )

    class Meta:
        model = Campaign
        fields: list[str] = []

    def search(self, campaigns: QuerySet[Campaign], _: str, text: str) -> QuerySet[Campaign]:
        """Campaigns in whose name, topic or seller these words stand."""
        words = text.strip()[:100].replace("\0", "")
        return campaigns.filter(Q(name__icontains=words) | Q(topic__icontains=words) | Q(seller__icontains=words))


class ContactFilter(Question):
    """What a person asks of a campaign's contacts."""

    q = django_filters.CharFilter(method="search", label="Number or name")
    state = django_filters.ChoiceFilter(
        label="State", choices=[(s.value, CONTACT_STATES[s]) for s in ContactState], empty_label="Any state"
    )
    code = django_filters.ChoiceFilter(label="Reason", choices=list(REASONS.items()), empty_label="For any reason")
    outcome = django_filters.ChoiceFilter(
        label="Last outcome",
        choices=[(o.value, OUTCOMES[o].capitalize()) for o in AttemptOutcome if o is not AttemptOutcome.OPEN],
        empty_label="Any outcome",
    )

    class Meta:
        model = Contact
        fields: list[str] = []

    def search(self, contacts: QuerySet[Contact], _: str, text: str) -> QuerySet[Contact]:
        """People whose number contains these digits, or whose name these words."""
        words = text.strip()[:100].replace("\0", "")
        match = Q(name__icontains=words) if words else Q()
        digits = "".join(filter(str.isdigit, text))
        return contacts.filter(match | Q(number__contains=digits) if len(digits) >= 3 else match)
