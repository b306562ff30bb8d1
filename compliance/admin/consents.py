"""Consents, revocations and our own list in Django admin: entered and read, reviewed, lifted for a reason, exported."""

from collections.abc import AsyncIterator
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html

from compliance import audit, consent_check, consent_files, opt_out
from compliance.admin.books import WithNumbers
from compliance.admin.consent_forms import ConsentForm, LiftForm, RevocationForm, SuppressionForm
from compliance.models import ConsentRecord, Revocation, SuppressionEntry

RECORD, SEE_EVIDENCE = "compliance.record_consent", "compliance.see_consent_evidence"


class Entered(WithNumbers):
    """What a person may enter, and nobody changes or deletes."""

    entry_form: type[Any]
    numbers = ("number",)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Who enters a number sees it."""
        return () if obj is None else super().get_exclude(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form for entering one."""
        if obj is None:
            kwargs["form"] = self.entry_form
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields of that form, when one is entered."""
        return self.entry_form.Meta.fields if obj is None else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is only shown of one that is there."""
        return () if obj is None else super().get_readonly_fields(request, obj)


@admin.register(ConsentRecord)
class ConsentRecordAdmin(Entered):
    """What people have agreed to. Entered with its proof, never changed: what turns out better is a new record."""

    entry_form = ConsentForm
    list_display = ("captured_at", "masked", "kind", "person_name", "topic", "is_complete", "created_by_ref")
    list_filter = ("kind", "signature_event", "is_box_preticked", "is_separate")
    search_fields = ("number", "person_name", "topic", "source", "subject_ref", "import_ref")
    search_help_text = "Names are encrypted: they are found by whole words, as in Ruiz or Ana Ruiz."
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    readonly_fields = ("missing", "proof")
    actions = ("export",)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The file is opened by those who may, and each time is kept."""
        return () if obj is None else (*super().get_exclude(request, obj), "evidence")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who may record consents."""
        return request.user.has_perm(RECORD)

    @admin.display(description="complete", boolean=True)
    def is_complete(self, record: ConsentRecord) -> bool:
        """Whether it has everything that the law asks for."""
        return not consent_check.missing(record.facts())

    @admin.display(description="what is missing")
    def missing(self, record: ConsentRecord) -> str:
        """What it lacks, in sentences."""
        return " ".join(consent_check.missing(record.facts())) or "Nothing."

    @admin.display(description="evidence")
    def proof(self, record: ConsentRecord) -> str:
        """The file, for those who may open it."""
        if not record.evidence:
            return "no file"
        try:
            return format_html('<a href="{}">open the file</a>', reverse("consent-evidence", args=[record.pk]))
        except NoReverseMatch:
            return "a file"

    def save_model(self, request: HttpRequest, obj: ConsentRecord, form: Any, change: bool) -> None:
        """Record it, and note who did."""
        who, now = request.user.get_username(), timezone.now()
        given = form.values()
        with transaction.atomic():
            kept = ConsentRecord.record(by=who, now=now, evidence=given.pop("evidence"), **given)
            audit.note(act="record_consent", subject=f"consent:{kept.pk}", by=who, now=now)
        obj.pk = kept.pk
        if lacking := consent_check.missing(kept.facts()):
            messages.warning(request, f"It is kept, but it does not count yet: {' '.join(lacking)}")

    @admin.action(description="Export as CSV", permissions=["export"])
    def export(self, request: HttpRequest, queryset: "QuerySet[ConsentRecord]") -> HttpResponseBase:
        """The records chosen, as a file."""
        count, who = queryset.count(), request.user.get_username()
        audit.note(act="export_consents", subject="consents:file", by=who, now=timezone.now(), count=count)
        response = StreamingHttpResponse(_lines(queryset.order_by("pk")), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="consents.csv"'
        return response

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may record consents, and see whole numbers."""
        return request.user.has_perm(RECORD) and request.user.has_perm("calls.see_numbers")


async def _lines(records: "QuerySet[ConsentRecord]") -> AsyncIterator[str]:
    yield consent_files.heads()
    async for record in records.aiterator(chunk_size=500):
        yield consent_files.line_of(record)


@admin.register(Revocation)
class RevocationAdmin(Entered):
    """Who wants no more calls: what was said, by which way, and whether somebody has read it."""

    entry_form = RevocationForm
    list_display = ("received_at", "masked", "scope", "route", "said", "needs_review", "reviewed_by_ref", "honour_by")
    list_filter = ("needs_review", ("reviewed_at", admin.EmptyFieldListFilter), "route", "scope")
    search_fields = ("number", "person_name", "said", "subject_ref")
    search_help_text = "Names are encrypted: they are found by whole words, as in Ruiz or Ana Ruiz."
    date_hierarchy = "received_at"
    ordering = ("-received_at",)
    actions = ("mark_read",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever hears of one may enter it."""
        return request.user.has_perm("compliance.add_revocation")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """It came in now, unless somebody says otherwise."""
        return {"received_at": timezone.now()} | super().get_changeform_initial_data(request)

    def save_model(self, request: HttpRequest, obj: Revocation, form: Any, change: bool) -> None:
        """Keep it; it counts when this is saved."""
        given = form.cleaned_data
        done = opt_out.revoke(by=request.user.get_username(), now=timezone.now(), **given)
        obj.pk = done.revocation.pk

    @admin.action(description="Mark as read", permissions=["review"])
    def mark_read(self, request: HttpRequest, queryset: "QuerySet[Revocation]") -> None:
        """Somebody has read what was said."""
        who, now = request.user.get_username(), timezone.now()
        with transaction.atomic():
            read = [row.pk for row in queryset if row.review(by=who, now=now)]
            for pk in read:
                audit.note(act="review_revocation", subject=f"revocation:{pk}", by=who, now=now)
        messages.success(request, f"{len(read)} marked as read.")

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Who may change one in this only way."""
        return request.user.has_perm("compliance.change_revocation")


@admin.register(SuppressionEntry)
class SuppressionEntryAdmin(Entered):
    """Our own list of numbers that are not called. An entry is lifted by a person, for a reason, and never deleted."""

    entry_form = SuppressionForm
    list_display = ("added_at", "masked", "scope", "source", "reason", "added_by_ref", "lifted_at", "lifted_by_ref")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "scope", "source")
    search_fields = ("number", "person_name", "reason", "subject_ref")
    search_help_text = "Names are encrypted: they are found by whole words, as in Ruiz or Ana Ruiz."
    date_hierarchy = "added_at"
    ordering = ("-added_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who may put a number on the list."""
        return request.user.has_perm("compliance.add_suppressionentry")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only to lift one that is not lifted."""
        may = request.user.has_perm("compliance.change_suppressionentry")
        return may and obj is not None and obj.lifted_at is None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form that lifts it, for one that is there."""
        if obj is not None and self.has_change_permission(request, obj):
            kwargs["form"] = LiftForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of one that is there, but for the reason to lift it."""
        if obj is None or not self.has_change_permission(request, obj):
            return super().get_readonly_fields(request, obj)
        hidden = self.get_exclude(request, obj)
        names = [field.name for field in SuppressionEntry._meta.concrete_fields]
        return [name for name in names if name not in ("id", "lifted_why", *hidden)]

    def save_model(self, request: HttpRequest, obj: SuppressionEntry, form: Any, change: bool) -> None:
        """List it, or lift it."""
        who, now = request.user.get_username(), timezone.now()
        if change:
            opt_out.lift(entry=obj, why=form.cleaned_data["lifted_why"], by=who, now=now)
        else:
            obj.pk = opt_out.suppress(by=who, now=now, source="admin", **form.cleaned_data).pk
