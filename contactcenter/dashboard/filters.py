"""The filters of the call log: one definition for the page, its address and the export."""

from dataclasses import dataclass

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from agents.models import Assistant, Disposition
from calls.lifecycle import EndedReason, Phase
from calls.models import Call, Number, Offer, TranscriptTurn
from contactcenter.dashboard.words import ENDINGS, PHASES


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked of the call log, and the query that asks everything else."""

    label: str
    value: str
    without: str


class CallFilter(django_filters.FilterSet):
    """What a person asks of the call log."""

    q = django_filters.CharFilter(method="search", label="Number or words spoken")
    since = django_filters.DateFilter(
        field_name="started_at", lookup_expr="date__gte", label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(
        field_name="started_at", lookup_expr="date__lte", label="To", widget=forms.DateInput(attrs={"type": "date"})
    )
    assistant = django_filters.ModelChoiceFilter(
        queryset=Assistant.objects.order_by("name"), empty_label="Any assistant"
    )
    number = django_filters.ModelChoiceFilter(queryset=Number.objects.order_by("e164"), empty_label="Any number")
    phase = django_filters.ChoiceFilter(
        label="State", choices=[(p.value, PHASES[p]) for p in Phase], empty_label="Any state"
    )
    ended = django_filters.ChoiceFilter(
        field_name="ended_reason",
        label="Ending",
        choices=[(r.value, ENDINGS[r]) for r in EndedReason],
        empty_label="Any ending",
    )
    result = django_filters.ModelChoiceFilter(
        queryset=Disposition.objects.order_by("name"),
        to_field_name="code",
        method="with_result",
        label="Result",
        empty_label="Any result",
    )
    failed = django_filters.BooleanFilter(method="only_failed", label="Only failures", widget=forms.CheckboxInput)

    class Meta:
        model = Call
        fields: list[str] = []

    def asked(self) -> list[Asked]:
        """What is asked for now, in words, each with the way to ask less."""
        found = []
        for name, field in self.form.fields.items():
            value = self.form.cleaned_data.get(name) if self.form.is_valid() else self.data.get(name)
            if value in (None, "", False):
                continue
            query = self.data.copy()
            query.pop(name, None)
            query.pop("page", None)
            shown = dict(getattr(field, "choices", ())).get(value) or ("" if value is True else str(value))
            found.append(Asked(str(field.label), shown, query.urlencode()))
        return found

    def search(self, calls: QuerySet[Call], _: str, text: str) -> QuerySet[Call]:
        """Calls whose number contains these digits, or in which these words were spoken."""
        digits = "".join(filter(str.isdigit, text))
        spoken = TranscriptTurn.objects.filter(call=OuterRef("pk"), text__icontains=text.strip()[:100])
        match = Q(Exists(spoken))
        if len(digits) >= 3:
            match |= Q(customer_e164__contains=digits) | Q(our_address__contains=digits)
        return calls.filter(match)

    def with_result(self, calls: QuerySet[Call], _: str, result: Disposition) -> QuerySet[Call]:
        """Calls that a person has put down under this result."""
        return calls.filter(Exists(Offer.objects.filter(transfer__call=OuterRef("pk"), disposition=result.code)))

    def only_failed(self, calls: QuerySet[Call], _: str, is_wanted: bool) -> QuerySet[Call]:
        """Calls that a fault ended."""
        return calls.exclude(failure_class="") if is_wanted else calls
