"""Text messages to our numbers: the form that tells of one, and the document that answers it.

Source: https://www.twilio.com/docs/messaging/guides/webhook-request, /docs/messaging/twiml,
/docs/messaging/tutorials/advanced-opt-out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from twilio.twiml.messaging_response import MessagingResponse

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
