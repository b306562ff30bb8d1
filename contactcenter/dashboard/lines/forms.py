"""What is asked of whoever looks for a number, sets up a trunk, or says who may send calls."""

from typing import Any

from django import forms

from agents.models import Assistant
from calls.line_rules.searching import KINDS, SHORT_CODE, Search, check_search
from calls.line_rules.trunk import RECORDINGS, TRANSFER_CALLERS, TRANSFERS, TRIMS, Plan, check_plan
from calls.models import Number, SipAccessList
from contactcenter.dashboard.lines.words import COUNTRIES


def _choices(words: dict[Any, str]) -> list[tuple[str, str]]:
    return [(str(code), said) for code, said in words.items()]


class SearchForm(forms.Form):
    """Which numbers are wanted."""

    country = forms.CharField(
        max_length=2,
        initial="US",
        widget=forms.TextInput(attrs={"list": "countries", "autocapitalize": "characters", "size": 4}),
        help_text="Two letters: " + ", ".join(code for code, _ in COUNTRIES) + " …",
    )
    kind = forms.ChoiceField(choices=[*_choices(KINDS), (SHORT_CODE, "short code")], initial="local")
    area_code = forms.CharField(
        max_length=3, required=False, label="Area code", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    contains = forms.CharField(max_length=16, required=False, help_text="Digits or letters; * for any digit.")
    needs_sms = forms.BooleanField(required=False, label="Takes text messages")
    needs_mms = forms.BooleanField(required=False, label="Takes pictures")

    def clean(self) -> dict[str, Any]:
        """The carrier's rules."""
        given = super().clean() or {}
        if not self.errors:
            for field, sentence in check_search(self.search()).items():
                self.add_error(field, sentence)
        return given

    def search(self) -> Search:
        """What is asked. You must have found the fields themselves valid."""
        given = dict(self.cleaned_data)
        return Search(**given | {"country": given["country"].upper()})


class BuyForm(forms.Form):
    """What the number is for."""

    label = forms.CharField(max_length=80, required=False, label="Name", help_text="What callers reach there.")
    assistant = forms.ModelChoiceField(
        queryset=Assistant.objects.none(),
        required=False,
        empty_label="Nobody yet: callers hear that it is not in service",
        label="Who answers",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assistant"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Assistant.objects.filter(is_active=True).order_by("name")


class TrunkForm(forms.Form):
    """A trunk as somebody wants it."""

    name = forms.CharField(max_length=64, label="Name")
    domain = forms.CharField(
        max_length=120,
        required=False,
        label="Termination domain",
        help_text="Only if your telephone system is to call out: acme-berlin.pstn.twilio.com",
    )
    is_secure = forms.BooleanField(
        required=False, label="Encrypted", help_text="TLS and SRTP only; every address then needs ;transport=tls."
    )
    transfer = forms.ChoiceField(label="Transfers by REFER", choices=_choices(TRANSFERS))
    transfer_caller = forms.ChoiceField(label="Shown on transfers", choices=_choices(TRANSFER_CALLERS))
    looks_up_names = forms.BooleanField(
        required=False, label="Look up callers' names", help_text="CNAM; US and Canada, and it costs a little."
    )
    recording = forms.ChoiceField(label="Record", choices=_choices(RECORDINGS))
    trim = forms.ChoiceField(label="Keep recordings", choices=_choices(TRIMS))
    disaster_url = forms.CharField(
        max_length=500,
        required=False,
        label="Document for disasters",
        help_text="What callers hear when none of its addresses answers.",
    )

    def clean(self) -> dict[str, Any]:
        """The carrier's rules, addresses apart."""
        given = super().clean() or {}
        if not self.errors:
            for field, sentence in check_plan(self.plan()).items():
                self.add_error(field, sentence)
        return given

    def plan(self) -> Plan:
        """What is wanted. You must have found the fields themselves valid."""
        given = dict(self.cleaned_data)
        return Plan(**given | {"name": given["name"].strip(), "domain": given["domain"].strip().lower()})


class TargetForm(forms.Form):
    """An address of a trunk."""

    uri = forms.CharField(
        max_length=255,
        label="SIP address",
        widget=forms.TextInput(attrs={"placeholder": "sip:pbx.example.com;transport=tls", "size": 40}),
    )
    name = forms.CharField(max_length=64, required=False, label="Name")
    priority = forms.IntegerField(min_value=0, max_value=65535, initial=10, help_text="The lowest is tried first.")
    weight = forms.IntegerField(min_value=1, max_value=65535, initial=10, help_text="Its share within a priority.")
    is_on = forms.BooleanField(required=False, initial=True, label="On")


class ListForm(forms.Form):
    """A list of who may send calls."""

    name = forms.CharField(max_length=64, label="Name")
    kind = forms.ChoiceField(label="It holds", choices=SipAccessList.Kind.choices)


class DomainForm(forms.Form):
    """A SIP domain where a telephone system calls in."""

    domain = forms.CharField(max_length=120, label="Domain", help_text="acme.sip.twilio.com")
    name = forms.CharField(max_length=64, required=False, label="Name")
    is_secure = forms.BooleanField(required=False, label="Encrypted")
    number = forms.ModelChoiceField(
        queryset=Number.objects.none(),
        required=False,
        label="Answered as",
        empty_label="Only calls that name a number of ours",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["number"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Number.objects.filter(is_active=True).order_by("e164")


class CallerIdForm(forms.Form):
    """A number of somebody else's that we want to show."""

    number = forms.CharField(max_length=40, label="Number", widget=forms.TextInput(attrs={"inputmode": "tel"}))
    name = forms.CharField(max_length=64, required=False, label="Name")
