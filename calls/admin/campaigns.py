"""Campaigns in Django admin: written, launched and filled on their pages; here everything of them is read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from calls.admin.facts import Facts, FactsInline
from calls.models import (
    Campaign,
    CampaignDay,
    CampaignEvent,
    CampaignPace,
    Contact,
    ContactAttempt,
    ContactImport,
    DryRun,
    DryRunFinding,
    ImportProblem,
)
from compliance.redaction import mask_address

_WRITTEN_ELSEWHERE = "Campaigns are written, approved and run on their own pages; this is the record."


class OfPeople(Facts):
    """Facts that name people: whole numbers only for those who may see them."""

    hidden: tuple[str, ...] = ()

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Without the fields in which a whole number may stand."""
        return () if request.user.has_perm("calls.see_numbers") else self.hidden


class EventInline(FactsInline):
    """What happened to the campaign."""

    model = CampaignEvent
    fields = ("at", "kind", "by_ref", "detail")
    ordering = ("at", "pk")


class ImportInline(FactsInline):
    """Where its contacts come from."""

    model = ContactImport
    fields = ("file_name", "state", "rows_read", "rows_taken", "rows_doubled", "rows_refused", "created_at")
    show_change_link = True


class DayInline(FactsInline):
    """What the share of abandoned calls is counted from."""

    model = CampaignDay
    fields = ("day", "rung", "answered", "abandoned")
    ordering = ("-day",)


class PaceInline(FactsInline):
    """What holds it up."""

    model = CampaignPace
    fields = ("claimed_at", "paced_until", "held_until", "held_code")


@admin.register(Campaign)
class CampaignAdmin(Facts):
    """Who wrote it, who approved it, and how it stands."""

    list_display = ("name", "state", "purpose", "seller", "topic", "submitted_by_ref", "approved_by_ref", "started_at")
    list_filter = ("state", "purpose", "voice", "pacing", "voicemail")
    search_fields = ("name", "seller", "topic", "submitted_by_ref", "approved_by_ref")
    search_help_text = _WRITTEN_ELSEWHERE
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    inlines = (EventInline, PaceInline, DayInline, ImportInline)


@admin.register(CampaignEvent)
class CampaignEventAdmin(Facts):
    """Every decision about a campaign."""

    list_display = ("at", "campaign", "kind", "by_ref")
    list_filter = ("kind",)
    search_fields = ("campaign__name", "by_ref", "kind")
    date_hierarchy = "at"
    list_select_related = ("campaign",)
    ordering = ("-at", "-pk")


@admin.register(CampaignDay)
class CampaignDayAdmin(Facts):
    """How many were rung, answered and abandoned on a day."""

    list_display = ("day", "campaign", "rung", "answered", "abandoned")
    list_filter = ("campaign",)
    search_fields = ("campaign__name",)
    date_hierarchy = "day"
    list_select_related = ("campaign",)
    ordering = ("-day",)


@admin.register(CampaignPace)
class CampaignPaceAdmin(Facts):
    """When a campaign's turn came last, and what holds it up."""

    list_display = ("campaign", "claimed_at", "paced_until", "held_until", "held_code")
    list_filter = ("held_code",)
    search_fields = ("campaign__name", "held_code")
    list_select_related = ("campaign",)
    ordering = ("-claimed_at",)


class AttemptInline(FactsInline):
    """Every decision to dial this contact."""

    model = ContactAttempt
    fields = ("slot", "opened_at", "outcome", "code", "answered_by", "greeted_ms", "settled_at")
    ordering = ("slot",)


@admin.register(Contact)
class ContactAdmin(OfPeople):
    """One person of one campaign, and why they are called or not."""

    list_display = ("who", "campaign", "state", "due_at", "attempts_made", "outcome", "code")
    list_filter = ("state", "outcome", "campaign")
    search_fields = ("number", "campaign__name", "code")
    list_select_related = ("campaign",)
    ordering = ("-pk",)
    show_full_result_count = False
    inlines = (AttemptInline,)
    hidden = ("number", "name", "fields")

    @admin.display(description="who")
    def who(self, contact: Contact) -> str:
        """The person's number, masked."""
        return mask_address(contact.number)


@admin.register(ContactAttempt)
class ContactAttemptAdmin(Facts):
    """One decision to dial, the permit that was spent on it, and what came of it."""

    list_display = ("pk", "contact", "slot", "opened_at", "outcome", "code", "answered_by", "greeted_ms", "permit")
    list_filter = ("outcome", "answered_by")
    search_fields = ("contact__number", "contact__campaign__name", "code", "call__legs__leg_sid")
    date_hierarchy = "opened_at"
    list_select_related = ("contact", "permit")
    ordering = ("-pk",)
    show_full_result_count = False
    raw_id_fields = ("contact", "decision", "permit", "call")


@admin.register(ContactImport)
class ContactImportAdmin(Facts):
    """One file of contacts and how far it was read."""

    list_display = ("file_name", "campaign", "state", "rows_read", "rows_taken", "rows_doubled", "rows_refused")
    list_filter = ("state", "encoding", "doubles")
    search_fields = ("file_name", "campaign__name", "created_by_ref", "sha256")
    date_hierarchy = "created_at"
    list_select_related = ("campaign",)
    ordering = ("-created_at",)
    exclude = ("file",)


@admin.register(ImportProblem)
class ImportProblemAdmin(OfPeople):
    """One row that was not taken, and why."""

    list_display = ("of", "row", "column", "sentence")
    list_filter = ("column",)
    search_fields = ("of__file_name", "sentence", "column")
    list_select_related = ("of",)
    ordering = ("of", "row")
    show_full_result_count = False
    hidden = ("values", "sentence")


@admin.register(DryRun)
class DryRunAdmin(Facts):
    """What the gate said beforehand."""

    list_display = ("campaign", "planned_at", "state", "asked", "will_call", "will_call_later", "will_not_call")
    list_filter = ("state",)
    search_fields = ("campaign__name", "created_by_ref")
    date_hierarchy = "created_at"
    list_select_related = ("campaign",)
    ordering = ("-created_at",)


@admin.register(DryRunFinding)
class DryRunFindingAdmin(Facts):
    """One contact who would not be called at that moment, and why."""

    list_display = ("of", "contact", "outcome", "code", "until")
    list_filter = ("outcome", "code")
    search_fields = ("contact__number", "code", "of__campaign__name")
    list_select_related = ("of", "contact")
    ordering = ("-pk",)
    show_full_result_count = False
    raw_id_fields = ("contact",)
