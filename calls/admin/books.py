"""Calls and their books in Django admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from calls.admin.facts import Facts, FactsInline
from calls.models import (
    BridgeWorker,
    Call,
    Callback,
    CallEvent,
    Leg,
    LegCharge,
    OutgoingCall,
    Recording,
    RecordingConsent,
    ResumeDocument,
    RoomSound,
    SecureCapture,
    SpoolMark,
    Stream,
    Supervision,
    ToolApproval,
    ToolRun,
    TranscriptTurn,
    UsageRecord,
    Voicemail,
)
from compliance.redaction import mask_address


class LegInline(FactsInline):
    """Lines of the call."""

    model = Leg
    fields = ("leg_sid", "role", "label", "status", "direction", "duration_s", "created_at", "ended_at")


class EventInline(FactsInline):
    """What happened on the call."""

    model = CallEvent
    fields = ("at", "kind", "source", "data")
    ordering = ("at", "pk")


class TurnInline(FactsInline):
    """Who said what."""

    model = TranscriptTurn
    fields = ("started_ms", "party", "text", "is_cut", "response_ms")
    ordering = ("started_ms",)


class RecordingInline(FactsInline):
    """Recordings of the call."""

    model = Recording
    fields = ("recording_sid", "status", "copy_state", "duration_ms", "copy_error")
    show_change_link = True


class OutgoingInline(FactsInline):
    """What the call was placed for, and what came of it."""

    model = OutgoingCall
    fields = ("purpose", "voice", "seller", "topic", "outcome", "answered_by", "greeted_ms", "by_ref")


@admin.register(OutgoingCall)
class OutgoingCallAdmin(Facts):
    """Calls that we placed: who answered, when they heard us, and how it came out."""

    list_display = ("call", "purpose", "seller", "topic", "outcome", "answered_by", "greeted_ms", "opted_out_at")
    list_filter = ("outcome", "purpose", "voice", "answered_by", "voicemail")
    search_fields = ("call__customer_e164", "call__legs__leg_sid", "seller", "topic", "by_ref")
    date_hierarchy = "answered_at"
    list_select_related = ("call",)
    ordering = ("-pk",)


@admin.register(Call)
class CallAdmin(Facts):
    """The call log."""

    list_display = ("started_at", "customer", "number", "assistant", "phase", "ended_reason", "failure_class", "page")
    list_filter = ("channel", "phase", "direction", "assistant", "number", "ended_reason", "failure_class")
    search_fields = ("customer_e164", "customer_address", "our_address", "legs__leg_sid", "turns__text")
    date_hierarchy = "started_at"
    list_select_related = ("number", "assistant")
    ordering = ("-started_at",)
    inlines = (LegInline, OutgoingInline, RecordingInline, TurnInline, EventInline)

    def get_exclude(self, request: HttpRequest, obj: Call | None = None) -> tuple[str, ...]:
        """Whole numbers only for those who may see them."""
        return () if request.user.has_perm("calls.see_numbers") else ("customer_address", "customer_e164")

    @admin.display(description="customer")
    def customer(self, call: Call) -> str:
        """The customer's number, masked."""
        return mask_address(call.customer_address)

    @admin.display(description="")
    def page(self, call: Call) -> str:
        """The screen for humans."""
        return format_html('<a href="{}">open</a>', reverse("call", args=[call.pk]))


@admin.display(description="call")
def _call_link(fact: Any) -> str:
    return format_html('<a href="{}">call {}</a>', reverse("call", args=[fact.call_id]), fact.call_id)


@admin.register(Leg)
class LegAdmin(Facts):
    """Lines of the carrier's."""

    list_display = ("leg_sid", _call_link, "role", "label", "status", "direction", "duration_s", "created_at")
    list_filter = ("status", "direction", "role", "is_unexplained")
    search_fields = ("leg_sid",)
    date_hierarchy = "created_at"
    exclude = ("from_address", "to_address")


@admin.register(LegCharge)
class LegChargeAdmin(Facts):
    """What the carrier charged."""

    list_display = ("leg", "amount", "currency", "asked_at")
    list_filter = ("currency",)
    search_fields = ("leg__leg_sid",)
    date_hierarchy = "asked_at"


@admin.register(Stream)
class StreamAdmin(Facts):
    """Media streams."""

    list_display = ("stream_sid", _call_link, "issued_at", "opened_at", "closed_at", "close_reason", "carrier_error")
    list_filter = ("close_reason",)
    search_fields = ("stream_sid", "call__legs__leg_sid")
    date_hierarchy = "issued_at"
    exclude = ("nonce",)


@admin.register(CallEvent)
class CallEventAdmin(Facts):
    """Everything that happened."""

    list_display = ("at", "kind", _call_link, "source", "data")
    list_filter = ("kind", "source")
    search_fields = ("call__legs__leg_sid", "kind")
    date_hierarchy = "at"


@admin.register(TranscriptTurn)
class TranscriptTurnAdmin(Facts):
    """Who said what."""

    list_display = ("__str__", _call_link, "party", "text", "is_cut", "response_ms")
    list_filter = ("party", "is_cut", "transcription_failed")
    search_fields = ("text", "call__legs__leg_sid")


