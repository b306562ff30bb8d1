"""Receipts and privacy in Django admin: evidence is read, what people decide is written and noted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from compliance import audit
from compliance.admin import Evidence
from compliance.keeping import DEFAULTS, DataClass
from compliance.models import (
    DisputePacket,
    ErasedNumber,
    Erasure,
    LegalHold,
    PrivacyMode,
    ProcessingBasis,
    Processor,
    ReceiptEntry,
    RetentionRule,
    RetentionRun,
    UnsealedDecision,
)
from compliance.numbers import parse_e164


@admin.register(ReceiptEntry)
class ReceiptEntryAdmin(Evidence):
    """The chain of receipts, newest first."""

    list_display = ("position", "day", "kind", "decision_ref", "sha256")
    list_filter = ("kind",)
    search_fields = ("decision_ref", "sha256")
    search_help_text = "A decision's number, or the beginning of a hash."
    date_hierarchy = "day"
    ordering = ("-position",)


@admin.register(UnsealedDecision)
class UnsealedDecisionAdmin(Evidence):
    """Decisions of the last seconds; many that stay mean that no worker chains them."""

    list_display = ("decision", "made_at")
    search_fields = ("decision__subject_ref",)
    ordering = ("-decision_id",)
    list_select_related = ("decision",)

    @admin.display(description="made at", ordering="decision_id")
    def made_at(self, row: UnsealedDecision) -> object:
        """When the decision was made."""
        return row.decision.at


@admin.register(DisputePacket)
class DisputePacketAdmin(Evidence):
    """Packets and exports that were asked for, and by whom."""

    list_display = ("asked_at", "about", "state", "asked_by_ref", "size_bytes", "problem")
    list_filter = ("state", "about")
    search_fields = ("subject_ref", "asked_by_ref", "sha256")
    date_hierarchy = "asked_at"
    ordering = ("-asked_at",)
    exclude = ("number", "file")


@admin.register(Erasure)
class ErasureAdmin(Evidence):
    """People who were erased, step by step, with the certificate. Begun on a person's page."""

    list_display = ("asked_at", "state", "at_step", "waits_for", "asked_by_ref", "confirmed_by_ref", "finished_at")
    list_filter = ("state",)
    search_fields = ("number_hash", "asked_by_ref", "confirmed_by_ref")
    search_help_text = "Numbers are encrypted, and gone once it is done: search by hash or by who did it."
    date_hierarchy = "asked_at"
    ordering = ("-asked_at",)
    exclude = ("number",)


@admin.register(ErasedNumber)
class ErasedNumberAdmin(Evidence):
    """Numbers of erased people that are not called, by their keyed hash."""

    list_display = ("number_hash", "bars_everything", "since")
    list_filter = ("bars_everything",)
    search_fields = ("number_hash",)
    ordering = ("-since",)


@admin.register(RetentionRun)
class RetentionRunAdmin(Evidence):
    """What was deleted because its time was over."""

    list_display = ("started_at", "is_dry", "doing", "finished_at", "by_ref", "problem")
    list_filter = ("is_dry",)
    search_fields = ("by_ref", "problem")
    date_hierarchy = "started_at"
    ordering = ("-started_at",)


