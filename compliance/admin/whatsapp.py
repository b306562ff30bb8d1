"""What WhatsApp allows, and what happened with people, in Django admin: rules are kept here, facts are read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from compliance import audit
from compliance.admin.books import WithNumbers
from compliance.models import WhatsAppFact, WhatsAppRule
from compliance.redaction import mask_address


@admin.register(WhatsAppRule)
class WhatsAppRuleAdmin(admin.ModelAdmin):
    """Rules of the channel: one that changes is ended, and followed by another, so that old decisions keep theirs."""

    list_display = ("name", "value", "effective_from", "effective_to", "grade", "source", "note")
    list_filter = ("grade",)
    search_fields = ("name", "value", "source", "note")
    ordering = ("name", "effective_from")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Of a rule that is there only its end, and what is noted of it."""
        return ("name", "value", "source", "grade", "effective_from") if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By which rules was decided is evidence."""
        return False

    def save_model(self, request: HttpRequest, obj: WhatsAppRule, form: Any, change: bool) -> None:
        """Keep it, and note who did it."""
        super().save_model(request, obj, form, change)
        who, act = request.user.get_username(), "end_whatsapp_rule" if change else "add_whatsapp_rule"
        audit.note(act=act, subject=f"whatsapp_rule:{obj.pk}", by=who, now=timezone.now(), rule=str(obj))


@admin.register(WhatsAppFact)
class WhatsAppFactAdmin(WithNumbers):
    """What happened between senders of ours and people, from which follows who may be called."""

    list_display = ("at", "masked", "sender", "kind", "source", "by_ref")
    list_filter = ("kind", "source")
    search_fields = ("person", "sender", "by_ref", "ref")
    date_hierarchy = "at"
    ordering = ("-at",)
    numbers = ("person", "raw")

    @admin.display(description="number")
    def masked(self, row: WhatsAppFact) -> str:
        """Theirs, masked."""
        return mask_address(row.person)
