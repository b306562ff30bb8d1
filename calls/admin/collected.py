"""What assistants found out, and what their calls were worth, in Django admin."""

from django.contrib import admin

from calls.admin.facts import Facts
from calls.models import CallResult, CollectedFact, FactsDelivery, LookUp


@admin.register(CollectedFact)
class CollectedFactAdmin(Facts):
    """What callers said of themselves. Values are encrypted: found by name, read on the page."""

    list_display = ("recorded_at", "call", "name", "label", "value")
    list_filter = ("name",)
    search_fields = ("name", "label", "call__legs__leg_sid")
    list_select_related = ("call",)
    date_hierarchy = "recorded_at"


@admin.register(CallResult)
class CallResultAdmin(Facts):
    """Results as assistants put them down."""

    list_display = ("at", "call", "disposition", "note")
    list_filter = ("disposition",)
    search_fields = ("disposition", "call__legs__leg_sid")
    list_select_related = ("call",)
    date_hierarchy = "at"


@admin.register(LookUp)
class LookUpAdmin(Facts):
    """What servers of the business knew of callers. Values are encrypted, and read in no list."""

    list_display = ("asked_at", "call", "tool", "trouble")
    list_filter = ("tool",)
    search_fields = ("tool", "trouble", "call__legs__leg_sid")
    list_select_related = ("call",)
    date_hierarchy = "asked_at"


@admin.register(FactsDelivery)
class FactsDeliveryAdmin(Facts):
    """What became of facts on their way to the business."""

    list_display = ("began_at", "call", "state", "tries", "next_at", "delivered_at", "problem")
    list_filter = ("state",)
    search_fields = ("key", "problem", "call__legs__leg_sid")
    list_select_related = ("call",)
    date_hierarchy = "began_at"