class _Noted(admin.ModelAdmin):
    """What people decide: who and when is kept with it, and in the audit log."""

    act = ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write it, and who did."""
        obj.changed_at, obj.changed_by_ref = timezone.now(), request.user.get_username()
        super().save_model(request, obj, form, change)
        subject = f"{obj._meta.model_name}:{obj.pk}"
        audit.note(act=self.act, subject=subject, by=obj.changed_by_ref, now=obj.changed_at, fields=form.changed_data)


class _RuleForm(forms.ModelForm):
    """Nothing may be kept for a shorter time than the law says."""

    def clean_days(self) -> int | None:
        """Not below the least."""
        days, kept = self.cleaned_data["days"], DEFAULTS[DataClass(self.instance.data_class)]
        if days is not None and days < kept.least:
            raise ValidationError(f"Not less than {kept.least} days: {kept.why}")
        if days is not None and kept.days is None:
            raise ValidationError("This is kept for ever.")
        return days


@admin.register(RetentionRule)
class RetentionRuleAdmin(_Noted):
    """How long each kind of data is kept."""

    act = "change_retention"
    form = _RuleForm
    list_display = ("data_class", "days", "why", "changed_at", "changed_by_ref")
    list_filter = ("changed_at",)
    search_fields = ("data_class", "why")
    readonly_fields = ("data_class", "changed_at", "changed_by_ref")
    ordering = ("pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is a line for each kind."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """And always is."""
        return False


class _HoldForm(forms.ModelForm):
    """A hold names something that can be held."""

    def clean(self) -> dict[str, Any]:
        """A number as numbers are written, a call or campaign by its number."""
        data = super().clean() or {}
        if data.get("of") == LegalHold.Of.NUMBER:
            data["number"] = parse_e164(data.get("number", ""))
            if not data["number"]:
                self.add_error("number", "Write the number with its country code, as in +14155552671.")
        elif not str(data.get("ref", "")).isdigit():
            self.add_error("ref", "Write the call's or campaign's number.")
        return data


@admin.register(LegalHold)
class LegalHoldAdmin(admin.ModelAdmin):
    """What must be kept. Placed here, lifted here with a reason, never deleted."""

    form = _HoldForm
    list_display = ("placed_at", "of", "why", "placed_by_ref", "lifted_at", "lifted_by_ref")
    list_filter = ("of", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = ("why", "ref", "placed_by_ref")
    search_help_text = "Numbers are encrypted: search by the case, or by a call's or campaign's number."
    date_hierarchy = "placed_at"
    ordering = ("-placed_at",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """To place one, what and why; later, why it is lifted."""
        if obj is None:
            return ("of", "number", "ref", "why")
        return ("of", "ref", "why", "placed_at", "placed_by_ref", "lifted_at", "lifted_by_ref", "lifted_why")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nothing of it changes but that it is lifted."""
        if obj is None:
            return ()
        fixed = tuple(name for name in self.get_fields(request, obj) if name != "lifted_why")
        return fixed if obj.lifted_at is None else (*fixed, "lifted_why")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Lifting asks only why."""
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        form = super().get_form(request, obj, change=change, **kwargs)
        for name in ("ref", "number"):
            if name in form.base_fields:
                form.base_fields[name].required = False
        return form

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A hold is lifted, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        """Place it or lift it."""
        who, now = request.user.get_username(), timezone.now()
        if not change:
            subject = obj.number or obj.ref
            placed = LegalHold.place(of=obj.of, subject=subject, why=obj.why, by=who, now=now)
            obj.pk, obj.ref = placed.pk, placed.ref
            audit.note(act="place_hold", subject=f"legal_hold:{obj.pk}", by=who, now=now, of=obj.of, why=obj.why)
        elif obj.lifted_why and LegalHold.objects.get(pk=obj.pk).lift(why=obj.lifted_why, by=who, now=now):
            audit.note(act="lift_hold", subject=f"legal_hold:{obj.pk}", by=who, now=now, why=obj.lifted_why)


@admin.register(ProcessingBasis)
class ProcessingBasisAdmin(_Noted):
    """On what ground personal data is processed, and which notice people are given."""

    act = "change_ground"
    list_display = ("purpose", "basis", "notice_version", "changed_at", "changed_by_ref")
    list_filter = ("basis",)
    search_fields = ("purpose", "assessment", "notice_version")
    readonly_fields = ("changed_at", "changed_by_ref")
    ordering = ("purpose",)


@admin.register(Processor)
class ProcessorAdmin(_Noted):
    """The register of those who process personal data for us."""

    act = "change_processor"
    list_display = ("name", "kind", "region", "agreement_date", "baa_date", "changed_at")
    list_filter = ("kind",)
    search_fields = ("name", "what", "region")
    readonly_fields = ("changed_at", "changed_by_ref")
    ordering = ("name",)


class _ModeForm(forms.ModelForm):
    """Locked until each agreement's date is stored."""

    def clean_hipaa_mode(self) -> bool:
        """Only with an agreement with everybody who would see it."""
        is_on = bool(self.cleaned_data["hipaa_mode"])
        if is_on and (problems := PrivacyMode.missing_agreements(timezone.localdate())):
            raise ValidationError(problems)
        return is_on


@admin.register(PrivacyMode)
class PrivacyModeAdmin(admin.ModelAdmin):
    """Whether health data may be on calls."""

    form = _ModeForm
    list_display = ("__str__", "changed_at", "changed_by_ref")
    list_filter = ("hipaa_mode",)
    search_fields = ("changed_by_ref",)
    readonly_fields = ("changed_at", "changed_by_ref")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is always one."""
        return False

    def save_model(self, request: HttpRequest, obj: PrivacyMode, form: Any, change: bool) -> None:
        """Switch it, and note who did."""
        who, now = request.user.get_username(), timezone.now()
        obj.turn(hipaa_mode=obj.hipaa_mode, by=who, now=now)
        act = "hipaa_mode_on" if obj.hipaa_mode else "hipaa_mode_off"
        audit.note(act=act, subject="privacy_mode:everything", by=who, now=now)
