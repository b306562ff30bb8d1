"""Our numbers in Django admin, and the rules by which they are answered."""

from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db.models import Field, Model
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from calls.intake import hours
from calls.models import BlockedCaller, Holiday, Number, OpenHours, Schedule
from compliance.redaction import mask_address

_ZONES = [("", "as its area code says"), *((name, name) for name in sorted(available_timezones()))]


@admin.register(Number)
class NumberAdmin(admin.ModelAdmin):
    """Our numbers and who answers them."""

    list_display = ("e164", "label", "answered_by", "assistant", "schedule", "is_active", "is_recorded")
    list_filter = ("is_active", "is_recorded", "recording_ask", "answered_by", "door", "assistant", "schedule")
    search_fields = ("e164", "label")
    list_select_related = ("assistant", "schedule")
    autocomplete_fields = ("assistant", "department", "schedule")
    readonly_fields = ("phone_number_sid", "kind", "trunk", "price", "bought_at", "released_at")
    fieldsets = (
        (None, {"fields": ("e164", "label", "is_active", "phone_number_sid")}),
        ("Who answers", {"fields": ("answered_by", "assistant", "door", "queue", "department", "message", "music")}),
        (
            "When it is closed",
            {"fields": ("schedule", "time_zone", "answered_after_hours_by", "after_hours_message")},
        ),
        ("Recording", {"fields": ("is_recorded", "recording_ask", "recording_refused")}),
        ("Who is not let in", {"fields": ("countries_allowed", "countries_blocked")}),
        ("At the carrier", {"fields": ("overrides", "kind", "trunk", "price", "bought_at", "released_at")}),
        (
            "How many are let in",
            {
                "fields": (
                    "max_calls_at_once",
                    "max_calls_per_minute",
                    "max_calls_per_caller",
                    "over_limit_answer",
                    "over_limit_message",
                )
            },
        ),
    )

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """A time zone is chosen, not typed."""
        if db_field.name == "time_zone":
            return forms.ChoiceField(choices=_ZONES, required=False, help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A number that has taken calls is switched off, not deleted."""
        has_calls = isinstance(obj, Number) and obj.calls.exists()
        return super().has_delete_permission(request, obj) and not has_calls


class _Week(BaseInlineFormSet):
    """Opening hours that are open at the same time are a mistake."""

    def clean(self) -> None:
        super().clean()
        wanted = [form.cleaned_data for form in self.forms if form.is_valid() and not form.cleaned_data.get("DELETE")]
        week = [
            hours.Hours(data["weekday"], data["opens"], data["closes"])
            for data in wanted
            if isinstance(data.get("opens"), time) and isinstance(data.get("closes"), time)
        ]
        for one, other in hours.overlapping(week):
            raise forms.ValidationError(f"{_spelled(one)} overlaps {_spelled(other)}.")


def _spelled(span: hours.Hours) -> str:
    return f"{OpenHours.Day(span.weekday).label} {span.opens:%H:%M}–{span.closes:%H:%M}"


class OpenHoursInline(admin.TabularInline):
    """A week."""

    model = OpenHours
    formset = _Week
    extra = 1
    ordering = ("weekday", "opens")


class HolidayInline(admin.TabularInline):
    """Days that are different."""

    model = Holiday
    extra = 1
    ordering = ("holiday_date",)


@admin.register(Schedule)
class ScheduleAdmin(admin.ModelAdmin):
    """Opening hours with their holidays."""

    list_display = ("name", "week", "used_by", "note")
    search_fields = ("name", "note")
    inlines = (OpenHoursInline, HolidayInline)

    @admin.display(description="open")
    def week(self, schedule: Schedule) -> str:
        """The hours of a week in a line."""
        return ", ".join(map(str, schedule.hours.order_by("weekday", "opens"))) or "always: no hours are given"

    @admin.display(description="numbers")
    def used_by(self, schedule: Schedule) -> str:
        """The numbers that are open by it."""
        return ", ".join(schedule.numbers.values_list("e164", flat=True))


@admin.register(BlockedCaller)
class BlockedCallerAdmin(admin.ModelAdmin):
    """Who is turned away."""

    list_display = ("shown", "note", "added_at")
    list_filter = ("added_at",)
    search_fields = ("beginning", "note")
    ordering = ("-added_at",)

    def get_exclude(self, request: HttpRequest, obj: BlockedCaller | None = None) -> tuple[str, ...]:
        """Whole numbers only for those who may see them."""
        return () if request.user.has_perm("calls.see_numbers") else ("beginning",)

    @admin.display(description="number")
    def shown(self, blocked: BlockedCaller) -> str:
        """The number, masked, or how numbers begin."""
        return f"{blocked.beginning}…" if len(blocked.beginning) < 9 else mask_address(blocked.beginning)
