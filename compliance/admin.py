"""Compliance in Django admin: evidence is read, never changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from compliance.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """Who did what."""

    list_display = ("at", "actor_ref", "act", "subject_ref")
    list_filter = ("act",)
    search_fields = ("actor_ref", "subject_ref", "act")
    date_hierarchy = "at"
    ordering = ("-at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries are written by what happens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Entries are never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Entries are never deleted by hand."""
        return False
