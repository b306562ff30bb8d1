"""Where facts of calls are sent, in Django admin."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from agents import web_addresses
from agents.admin.signing import Signing
from agents.models import FactsWebhook
from compliance import audit


@admin.register(FactsWebhook)
class FactsWebhookAdmin(Signing):
    """One address an assistant: what its calls have found out is posted there."""

    signs = "facts_webhook"
    list_display = ("assistant", "url", "is_active", "is_signed", "since")
    list_filter = ("is_active", "sends_caller")
    search_fields = ("assistant__name", "url")
    list_select_related = ("assistant",)
    autocomplete_fields = ("assistant",)

    def save_model(self, request: HttpRequest, obj: FactsWebhook, form: Any, change: bool) -> None:
        """Where callers' words are sent is worth noting."""
        super().save_model(request, obj, form, change)
        who, subject = request.user.get_username(), f"facts_webhook:{obj.pk}"
        host = web_addresses.target(obj.url, allowed=settings.TOOL_ALLOWED_HOSTS).host  # a path may hold a key
        audit.note(act="change_facts_webhook", subject=subject, by=who, now=timezone.now(), host=host)
