"""Text messages to our numbers: the form that tells of one, and the document that answers it.

Source: https://www.twilio.com/docs/messaging/guides/webhook-request, /docs/messaging/twiml,
/docs/messaging/tutorials/advanced-opt-out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from twilio.twiml.messaging_response import MessagingResponse

from compliance.numbers import number_behind

# One of these names the message; the older names are sent as well.
NAMES = ("MessageSid", "SmsMessageSid", "SmsSid")
_WHATSAPP = "whatsapp:"
_LONGEST = 1600


@dataclass(frozen=True, slots=True)
class TextCallback:
    """A message that came in. `opt_out`: what the carrier itself has read in it, and answered: STOP, START, HELP."""

    message_sid: str
    from_address: str
    to_address: str
    body: str
    opt_out: str = ""

    @property
    def is_whatsapp(self) -> bool:
        """True when it came by WhatsApp."""
        return self.from_address.startswith(_WHATSAPP)

    @property
    def number(self) -> str:
        """The sender's number as it was sent, without the name of the channel."""
        return self.from_address.removeprefix(_WHATSAPP)

    @property
    def our_number(self) -> str:
        """The number it was sent to."""
        return self.to_address.removeprefix(_WHATSAPP)


@dataclass(frozen=True, slots=True)
class ButtonCallback:
    """A button of ours that somebody pressed in a chat: an answer to whether we may call them.

    Whether it is for good, or until when, no parameter is known to say: it holds as long as the rules have it.
    https://www.twilio.com/docs/voice/whatsapp-business-calling
    """

    message_sid: str
    sender: str
    person: str
    payload: str
    is_answer: bool
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """True for a yes. Whatever else it says is none."""
        return self.payload == "ACCEPTED"


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """How far a message of ours has come: queued, sent, delivered, read, undelivered, failed."""

    message_sid: str
    status: str
    error_code: int | None


_KEPT_OF_ANSWER = ("MessageType", "Body", "ButtonText", "ButtonPayload", "OriginalRepliedMessageSid")


def button_callback(form: Mapping[str, str]) -> ButtonCallback:
    """Read a form about a message as the press of a button."""
    text = text_callback(form)
    payload = form.get("ButtonPayload", "").strip().upper()
    is_button = form.get("MessageType", "").strip().lower() == "interactive"
    is_answer = text.is_whatsapp and is_button and text.body == "VOICE_CALL_REQUEST"
    return ButtonCallback(
        message_sid=text.message_sid,
        sender=number_behind(text.to_address),
        person=number_behind(text.from_address),
        payload=payload,
        is_answer=is_answer and payload in ("ACCEPTED", "REJECTED"),
        raw={name: form[name][:200].replace("\0", "") for name in _KEPT_OF_ANSWER if form.get(name)},
    )


def message_status(form: Mapping[str, str]) -> MessageStatus:
    """Read a report of a message of ours. https://www.twilio.com/docs/messaging/api/message-resource"""
    code = form.get("ErrorCode", "")
    return MessageStatus(
        message_sid=next((form[name] for name in NAMES if form.get(name)), "")[:64],
        status=(form.get("MessageStatus") or form.get("SmsStatus") or "").strip().lower()[:20],
        error_code=int(code) if code.isascii() and code.isdigit() and len(code) < 7 else None,
    )


def text_callback(form: Mapping[str, str]) -> TextCallback:
    """Read the form."""
    return TextCallback(
        message_sid=next((form[name] for name in NAMES if form.get(name)), "")[:64],
        from_address=form.get("From", "").strip()[:64],
        to_address=form.get("To", "").strip()[:64],
        body=form.get("Body", "").replace("\0", "")[:_LONGEST],
        opt_out=form.get("OptOutType", "").strip().upper(),
    )


def answer(words: str) -> str:
    """Send this back; no words: nothing."""
    response = MessagingResponse()
    if words:
        response.message(words)
    return str(response)
