"""Tools over HTTP in Django admin: what is asked, with which secrets, and what must come back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from agents.admin.signing import Signing
from agents.models import HttpTool, HttpToolHeader
from compliance import audit


class HttpToolHeaderForm(forms.ModelForm):
    """A header whose value is written once and never shown again."""

    value = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Nobody can read it again; empty: it stays as it is.",
    )

    class Meta:
        model = HttpToolHeader
        fields = ("name", "value")

    def clean_value(self) -> str:
        """A new header needs a value; an old one keeps what it has."""
        value: str = self.cleaned_data["value"]
        if not value and self.instance.pk is None:
            raise forms.ValidationError("A header needs a value.")
        return value or self.instance.value


class HttpToolHeaderInline(admin.TabularInline):
    """Keys that go with each request."""

    model = HttpToolHeader
    form = HttpToolHeaderForm
    extra = 0


@admin.register(HttpTool)
class HttpToolAdmin(Signing):
    """Servers of the business that assistants may ask. A tool is granted on the assistant's page."""

    signs = "http_tool"
    list_display = ("name", "method", "url", "risk", "is_active", "is_signed")
    list_filter = ("is_active", "risk", "method")
    search_fields = ("name", "description", "url")
    inlines = (HttpToolHeaderInline,)
    fieldsets = (
        (None, {"fields": ("name", "description", "is_active", "risk", "filler")}),
        ("What is asked", {"fields": ("method", "url", "parameters", "sends_caller")}),
        ("What must come back", {"fields": ("answer_schema", "timeout_s", "retries")}),
    )

    def save_model(self, request: HttpRequest, obj: HttpTool, form: Any, change: bool) -> None:
        """Where callers' words may be sent is worth noting."""
        super().save_model(request, obj, form, change)
        who, subject = request.user.get_username(), f"http_tool:{obj.pk}"
        audit.note(act="change_http_tool", subject=subject, by=who, now=timezone.now(), url=obj.url[:200])
