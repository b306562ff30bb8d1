"""What is asked of a person who sends a file, sets up a list, or puts a number on our own."""

from typing import Any

from django import forms

from compliance.models import ListImport, NumberList, SuppressionEntry

_INTO = ListImport.Into


class UploadForm(forms.Form):
    """A file of numbers, and what it is."""

    what = forms.ChoiceField(label="What the file holds")
    version_date = forms.DateField(
        label="Copy of", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The day of the version, as its keeper says. The age of the copy is counted from it.",
    )  # fmt: skip
    scope = forms.ChoiceField(
        label="For our own list", required=False, choices=SuppressionEntry.Scope.choices,
        help_text="What is barred for these numbers.",
    )  # fmt: skip
    file = forms.FileField(
        label="File",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.gz,.zip"}),
        help_text="CSV or text, also packed by gzip or zip. One number a line; up to 2 GB.",
    )
    may_shrink = forms.BooleanField(label="It may have far fewer numbers than the copy before", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = list(NumberList.objects.order_by("kind", "state", "name"))
        self.fields["what"].choices = [  # type: ignore[attr-defined]  # a field of choices has them
            *((f"list:{one.pk}", f"{one.name}: the whole list") for one in lists),
            *((f"changes:{one.pk}", f"{one.name}: changes since the last copy") for one in lists),
            ("own", "Our own list: numbers we do not call"),
            ("answers", "Reassigned numbers: number, date asked, answer"),
        ]

    def asked(self) -> dict[str, Any]:
        """What `imports.accept` is asked. You must have found the form valid."""
        into, _, pk = self.cleaned_data["what"].partition(":")
        sent = self.cleaned_data["file"]
        return {
            "file": sent.file,
            "name": sent.name,
            "size": sent.size,
            "into": into,
            "of": NumberList.objects.filter(pk=pk).first() if pk else None,
            "version_date": self.cleaned_data["version_date"],
            "scope": self.cleaned_data["scope"] or SuppressionEntry.Scope.ALL,
            "may_shrink": self.cleaned_data["may_shrink"],
        }


class ListForm(forms.ModelForm):
    """A list that somebody else keeps."""

    class Meta:
        model = NumberList
        fields = ("name", "kind", "state", "max_age_days", "subscription", "is_required")
        labels = {  # as Django reads it
            "state": "State",
            "max_age_days": "Days a copy is good for",
            "is_required": "Without a fresh copy no sales call leaves",
        }
        help_texts = {"is_required": ""}


class NumberForm(forms.Form):
    """A number for our own list, with what was said."""

    number = forms.CharField(max_length=40, label="Number", widget=forms.TextInput(attrs={"inputmode": "tel"}))
    scope = forms.ChoiceField(label="Bar", choices=SuppressionEntry.Scope.choices)
    person_name = forms.CharField(label="Name, if they gave it", max_length=120, required=False)
    said = forms.CharField(label="Why", max_length=300, required=False)
