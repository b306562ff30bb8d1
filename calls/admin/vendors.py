"""What was changed at the vendors, what checks found, and what the carrier reported: read, never written by hand."""

from django.contrib import admin

from calls.admin.facts import Facts
from calls.models import CarrierReport, ReadinessCheck, SettingChange


@admin.register(SettingChange)
class SettingChangeAdmin(Facts):
    """The settings we have changed at Twilio and OpenAI; they are taken back on the go-live page, or by command."""

    list_display = (
        "at",
        "by_ref",
        "label",
        "name",
        "before_shown",
        "after_shown",
        "state",
        "undone_at",
        "undone_by_ref",
    )
    list_filter = ("state", "what", "name")
    search_fields = ("label", "ref", "name", "by_ref", "run")
    date_hierarchy = "at"
    exclude = ("before", "after")
    readonly_fields = ("before_shown", "after_shown")


@admin.register(ReadinessCheck)
class ReadinessCheckAdmin(Facts):
    """Runs of the go-live check."""

    list_display = ("at", "by_ref", "blockers", "others")
    search_fields = ("by_ref",)
    date_hierarchy = "at"


@admin.register(CarrierReport)
class CarrierReportAdmin(Facts):
    """Errors the carrier has told us of."""

    list_display = ("at", "code", "level", "source", "resource_sid", "call", "occurred_at")
    list_filter = ("level", "source", "code")
    search_fields = ("resource_sid", "report_sid", "code")
    date_hierarchy = "at"
    list_select_related = ("call",)