@admin.register(Recording)
class RecordingAdmin(Facts):
    """Recordings; they are played on the call's page."""

    list_display = (
        *("__str__", _call_link, "source", "status", "copy_state"),
        *("duration_ms", "requested_at", "copy_error"),
    )
    list_filter = ("source", "status", "copy_state")
    search_fields = ("recording_sid", "call__legs__leg_sid")
    date_hierarchy = "requested_at"
    exclude = ("audio", "peaks")


@admin.register(RecordingConsent)
class RecordingConsentAdmin(Facts):
    """Who agreed to the recording of a call, and what shows it."""

    list_display = ("asked_at", _call_link, "party", "ask", "answer", "proof", "withdrawn_at", "wording_version")
    list_filter = ("ask", "law", "answer")
    search_fields = ("call__legs__leg_sid", "party")
    date_hierarchy = "asked_at"


@admin.register(UsageRecord)
class UsageRecordAdmin(Facts):
    """What the model bills."""

    list_display = ("at", _call_link, "kind", "model", "input_audio_tokens", "output_audio_tokens", "seconds")
    list_filter = ("kind", "model")
    search_fields = ("ref", "call__legs__leg_sid")
    date_hierarchy = "at"


@admin.register(ToolRun)
class ToolRunAdmin(Facts):
    """What tools did for calls."""

    list_display = ("started_at", _call_link, "tool", "arguments", "finished_at", "is_error", "trouble")
    list_filter = ("tool", "is_error")
    search_fields = ("ref", "tool", "call__legs__leg_sid")
    date_hierarchy = "started_at"


@admin.register(SecureCapture)
class SecureCaptureAdmin(Facts):
    """Secrets that callers keyed in: what came of it, never what it was."""

    list_display = ("asked_at", _call_link, "label", "kind", "state", "result", "masked", "begun_by_ref")
    list_filter = ("kind", "state", "result")
    search_fields = ("ref", "reference", "call__legs__leg_sid")
    date_hierarchy = "asked_at"


@admin.register(ToolApproval)
class ToolApprovalAdmin(Facts):
    """Tools that waited for supervisors, and what was decided."""

    list_display = ("asked_at", _call_link, "tool", "decision", "by", "decided_at", "carried_out_at")
    list_filter = ("decision", "tool")
    search_fields = ("tool", "by", "call__legs__leg_sid")
    date_hierarchy = "asked_at"


@admin.register(Supervision)
class SupervisionAdmin(Facts):
    """Who was at which call."""

    list_display = ("began_at", _call_link, "name", "mode", "ended_at")
    list_filter = ("mode",)
    search_fields = ("name", "user__email", "call__legs__leg_sid")
    date_hierarchy = "began_at"


@admin.register(RoomSound)
class RoomSoundAdmin(Facts):
    """Copies of calls that were with people, for those who listened."""

    list_display = ("asked_at", _call_link, "stream_sid", "bridge", "opened_at", "closed_at")
    search_fields = ("stream_sid", "call__legs__leg_sid")
    date_hierarchy = "asked_at"
    exclude = ("nonce",)


@admin.register(ResumeDocument)
class ResumeDocumentAdmin(Facts):
    """What another process would need to go on with a call."""

    list_display = (_call_link, "epoch", "written_at")
    search_fields = ("call__legs__leg_sid",)
    date_hierarchy = "written_at"


@admin.register(BridgeWorker)
class BridgeWorkerAdmin(Facts):
    """The processes that hold calls."""

    list_display = ("name", "calls", "capacity", "is_draining", "model_share_left", "heard_at", "started_at")
    list_filter = ("is_draining",)
    search_fields = ("name",)


@admin.register(SpoolMark)
class SpoolMarkAdmin(Facts):
    """How far the journals of processes are in the database."""

    list_display = ("name", "place", "moved_at")
    search_fields = ("name",)


@admin.register(Voicemail)
class VoicemailAdmin(Facts):
    """Messages that callers left; they are heard on their own page."""

    list_display = ("left_at", _call_link, "box", "is_silent", "assigned_to", "done_at")
    list_filter = ("box", "is_silent")
    search_fields = ("box", "call__legs__leg_sid", "call__turns__text")
    date_hierarchy = "left_at"
    list_select_related = ("assigned_to",)


@admin.register(Callback)
class CallbackAdmin(Facts):
    """People who are to be called back; that is done on their own page."""

    list_display = ("due_at", "customer", _call_link, "origin", "state", "assigned_to", "closed_at")
    list_filter = ("state", "origin", "evidence_kind")
    search_fields = ("customer_e164", "reason", "evidence_text", "call__legs__leg_sid")
    date_hierarchy = "asked_at"
    list_select_related = ("assigned_to",)

    def get_exclude(self, request: HttpRequest, obj: Callback | None = None) -> tuple[str, ...]:
        """Whole numbers only for those who may see them."""
        return () if request.user.has_perm("calls.see_numbers") else ("customer_e164",)

    @admin.display(description="who")
    def customer(self, callback: Callback) -> str:
        """The person's number, masked."""
        return mask_address(callback.customer_e164)
