"""What happened is read in the admin, and never written by hand."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class Facts(admin.ModelAdmin):
    """Records of what happened: searched, filtered and read, never added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Facts come from calls."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Facts are not changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Facts are not deleted by hand."""
        return False


class FactsInline(admin.TabularInline):
    """Facts of a call, beside it."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Facts come from calls."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Facts are not changed."""
        return False
