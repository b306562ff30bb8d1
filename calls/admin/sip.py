"""Calls by SIP in Django admin: their lines, who looks after them, and what the model's side has told."""

from django.contrib import admin

from calls.admin.books import _call_link
from calls.admin.facts import Facts
from calls.models import ModelWebhook, Sideband, SidebandWorker


@admin.register(Sideband)
class SidebandAdmin(Facts):
    """Lines to the model."""

    list_display = (
        "model_call_id",
        _call_link,
        "via",
        "state",
        "issued_at",
        "attached_at",
        "attachments",
        "ended_at",
        "close_reason",
        "dial_status",
        "sip_code",
    )
    list_filter = ("state", "via", "dial_status", "sip_code")
    search_fields = ("model_call_id", "call__legs__leg_sid")
    date_hierarchy = "issued_at"
    exclude = ("token",)


@admin.register(SidebandWorker)
class SidebandWorkerAdmin(Facts):
    """The processes that look after lines to the model."""

    list_display = ("name", "pid", "calls", "heard_at", "started_at")
    search_fields = ("name",)


@admin.register(ModelWebhook)
class ModelWebhookAdmin(Facts):
    """Webhooks of the model's side."""

    list_display = ("webhook_id", "kind", "model_call_id", "outcome", "received_at")
    list_filter = ("kind", "outcome")
    search_fields = ("webhook_id", "model_call_id")
    date_hierarchy = "received_at"
