"""The law in Django admin: rulesets and their rules are read; the switch-board of the states is worked here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from compliance import audit
from compliance.admin.books import Evidence, WithNumbers
from compliance.models import Person, RuleRow, Ruleset, StateSwitch


@admin.register(Ruleset)
class RulesetAdmin(Evidence):
    """Readings of the law, whole; a new one is taken in by `manage.py adopt_ruleset`."""

    list_display = ("id", "effective_from", "sha256", "adopted_at", "adopted_by_ref")
    list_filter = ("effective_from",)
    search_fields = ("id", "sha256", "adopted_by_ref")
    ordering = ("-effective_from",)


@admin.register(RuleRow)
class RuleRowAdmin(Evidence):
    """Single rules: where, about which calls, what, since when, by which source, how sure."""

    list_display = (
        "kind", "name", "places", "voice", "purposes", "value", "effective_from", "effective_to", "source", "grade",
    )  # fmt: skip
    list_filter = ("ruleset", "kind", "grade", "voice")
    search_fields = ("places", "name", "value", "source", "note")
    ordering = ("ruleset", "kind", "places", "name")


class StateForm(forms.ModelForm):
    """What somebody switches off, they give a reason for."""

    class Meta:
        model = StateSwitch
        fields = (
            "is_enabled", "disabled_why", "ai_sales_signed_off_by", "ai_sales_until", "is_suspended", "suspended_why",
            "suspended_until", "certificate", "certificate_until",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A switch that is off says why; an end lies ahead."""
        found = super().clean() or {}
        if not found.get("is_enabled") and not found.get("disabled_why"):
            self.add_error("disabled_why", "Say why calls to this state are switched off.")
        if found.get("is_suspended") and not found.get("suspended_why"):
            self.add_error("suspended_why", "Say which emergency it is.")
        until = found.get("ai_sales_until")
        if until is not None and not found.get("ai_sales_signed_off_by"):
            self.add_error("ai_sales_signed_off_by", "Name who signed it off.")
        return found


@admin.register(StateSwitch)
class StateSwitchAdmin(admin.ModelAdmin):
    """The switch-board: calls to a state, sales by assistants there, emergencies."""

    form = StateForm
    list_display = (
        "state", "is_enabled", "ai_sales_signed_off_by", "ai_sales_until", "is_suspended", "suspended_until",
        "certificate", "certificate_until", "changed_at", "changed_by_ref",
    )  # fmt: skip
    list_filter = ("is_enabled", "is_suspended")
    search_fields = ("state", "ai_sales_signed_off_by", "certificate", "suspended_why")
    ordering = ("state",)
    readonly_fields = ("state", "ai_sales_signed_off_at", "changed_at", "changed_by_ref")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Every state is there."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A state that is missing would be switched off for ever."""
        return False

    def save_model(self, request: HttpRequest, obj: StateSwitch, form: Any, change: bool) -> None:
        """Turn the switches, and note who did and what."""
        who, now = request.user.get_username(), timezone.now()
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if not changed:
            return
        obj.turn(by=who, now=now, **changed)
        told = {name: str(value) for name, value in changed.items()}
        audit.note(act="turn_state_switch", subject=f"state:{obj.state}", by=who, now=now, **told)


@admin.register(Person)
class PersonAdmin(WithNumbers):
    """What is known of people by their number; the rules take the strictest for what is not."""

    list_display = ("masked", "line_type", "address_state", "address_zone", "last_purchase_date", "is_restricted")
    list_filter = ("line_type", "address_state", "is_restricted")
    search_fields = ("number", "name", "email", "address_state")
    search_help_text = "Names are encrypted: they are found by whole words, as in Ruiz or Ana Ruiz."
    ordering = ("-updated_at",)
    numbers = ("number", "name", "email", "address")
