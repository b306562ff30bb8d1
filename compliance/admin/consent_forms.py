"""The forms by which somebody enters a consent, a revocation or a number for our own list by hand."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from compliance import consent_check
from compliance.models import ConsentRecord, Revocation, SuppressionEntry
from compliance.numbers import parse_e164

LARGEST_EVIDENCE = 20 * 1024 * 1024
# By what they begin with, whatever they are called.
_EVIDENCE = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "webp": (b"RIFF",),
    "wav": (b"RIFF",),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
}
_KINDS = "PDF, PNG, JPEG, WebP, WAV or MP3"
_CHANNELS = (("voice", "calls"), ("sms", "text messages"), ("whatsapp", "WhatsApp"))
_PURPOSES = (("telemarketing", "sales"), ("informational", "information"), ("healthcare", "health care"))
# Ways of which nobody but a person here hears.
_BY_HAND = (Revocation.Route.ADMIN, Revocation.Route.AGENT, Revocation.Route.VOICEMAIL, Revocation.Route.EMAIL)


class _WithNumber(forms.ModelForm):
    """A form for a number in any spelling."""

    def clean_number(self) -> str:
        """The number as E.164."""
        number = parse_e164(self.cleaned_data["number"], region=settings.DEFAULT_REGION)
        if not number:
            raise forms.ValidationError("This is not a complete telephone number.")
        return number


class ConsentForm(_WithNumber):
    """A consent with all that proves it. It cannot be changed once it is saved."""

    number = forms.CharField(max_length=40, help_text="The number they agreed for, in any usual spelling.")
    channels = forms.MultipleChoiceField(choices=_CHANNELS, widget=forms.CheckboxSelectMultiple)
    purposes = forms.MultipleChoiceField(choices=_PURPOSES, widget=forms.CheckboxSelectMultiple)
    sellers = forms.CharField(
        max_length=500, help_text="The businesses that the text names, with semicolons between them."
    )
    lead_chain = forms.CharField(
        max_length=500, required=False, help_text="Who passed the record on, in order, with semicolons between them."
    )
    evidence = forms.FileField(
        required=False, help_text=f"A picture of the page, or a recording: {_KINDS}, up to 20 MB."
    )

    class Meta:
        model = ConsentRecord
        fields = (
            *("number", "kind", "person_name", "channels", "sellers", "purposes", "topic", "captured_at", "zone"),
            *("signature", "signature_event", "text", "text_version", "is_box_preticked", "is_separate"),
            *("method", "source", "ip_address", "user_agent", "lead_chain", "evidence", "subject_ref"),
        )

    def clean_sellers(self) -> list[str]:
        """As a list."""
        return _parts(self.cleaned_data["sellers"])

    def clean_lead_chain(self) -> list[str]:
        """As a list."""
        return _parts(self.cleaned_data["lead_chain"])

    def clean_captured_at(self) -> Any:
        """A time that has been."""
        at = self.cleaned_data["captured_at"]
        if at is not None and at > timezone.now():
            raise forms.ValidationError("This time is in the future.")
        return at

    def clean_evidence(self) -> UploadedFile | None:
        """A file of a kind that can be looked at or heard."""
        file: UploadedFile | None = self.cleaned_data["evidence"]
        if not file:
            return None
        if (file.size or 0) > LARGEST_EVIDENCE:
            raise forms.ValidationError("The file is larger than 20 MB.")
        ending = (file.name or "").rpartition(".")[2].lower().replace("jpeg", "jpg")
        beginning = file.read(16)
        file.seek(0)
        if not any(beginning.startswith(mark) for mark in _EVIDENCE.get(ending, ())):
            raise forms.ValidationError(f"This is no {_KINDS} file.")
        return file

    def clean(self) -> dict[str, Any]:
        """What belongs together."""
        given = super().clean() or {}
        if bool(given.get("signature")) != bool(given.get("signature_event")):
            self.add_error("signature", "The signature and the act that signed it go together.")
        return given

    def values(self) -> dict[str, Any]:
        """What is to be recorded, with the checksum of the text made now."""
        given = dict(self.cleaned_data)
        text = given["text"]
        return given | {"text_sha256": consent_check.sha256_of(text) if text else ""}


class RevocationForm(_WithNumber):
    """Somebody does not want to be called any more, and told a person here."""

    number = forms.CharField(max_length=40, help_text="Their number, in any usual spelling.")
    route = forms.ChoiceField(choices=[(route.value, route.label) for route in _BY_HAND], label="How it came")

    class Meta:
        model = Revocation
        fields = ("number", "scope", "topic", "route", "said", "person_name", "received_at")

    def clean_received_at(self) -> Any:
        """A time that has been."""
        at = self.cleaned_data["received_at"]
        if at is not None and at > timezone.now():
            raise forms.ValidationError("This time is in the future.")
        return at

    def clean(self) -> dict[str, Any]:
        """A topic for what ends with one."""
        given = super().clean() or {}
        if (given.get("scope") == Revocation.Scope.TOPIC) != bool(given.get("topic")):
            self.add_error("topic", "Name the topic when the wish is about one topic, and only then.")
        return given


class SuppressionForm(_WithNumber):
    """A number for our own list."""

    number = forms.CharField(max_length=40, help_text="The number, in any usual spelling.")

    class Meta:
        model = SuppressionEntry
        fields = ("number", "scope", "reason", "person_name", "seller", "product")

    def clean(self) -> dict[str, Any]:
        """It is listed once."""
        given = super().clean() or {}
        number, scope = given.get("number", ""), given.get("scope", "")
        if any(entry.scope == scope for entry in SuppressionEntry.in_force(number)):
            raise forms.ValidationError("This number is on our list already.")
        return given


class LiftForm(forms.ModelForm):
    """Why a number is taken off our list."""

    lifted_why = forms.CharField(
        max_length=300,
        label="Take it off the list, because",
        help_text="They may be called again, if a consent allows it. This is kept for ever.",
    )

    class Meta:
        model = SuppressionEntry
        fields = ("lifted_why",)


def _parts(value: str) -> list[str]:
    return [part.strip()[:120] for part in value.split(";") if part.strip()]
