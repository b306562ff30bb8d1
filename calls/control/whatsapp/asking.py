"""Asking somebody in the chat whether we may call them, and taking their answer.

This is the one door for it: whoever asks, the rules of the channel are asked first, it is written down before the
message goes out, and it is audited. A message that may have gone out counts as sent.
"""

import secrets
from datetime import datetime

import structlog

from calls.carrier import whatsapp
from calls.carrier.errors import CarrierError
from calls.carrier.texts import ButtonCallback, MessageStatus
from calls.models import WhatsAppMessage, WhatsAppSender, WhatsAppTemplate
from compliance import whatsapp_permission
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
        sid, status = whatsapp.send_content(sender=request.sender, person=person, content_sid=template.content_sid)
    except CarrierError as error:
        log.warning("permission not asked for", ref=request.ref, error=str(error))
        if error.may_be_done:
            raise UnableToAsk("The carrier did not answer. They may have been asked all the same.") from error
        whatsapp_permission.not_asked(request, code=error.code, now=now)
        message.report("failed", error_code=error.code)
        raise UnableToAsk(_REASONS.get(error.code, "The carrier did not take the message. Try again.")) from error
    WhatsAppMessage.objects.filter(pk=message.pk).update(message_sid=sid)
    message.report(status)
    return message


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
