"""Lists that others keep in Django admin: set up and changed here; what was imported and answered is read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from compliance import audit
from compliance.admin.books import Evidence, WithNumbers
from compliance.models import ListImport, ListImportProblem, NumberList, NumberListCopy, ReassignedAnswer


@admin.register(NumberList)
class NumberListAdmin(admin.ModelAdmin):
    """Lists that others keep: what they are, and how old a copy may be."""

    list_display = ("name", "kind", "state", "max_age_days", "subscription", "is_required")
    list_filter = ("kind", "state", "is_required")
    search_fields = ("name", "subscription")
    ordering = ("kind", "state", "name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Which lists were held is evidence."""
        return False

    def save_model(self, request: HttpRequest, obj: NumberList, form: Any, change: bool) -> None:
        """Keep it, and note who set it up or changed what."""
        super().save_model(request, obj, form, change)
        who, changed = request.user.get_username(), ", ".join(form.changed_data)
        act = "change_list" if change else "add_list"
        audit.note(act=act, subject=f"number_list:{obj.pk}", by=who, now=timezone.now(), changed=changed)


@admin.register(NumberListCopy)
class NumberListCopyAdmin(Evidence):
    """Every copy there was: of which day, when it came, when it counted. Its numbers are looked up on the pages."""

    list_display = ("of", "state", "version_date", "retrieved_at", "row_count", "in_force_at", "replaced_at")
    list_filter = ("state", "of")
    search_fields = ("of__name", "created_by_ref")
    list_select_related = ("of",)
    date_hierarchy = "retrieved_at"
    ordering = ("-retrieved_at",)


@admin.register(ListImport)
class ListImportAdmin(Evidence):
    """Files that were sent, how far they came, and why one failed."""

    list_display = ("file_name", "into", "of", "state", "rows_taken", "rows_refused", "created_at", "created_by_ref")
    list_filter = ("state", "into", "of")
    search_fields = ("file_name", "sha256", "created_by_ref", "problem")
    list_select_related = ("of",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    exclude = ("file",)  # it is downloaded by nobody, and gone when the import is over


@admin.register(ListImportProblem)
class ListImportProblemAdmin(WithNumbers):
    """Lines that were not taken; as they stood only for those who may see whole numbers."""

    list_display = ("of", "row", "sentence")
    list_filter = ("sentence",)
    search_fields = ("of__file_name", "sentence")
    list_select_related = ("of",)
    ordering = ("-of", "row")
    numbers = ("text",)


@admin.register(ReassignedAnswer)
class ReassignedAnswerAdmin(WithNumbers):
    """What the Reassigned Numbers Database answered."""

    list_display = ("answered_at", "masked", "answer", "asked_date", "source", "created_by_ref")
    list_filter = ("answer",)
    search_fields = ("number", "source")
    date_hierarchy = "answered_at"
    ordering = ("-answered_at",)
    numbers = ("number",)
