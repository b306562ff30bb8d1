"""Compliance in Django admin: evidence is read, never changed; the one switch is turned here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from compliance import audit
from compliance.models import AuditEntry, DialDecision, DialPermit, OutboundSwitch
from compliance.redaction import mask_address


class Evidence(admin.ModelAdmin):
    """What was done and decided: searched, filtered and read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries are written by what happens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Entries are never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Entries are never deleted by hand."""
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(Evidence):
    """Who did what."""

    list_display = ("at", "actor_ref", "act", "subject_ref")
    list_filter = ("act",)
    search_fields = ("actor_ref", "subject_ref", "act")
    date_hierarchy = "at"
    ordering = ("-at",)


class WithNumbers(Evidence):
    """Evidence that names numbers: whole only for those who may see them."""

    numbers: tuple[str, ...] = ()

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Hide what holds a whole number from those who may not see one."""
        return () if request.user.has_perm("calls.see_numbers") else self.numbers

    @admin.display(description="number")
    def masked(self, row: Any) -> str:
        """The number, masked."""
        return mask_address(row.number or getattr(row, "to_address", ""))


@admin.register(DialDecision)
class DialDecisionAdmin(WithNumbers):
    """What the gate answered."""

    list_display = ("at", "masked", "purpose", "outcome", "code", "until", "subject_ref", "errand_ref", "actor_ref")
    list_filter = ("outcome", "purpose", "code")
    search_fields = ("number", "subject_ref", "errand_ref", "actor_ref")
    date_hierarchy = "at"
    ordering = ("-at",)
    numbers = ("to_address", "number", "request", "facts", "salt")


@admin.register(DialPermit)
class DialPermitAdmin(WithNumbers):
    """Rights to ring one number once, and what became of them."""

    list_display = ("issued_at", "masked", "state", "label", "subject_ref", "errand_ref", "leg_sid", "outcome_note")
    list_filter = ("state",)
    search_fields = ("number", "subject_ref", "errand_ref", "leg_sid")
    date_hierarchy = "issued_at"
    ordering = ("-issued_at",)
    numbers = ("number",)


@admin.register(OutboundSwitch)
class OutboundSwitchAdmin(admin.ModelAdmin):
    """The switch that stops everything that rings somebody."""

    list_display = ("__str__", "reason", "changed_at", "changed_by_ref")
    list_filter = ("is_off",)
    search_fields = ("reason", "changed_by_ref")
    readonly_fields = ("changed_at", "changed_by_ref")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is always one."""
        return False

    def save_model(self, request: HttpRequest, obj: OutboundSwitch, form: Any, change: bool) -> None:
        """Turn it, and note who did."""
        who, now = request.user.get_username(), timezone.now()
        obj.turn(is_off=obj.is_off, reason=obj.reason, by=who, now=now)
        act = "stop_outgoing_calls" if obj.is_off else "allow_outgoing_calls"
        audit.note(act=act, subject="outbound_switch:everything", by=who, now=now, reason=obj.reason)
