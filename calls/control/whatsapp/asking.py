"""Asking somebody in the chat whether we may call them, and taking their answer; sending them a button to call us.

This is the one door for it: whoever asks, the rules of the channel are asked first, it is written down before the
message goes out, and it is audited. A message that may have gone out counts as sent.
"""

import secrets
from datetime import datetime

import structlog
from django.db import transaction

from calls.carrier import whatsapp
from calls.carrier.errors import CarrierError
from calls.carrier.texts import ButtonCallback, MessageStatus
from calls.models import WhatsAppMessage, WhatsAppSender, WhatsAppTemplate
from compliance import audit, whatsapp_permission
from compliance.whatsapp_permission import Request, UnableToAsk

# https://www.twilio.com/docs/api/errors
_REASONS = {
    63016: "They have not written to us in the last 24 hours, and this message is no approved template.",
    63018: "WhatsApp takes no more messages from this number at the moment. Try again in an hour.",
    63024: "They are not on WhatsApp, or WhatsApp does not take messages to them.",
    63032: "WhatsApp limits what is sent to them at the moment. Try again later.",
    21211: "The carrier says that this is no number.",
    21212: "The carrier does not know this sender.",
}
log = structlog.get_logger(__name__)


def ask(*, sender: WhatsAppSender, template: WhatsAppTemplate, person: str, by: str, now: datetime) -> WhatsAppMessage:
    """Ask this person, from this sender, in the words of this template. You must hold no transaction.

    Raises whatsapp_permission.UnableToAsk.
    """
    if template.kind != WhatsAppTemplate.Kind.PERMISSION or not template.content_sid:
        raise UnableToAsk("This template asks for no permission, or the carrier does not have it yet.")
    request = whatsapp_permission.begin_asking(
        sender=sender.facts(), person=person, ref=f"request:{secrets.token_hex(12)}", by=by, now=now
    )
    message = WhatsAppMessage.objects.create(
        template=template, sender=sender, person=person, ref=request.ref, sent_at=now, sent_by_ref=by
    )
    try:
        _send(message)
    except CarrierError as error:
        if not error.may_be_done:
            whatsapp_permission.not_asked(request, code=error.code, now=now)
        raise _unable(message, error) from error
    return message


def invite(
    *, sender: WhatsAppSender, template: WhatsAppTemplate, person: str, by: str, now: datetime
) -> WhatsAppMessage:
    """Send this person a button by which they call us; it asks for nothing, and allows us nothing.

    You must hold no transaction. Raises whatsapp_permission.UnableToAsk.
    """
    if template.kind != WhatsAppTemplate.Kind.CALL_BUTTON or not template.is_approved:
        raise UnableToAsk("This template has no call button, or WhatsApp has not approved it.")
    if not sender.is_on:
        raise UnableToAsk("This sender is switched off for calls.")
    with transaction.atomic(durable=True):
        whatsapp_permission.check_wanted(person)
        message = WhatsAppMessage.objects.create(
            template=template, sender=sender, person=person, ref=f"invite:{secrets.token_hex(12)}", sent_at=now,
            sent_by_ref=by,
        )  # fmt: skip
        audit.note(act="send_whatsapp_call_button", subject=f"whatsapp:{message.ref}", by=by, now=now)
    try:
        _send(message)
    except CarrierError as error:
        raise _unable(message, error) from error
    return message


def _send(message: WhatsAppMessage) -> None:
    """Hand it to the carrier. Raises CarrierError."""
    sid, status = whatsapp.send_content(
        sender=message.sender.number.e164, person=message.person, content_sid=message.template.content_sid
    )
    WhatsAppMessage.objects.filter(pk=message.pk).update(message_sid=sid)
    message.report(status)


def _unable(message: WhatsAppMessage, error: CarrierError) -> UnableToAsk:
    log.warning("message not sent by WhatsApp", ref=message.ref, error=str(error))
    if error.may_be_done:
        return UnableToAsk("The carrier did not answer. They may have the message all the same.")
    message.report("failed", error_code=error.code)
    return UnableToAsk(_REASONS.get(error.code, "The carrier did not take the message. Try again."))


def reported(status: MessageStatus, *, now: datetime) -> None:
    """The carrier tells how far a message came. One that did not reach them counts for nothing."""
    message = WhatsAppMessage.last_heard(status.message_sid)
    if message is None or not message.report(status.status, error_code=status.error_code):
        return
    if status.status in ("failed", "undelivered") and message.template.kind == WhatsAppTemplate.Kind.PERMISSION:
        request = Request(message.ref, message.sender.number.e164, message.person)
        whatsapp_permission.not_asked(request, code=status.error_code or 0, now=now, source="message")


def answered(button: ButtonCallback, *, now: datetime) -> bool:
    """Somebody has pressed a button of ours; False when it was none of these buttons, or is known."""
    if not button.is_answer or not button.person:
        return False
    sender = WhatsAppSender.objects.select_related("number").filter(number__e164=button.sender).first()
    if sender is None:
        log.warning("an answer came to a number that is no sender of ours")
        return False
    return whatsapp_permission.answered(
        sender=sender.number.e164,
        person=button.person,
        is_accepted=button.is_accepted,
        message_sid=button.message_sid,
        raw=button.raw,
        now=now,
    )
