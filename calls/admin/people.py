"""Transfers, offers and rooms in Django admin."""

from django.contrib import admin

from calls.admin.facts import Facts, FactsInline
from calls.models import AssistantNote, Conference, Offer, Participant, Transfer


class OfferInline(FactsInline):
    """Who was rung for a transfer."""

    model = Offer
    fields = readonly_fields = ("agent", "made_at", "leg_status", "accepted_at", "joined_at", "left_at", "outcome")


@admin.register(Transfer)
class TransferAdmin(Facts):
    """Callers on the way to a person."""

    list_display = ("call", "kind", "source", "queue", "agent", "requested_at", "state", "outcome")
    list_filter = ("kind", "source", "state", "outcome", "queue")
    search_fields = ("reason", "requested_by_ref", "agent__name", "queue__name")
    list_select_related = ("call", "queue", "agent")
    date_hierarchy = "requested_at"
    inlines = (OfferInline,)


@admin.register(Offer)
class OfferAdmin(Facts):
    """People rung for callers."""

    list_display = ("agent", "transfer", "made_at", "leg_status", "outcome", "disposition")
    list_filter = ("outcome", "disposition", "agent")
    search_fields = ("agent__name", "disposition", "disposition_note", "ref")
    list_select_related = ("agent", "transfer")
    exclude = ("address",)


class ParticipantInline(FactsInline):
    """Who was in a room."""

    model = Participant
    fields = readonly_fields = ("label", "joined_at", "left_at", "is_in", "is_muted", "is_on_hold", "is_coaching")


@admin.register(Conference)
class ConferenceAdmin(Facts):
    """Rooms of calls."""

    list_display = ("conference_sid", "call", "started_at", "ended_at", "end_reason")
    list_filter = ("end_reason",)
    search_fields = ("conference_sid",)
    list_select_related = ("call",)
    inlines = (ParticipantInline,)


@admin.register(Participant)
class ParticipantAdmin(Facts):
    """Legs in rooms."""

    list_display = ("label", "conference", "joined_at", "left_at", "is_in", "is_on_hold", "is_coaching")
    list_filter = ("is_in", "is_on_hold", "is_coaching")
    search_fields = ("label", "leg_sid", "conference__conference_sid")
    list_select_related = ("conference",)


@admin.register(AssistantNote)
class AssistantNoteAdmin(Facts):
    """What assistants were told when a call came back to them."""

    list_display = ("call", "at", "text")
    search_fields = ("text",)
    list_select_related = ("call",)
