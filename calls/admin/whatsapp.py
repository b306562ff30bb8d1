"""WhatsApp in Django admin: senders and templates are edited, messages are read."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from calls.admin.facts import Facts
from calls.carrier.errors import CarrierError
from calls.control.whatsapp import templates
from calls.models import WhatsAppMessage, WhatsAppSender, WhatsAppTemplate
from compliance import audit
from compliance.redaction import mask_address


@admin.register(WhatsAppSender)
class WhatsAppSenderAdmin(admin.ModelAdmin):
    """Numbers of ours on WhatsApp. `manage.py whatsapp set_up` points one at us."""

    list_display = ("number", "is_on", "status", "country", "edge", "messaging_limit", "quality", "looked_up_at")
    list_filter = ("is_on", "status")
    search_fields = ("number__e164", "number__label", "sender_sid")
    list_select_related = ("number",)
    readonly_fields = (
        *("application_sid", "status", "messaging_limit", "quality", "offline_reasons"),
        "looked_up_at",
    )

    def save_model(self, request: HttpRequest, obj: WhatsAppSender, form: Any, change: bool) -> None:
        """Keep it, and note who switched or changed what."""
        super().save_model(request, obj, form, change)
        who, changed = request.user.get_username(), ", ".join(form.changed_data)
        act = "change_whatsapp_sender" if change else "add_whatsapp_sender"
        audit.note(act=act, subject=f"number:{obj.number_id}", by=who, now=timezone.now(), changed=changed)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that has sent messages is switched off, not deleted."""
        has_sent = isinstance(obj, WhatsAppSender) and obj.messages.exists()
        return super().has_delete_permission(request, obj) and not has_sent


@admin.register(WhatsAppTemplate)
class WhatsAppTemplateAdmin(admin.ModelAdmin):
    """Messages with a button. What the carrier has is not changed: another one is made."""

    list_display = ("name", "kind", "language", "category", "approval", "why_rejected", "looked_up_at")
    list_filter = ("kind", "approval", "language")
    search_fields = ("name", "body", "title", "content_sid")
    readonly_fields = ("content_sid", "approval", "why_rejected", "created_at", "submitted_at", "looked_up_at")
    actions = ("submit", "look_up")

    @admin.action(description="Make at Twilio and submit to WhatsApp", permissions=["change"])
    def submit(self, request: HttpRequest, chosen: QuerySet[WhatsAppTemplate]) -> None:
        """Have it made and approved."""
        for template in chosen:
            try:
                templates.submit(template=template, by=request.user.get_username(), now=timezone.now())
            except (templates.UnableToSubmit, CarrierError) as problem:
                self.message_user(request, f"{template}: {problem}", messages.ERROR)
            else:
                self.message_user(request, f"{template}: {template.get_approval_display()}.")

    @admin.action(description="Ask WhatsApp where it stands", permissions=["change"])
    def look_up(self, request: HttpRequest, chosen: QuerySet[WhatsAppTemplate]) -> None:
        """Ask now what is asked every few minutes."""
        for template in chosen:
            try:
                templates.look_up(template, now=timezone.now())
            except CarrierError as problem:
                self.message_user(request, f"{template}: {problem}", messages.ERROR)
            else:
                self.message_user(request, f"{template}: {template.get_approval_display()}.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that was sent stays."""
        was_sent = isinstance(obj, WhatsAppTemplate) and obj.messages.exists()
        return super().has_delete_permission(request, obj) and not was_sent


@admin.register(WhatsAppMessage)
class WhatsAppMessageAdmin(Facts):
    """Messages that were sent, and how far they came."""

    list_display = ("sent_at", "masked", "template", "sender", "status", "error_code", "sent_by_ref")
    list_filter = ("status", "template")
    search_fields = ("ref", "message_sid", "sent_by_ref")
    list_select_related = ("template", "sender__number")
    ordering = ("-sent_at",)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Hide the number from those who may not see one."""
        return () if request.user.has_perm("calls.see_numbers") else ("person",)

    @admin.display(description="to")
    def masked(self, message: WhatsAppMessage) -> str:
        """The number, masked."""
        return mask_address(message.person)
