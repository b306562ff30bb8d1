"""The filters of the lists: one definition for the page, its address and the export."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from agents.models import Assistant, Disposition
from calls.lifecycle import EndedReason, Phase
from calls.lifecycle.callback import CALLBACKS_OPEN, CallbackState, Origin
from calls.models import Call, Callback, Number, Offer, TranscriptTurn, Voicemail
from contactcenter.dashboard import colleagues
from contactcenter.dashboard.follow_up_words import CALLBACK_ORIGINS, CALLBACK_STATES
from contactcenter.dashboard.question import Question
from contactcenter.dashboard.words import ENDINGS, PHASES


class CallFilter(Question):
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
    channel = django_filters.ChoiceFilter(
        label="Kind",
        choices=[
            (Call.Channel.TELEPHONE, "By telephone"),
            (Call.Channel.WHATSAPP, "By WhatsApp"),
            (Call.Channel.BROWSER, "Test calls"),
        ],
        empty_label="Any kind",
    )
    failed = django_filters.BooleanFilter(method="only_failed", label="Only failures", widget=forms.CheckboxInput)

    class Meta:
        model = Call
        fields: list[str] = []

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


def _of_number(text: str, field: str) -> Q:
    """A number that contains these digits, if there are enough of them to mean one."""
    digits = "".join(filter(str.isdigit, text))
    return Q(**{f"{field}__contains": digits}) if len(digits) >= 3 else Q(pk__in=())


class VoicemailFilter(Question):
    """What a person asks of the messages."""

    q = django_filters.CharFilter(method="search", label="Number or words spoken")
    box = django_filters.ChoiceFilter(label="Box", empty_label="Any box")
    state = django_filters.ChoiceFilter(
        method="in_state",
        label="State",
        choices=[("new", "Nobody looks after it"), ("taken", "Somebody looks after it"), ("done", "Done")],
        empty_label="Any state",
    )

    class Meta:
        model = Voicemail
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        boxes = Voicemail.objects.order_by("box").values_list("box", flat=True).distinct()
        self.filters["box"].extra["choices"] = [(box, box) for box in boxes if box]

    def search(self, messages: QuerySet[Voicemail], _: str, text: str) -> QuerySet[Voicemail]:
        """Messages of callers whose number contains these digits, or in which these words were spoken."""
        spoken = TranscriptTurn.objects.filter(
            call=OuterRef("call"), ended_ms__gt=OuterRef("began_ms"), text__icontains=text.strip()[:100]
        )
        return messages.filter(Exists(spoken) | _of_number(text, "call__customer_e164"))

    def in_state(self, messages: QuerySet[Voicemail], _: str, state: str) -> QuerySet[Voicemail]:
        """Messages that are new, looked after, or done."""
        if state == "done":
            return messages.exclude(done_at=None)
        return messages.filter(done_at=None, assigned_to__isnull=state == "new")


class CallbackFilter(Question):
    """What a person asks of the callbacks."""

    q = django_filters.CharFilter(method="search", label="Number or words")
    state = django_filters.ChoiceFilter(
        method="in_state",
        label="State",
        choices=[("open", "To do"), *((s.value, CALLBACK_STATES[s]) for s in CallbackState)],
        empty_label="Any state",
    )
    origin = django_filters.ChoiceFilter(
        label="Why", choices=[(o.value, CALLBACK_ORIGINS[o]) for o in Origin], empty_label="For any reason"
    )
    assigned = django_filters.ModelChoiceFilter(
        field_name="assigned_to", label="Who", queryset=get_user_model().objects.none(), empty_label="Anybody"
    )

    class Meta:
        model = Callback
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["assigned"].queryset = colleagues.who_follow_up()
        self.filters["assigned"].field.label_from_instance = colleagues.name_of

    def search(self, callbacks: QuerySet[Callback], _: str, text: str) -> QuerySet[Callback]:
        """People whose number contains these digits, or in whose wish these words stand."""
        words = text.strip()[:100]
        stands = Q(reason__icontains=words) | Q(evidence_text__icontains=words) | Q(note__icontains=words)
        return callbacks.filter(stands | _of_number(text, "customer_e164"))

    def in_state(self, callbacks: QuerySet[Callback], _: str, state: str) -> QuerySet[Callback]:
        """Callbacks that are still to be done, or in one state."""
        return callbacks.filter(state__in=CALLBACKS_OPEN) if state == "open" else callbacks.filter(state=state)
