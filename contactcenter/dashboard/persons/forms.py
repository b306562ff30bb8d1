"""The forms of a person's page: a consent with its proof, a wish not to be called, where somebody lives, a call.

They stand on one page, so each has identifiers of its own.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone

from calls.models import Number
from compliance import local_time
from compliance.models import ConsentRecord, Person, Revocation
from compliance.places import STATES
from compliance.verdict import Purpose
from contactcenter.dashboard.campaigns.forms import choose_from, number_words
from contactcenter.dashboard.campaigns.words import PURPOSES

MOST_EVIDENCE_MB = 20
_OF_CONSENT = (Purpose.INFORMATIONAL, Purpose.TELEMARKETING, Purpose.HEALTHCARE)
_ZONES = [(zone, zone) for zone in ("UTC", *sorted(available_timezones()))]
# How somebody told a colleague; what comes by itself (a key, a text, a page) is written down by itself.
_ROUTES = (Revocation.Route.AGENT, Revocation.Route.EMAIL, Revocation.Route.VOICEMAIL, Revocation.Route.ADMIN)
_CHANNELS = [("voice", "Voice"), ("sms", "Text messages"), ("whatsapp", "WhatsApp")]


class ConsentForm(forms.ModelForm):
    """What somebody agreed to, in which words, and what proves it."""

    purposes = forms.MultipleChoiceField(
        label="For", choices=[(p.value, PURPOSES[p].capitalize() + "s") for p in _OF_CONSENT],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    channels = forms.MultipleChoiceField(
        label="By", choices=_CHANNELS, initial=["voice"], widget=forms.CheckboxSelectMultiple
    )
    sellers = forms.CharField(
        label="Sellers named in the text", max_length=400, help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    zone = forms.ChoiceField(label="By the clock of", choices=_ZONES)

    class Meta:
        model = ConsentRecord
        fields = (
            *("kind", "person_name", "topic", "captured_at", "text", "text_version", "signature", "signature_event"),
            *("is_separate", "is_box_preticked", "method", "source", "ip_address", "user_agent", "evidence"),
        )
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "captured_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "text": forms.Textarea(attrs={"rows": 3}),
        }
        labels: ClassVar[dict[str, str]] = {
            "kind": "How strong",
            "person_name": "Name",
            "topic": "About",
            "captured_at": "Given on",
            "text": "The words they agreed to",
            "text_version": "Version of the words",
            "signature": "Signed with",
            "signature_event": "How it was signed",
            "is_separate": "The text stood apart from others, and was legible",
            "is_box_preticked": "The box was ticked beforehand",
            "method": "How it was given",
            "source": "The page, form or call it came from",
            "ip_address": "IP address, if it was given on a page",
            "user_agent": "Browser, if it was given on a page",
            "evidence": "Evidence: a picture of the page, a recording",
        }
        # The labels say it all; those of the tables would say it twice.
        help_texts: ClassVar[dict[str, str]] = dict.fromkeys(
            ("captured_at", "text", "is_separate", "method", "source", "evidence"), ""
        )

    field_order = (
        *("kind", "purposes", "channels", "sellers", "topic", "person_name", "captured_at", "zone", "text"),
        *("text_version", "signature", "signature_event", "is_separate", "is_box_preticked", "method", "source"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_consent_%s"} | kwargs)
        if not self.is_bound:
            self.fields["zone"].widget.attrs["data-own-zone"] = ""

    def clean_sellers(self) -> list[str]:
        """One name a line."""
        names = [line.strip() for line in self.cleaned_data["sellers"].splitlines()]
        return list(dict.fromkeys(name for name in names if name))

    def clean_evidence(self) -> Any:
        """A file that is kept whole."""
        file = self.cleaned_data.get("evidence")
        if file and file.size > MOST_EVIDENCE_MB * 1_000_000:
            raise forms.ValidationError(f"The file is bigger than {MOST_EVIDENCE_MB} MB.")
        return file

    def clean(self) -> dict[str, Any]:
        """The day as an instant, and not in the future."""
        super().clean()
        found = self.cleaned_data
        at, zone = found.get("captured_at"), local_time.zone_named(found.get("zone", ""))
        if isinstance(at, datetime) and zone is not None:
            found["captured_at"] = local_time.instant(at.replace(tzinfo=None), zone).astimezone(UTC)
            if found["captured_at"] > timezone.now():
                self.add_error("captured_at", "This is still to come.")
        return found


class RevokeForm(forms.Form):
    """Somebody does not want to be called."""

    scope = forms.ChoiceField(label="What they do not want", choices=Revocation.Scope.choices)
    topic = forms.CharField(label="The topic, if it is one", max_length=120, required=False)
    said = forms.CharField(label="Their words", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    route = forms.ChoiceField(label="How it came", choices=[(r.value, r.label) for r in _ROUTES])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_revoke_%s"} | kwargs)

    def clean(self) -> dict[str, Any]:
        """One topic has a name."""
        found = super().clean() or self.cleaned_data
        if found.get("scope") == Revocation.Scope.TOPIC and not found.get("topic"):
            self.add_error("topic", "Say which topic.")
        return found


class LiftForm(forms.Form):
    """Why a number comes off our own list."""

    why = forms.CharField(label="Why", max_length=300, error_messages={"required": "Say why it is taken off the list."})


class PersonForm(forms.ModelForm):
    """Who somebody is and where they live; the rules take the strictest for what is empty."""

    address_state = forms.ChoiceField(
        label="State", required=False, choices=[("", "not known"), *((code, name) for code, name in STATES.items())]
    )
    address_zone = forms.ChoiceField(label="Time zone", required=False, choices=[("", "not known"), *_ZONES[1:]])

    class Meta:
        model = Person
        fields = ("name", "line_type", "address", "address_state", "address_zone", "address_source")
        labels: ClassVar[dict[str, str]] = {
            "name": "Name",
            "line_type": "Kind of line",
            "address": "Address",
            "address_source": "Where the address is from",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "line_type": "Only a line that somebody looked up is a landline; what is not known counts as mobile.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_person_%s"} | kwargs)


class CallForm(forms.Form):
    """A call that somebody dials by hand: what for, on whose behalf, and which number of ours is shown."""

    purpose = forms.ChoiceField(label="What for", choices=[(p.value, PURPOSES[p].capitalize()) for p in _OF_CONSENT])
    seller = forms.CharField(label="On behalf of", max_length=120)
    topic = forms.CharField(label="About", max_length=120, required=False)
    number = forms.ModelChoiceField(label="They see", queryset=Number.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_call_%s"} | kwargs)
        ours = Number.objects.filter(is_active=True).order_by("label", "e164")
        choose_from(self.fields["number"], ours, say=number_words)
