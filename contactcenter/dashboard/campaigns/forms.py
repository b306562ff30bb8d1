"""The forms by which a campaign is written, one for each step."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.db.models import QuerySet

from agents.models import Assistant, PromptVersion, Queue
from calls.lifecycle.campaign import AttemptOutcome
from calls.models import Campaign, Number
from compliance import local_time
from compliance.verdict import Voice
from contactcenter.dashboard.campaigns.words import CAMPAIGN_PURPOSES, OUTCOMES, PURPOSES, WEEKDAYS

# Outcomes after which another try makes sense, and how long to wait unless somebody says otherwise, in minutes.
RETRIES = {
    AttemptOutcome.BUSY: 15,
    AttemptOutcome.NO_ANSWER: 240,
    AttemptOutcome.MACHINE_HUNG_UP: 240,
    AttemptOutcome.FAILED: 60,
}
USUAL_RETRIES = {outcome.value: minutes for outcome, minutes in RETRIES.items()}
_LONGEST_WAIT_MIN = 30 * 24 * 60


def choose_from(
    field: forms.Field, rows: QuerySet[Any], *, empty: str = "", say: Callable[[Any], str] | None = None
) -> None:
    """Which rows a field offers, and how it says them."""
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
    field.empty_label = empty or None
    if say is not None:
        field.label_from_instance = say  # type: ignore[method-assign,assignment]  # Django's own way to say rows


class WhatForm(forms.ModelForm):
    """What the calls are about, for whom, and who speaks."""

    purpose = forms.ChoiceField(
        choices=[("", "Choose one"), *((p, PURPOSES[p].capitalize()) for p in CAMPAIGN_PURPOSES)],
        help_text="Which rules apply. If anything is offered for sale, it is a sales call.",
    )
    voice = forms.ChoiceField(
        label="Who speaks",
        choices=[
            (Voice.AI.value, "The assistant"),
            (Voice.HUMAN_DIALER.value, "A person of the queue; we dial"),
        ],
    )

    class Meta:
        model = Campaign
        fields = ("name", "purpose", "topic", "seller", "assistant", "voice", "queue")
        labels: ClassVar[dict[str, str]] = {
            "name": "Name",
            "topic": "Topic",
            "seller": "Seller",
            "assistant": "Assistant",
            "queue": "Queue of the people who take over",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "name": "For colleagues. Nobody who is called hears it.",
            "topic": "What the calls are about, in the words that consents use: “bike service”.",
            "seller": "On whose behalf you call, by the name that stands in the consents.",
            "queue": "With one, no more people are rung than agents are free.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ready = PromptVersion.objects.filter(status=PromptVersion.Status.PUBLISHED).values("assistant")
        assistants = Assistant.objects.filter(is_active=True, pk__in=ready).order_by("name")
        choose_from(self.fields["assistant"], assistants, empty="Choose one")
        queues = Queue.objects.filter(is_active=True).order_by("name")
        choose_from(self.fields["queue"], queues, empty="None: nobody is needed")

    def clean(self) -> dict[str, Any]:
        """People who speak must come from somewhere."""
        super().clean()
        found = self.cleaned_data
        if found.get("voice") == Voice.HUMAN_DIALER and not found.get("queue"):
            self.add_error("queue", "Name the queue of the people who speak.")
        return found


class NumbersForm(forms.ModelForm):
    """The numbers that the called may see."""

    class Meta:
        model = Campaign
        fields = ("numbers",)
        widgets: ClassVar[dict[str, forms.Widget]] = {"numbers": forms.CheckboxSelectMultiple()}
        labels: ClassVar[dict[str, str]] = {"numbers": "Numbers to show"}
        help_texts: ClassVar[dict[str, str]] = {
            "numbers": "Only numbers of ours. Whoever calls one back reaches the assistant that answers it."
        }
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "numbers": {"required": "Choose at least one number to show."}
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self.fields["numbers"], Number.objects.order_by("label", "e164"), say=number_words)


def number_words(number: Number) -> str:
    """A number of ours as forms offer it."""
    return f"{number.label} · {number.e164}" if number.label else number.e164


class WhenForm(forms.ModelForm):
    """When calls are made: from and to which day, at what times, on which weekdays."""

    zone = forms.ChoiceField(
        label="These two by the clock of", choices=[(zone, zone) for zone in ("UTC", *sorted(available_timezones()))]
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Weekdays",
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: every day on which the law allows it.",
    )

    class Meta:
        model = Campaign
        fields = ("starts_at", "ends_at", "window_from", "window_to", "weekdays")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {
            "starts_at": forms.DateTimeField,
            "ends_at": forms.DateTimeField,
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "starts_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "ends_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "window_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "window_to": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        labels: ClassVar[dict[str, str]] = {
            "starts_at": "Begins",
            "ends_at": "Ends",
            "window_from": "Not before",
            "window_to": "Not after",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "starts_at": "Empty: when somebody starts it.",
            "ends_at": "Empty: when nobody is left to ring.",
            "window_from": "By the called person’s clock; the law’s own hours apply as well.",
            "window_to": "By the called person’s clock.",
        }

    field_order = ("starts_at", "ends_at", "zone", "window_from", "window_to", "weekdays")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)
        if not self.is_bound and not self.instance.starts_at and not self.instance.ends_at:
            self.fields["zone"].widget.attrs["data-own-zone"] = ""

    def clean(self) -> dict[str, Any]:
        """Times in the order in which they come, as instants."""
        super().clean()
        found = self.cleaned_data
        zone = local_time.zone_named(found.get("zone", ""))
        for name in ("starts_at", "ends_at"):
            at = found.get(name)
            if isinstance(at, datetime) and zone is not None:
                found[name] = local_time.instant(at.replace(tzinfo=None), zone).astimezone(UTC)
        begins, ends = found.get("starts_at"), found.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", "It ends before it begins.")
        opens, closes = found.get("window_from"), found.get("window_to")
        if opens and closes and closes <= opens:
            self.add_error("window_to", "Calls end before they begin. The two times belong to one day.")
        for name, at in (("window_from", opens), ("window_to", closes)):
            if at and not local_time.EARLIEST <= at <= local_time.LATEST:
                self.add_error(name, "Nobody is rung before 8 in the morning or after 9 at night.")
        found["weekdays"] = sorted(found.get("weekdays") or [])
        return found


class PacingForm(forms.ModelForm):
    """How fast, how often, and what is done when a machine answers."""

    class Meta:
        model = Campaign
        fields = (
            *("pacing", "calls_per_second", "max_concurrent", "ring_s", "abandoned_goal_pct", "max_attempts"),
            *("voicemail", "voicemail_words"),
        )
        widgets: ClassVar[dict[str, forms.Widget]] = {"voicemail_words": forms.Textarea(attrs={"rows": 3})}
        labels: ClassVar[dict[str, str]] = {
            "pacing": "Pacing",
            "calls_per_second": "Calls per second, at most",
            "max_concurrent": "Calls at the same time, at most",
            "ring_s": "Ring for, in seconds",
            "abandoned_goal_pct": "Abandoned calls, at most, in percent",
            "max_attempts": "Try each person at most",
            "voicemail": "When a machine answers",
            "voicemail_words": "Words of the message",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "ring_s": "The law asks for 15 at least.",
            "abandoned_goal_pct": "We slow down towards it. The law’s limit is 3 over 30 days.",
            "max_attempts": "Those that rang.",
            "voicemail_words": "Who calls, and the number that takes opt-outs, are said before and after it.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = {}
        for outcome in RETRIES:
            fields[f"retry_{outcome.name.lower()}"] = forms.IntegerField(
                label=f"After “{OUTCOMES[outcome]}”, again after how many minutes",
                min_value=1,
                max_value=_LONGEST_WAIT_MIN,
                required=False,
                initial=self.instance.retries.get(outcome.value),
                help_text="Empty: not tried again.",
            )
        self.fields |= fields
        self.order_fields([*self.Meta.fields[:6], *fields, "voicemail", "voicemail_words"])

    def clean(self) -> dict[str, Any]:
        """A message needs words; the goal lies under the law's limit."""
        super().clean()
        found = self.cleaned_data
        if found.get("voicemail") == Campaign.Voicemail.LEAVE and not found.get("voicemail_words", "").strip():
            self.add_error("voicemail_words", "Write the message, or hang up instead.")
        goal = found.get("abandoned_goal_pct")
        if goal is not None and not 0 <= goal <= 3:
            self.add_error("abandoned_goal_pct", "It lies between 0 and 3, the law’s limit.")
        waits = {outcome: found.pop(f"retry_{outcome.name.lower()}", None) for outcome in RETRIES}
        found["retries"] = {outcome.value: wait for outcome, wait in waits.items() if wait}
        return found


STEPS: dict[str, tuple[str, type[forms.ModelForm] | None]] = {
    "what": ("What", WhatForm),
    "numbers": ("Numbers to show", NumbersForm),
    "when": ("When", WhenForm),
    "pacing": ("Pacing and retries", PacingForm),
    "people": ("People", None),
    "check": ("Dry run", None),
}
