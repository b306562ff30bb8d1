"""Text messages to the account's numbers: told to the application, and answered by what its document says.

https://www.twilio.com/docs/messaging/guides/webhook-request and `/docs/messaging/twiml`.
"""

import asyncio
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

import aiohttp

from sandbox.carrier import geography, webhooks
from sandbox.carrier.state import Carrier
from sandbox.carrier.values import new_sid

WHATSAPP = "whatsapp:"
_LONGEST_ANSWER = 1600


class UnableToText(Exception):
    """The message cannot be told to the application."""


@dataclass(slots=True)
class Text:
    """A message somebody has sent to a number of the account, and what the application sent back."""

    sid: str
    from_: str
    to: str
    body: str
    answers: list[str] = field(default_factory=list)
    error: int = 0
    is_forgotten: bool = False
    last_callback: asyncio.Task[None] | None = None
    cookies: aiohttp.CookieJar = field(default_factory=aiohttp.CookieJar)


async def send(
    carrier: Carrier, *, from_: str, to: str, body: str, sid: str = "", opt_out_type: str = "", spoil: bool = False
) -> Text:
    """Send a message; returns when the application has answered. `sid` names one that was sent before, again."""
    url, method = _webhook(carrier, to)
    if to.startswith(WHATSAPP):
        pair = (to.removeprefix(WHATSAPP), from_.removeprefix(WHATSAPP))
        carrier.whatsapp.wrote_at_ms[pair] = carrier.clock.now_ms()
    text = Text(sid or new_sid("SM"), from_, to, body)
    params = _params(carrier, text, opt_out_type)
    try:
        answer = await webhooks.request(
            carrier,
            call=text,
            kind="webhook",
            url=url,
            method=method,
            params=params,
            spoil_signature=spoil,
        )
        text.answers = _answers(answer.text)
    except webhooks.WebhookFailed as failed:
        text.error = failed.code
        carrier.ledger.add("error", call_sid=text.sid, code=failed.code, message=str(failed))
    except ValueError as wrong:
        text.error = 12200
        carrier.ledger.add("error", call_sid=text.sid, code=12200, message=str(wrong))
    for words in text.answers:
        carrier.ledger.add("text", call_sid=text.sid, **{"from": to, "to": from_, "body": words})
    return text


def _webhook(carrier: Carrier, to: str) -> tuple[str, str]:
    """Where a message is announced: at the sender's webhook, or at the number's. Raises `UnableToText`."""
    sender = carrier.whatsapp.sender_of(to)
    if sender is not None and sender.callback_url:
        return sender.callback_url, sender.callback_method
    number = carrier.number_of(to.removeprefix(WHATSAPP))
    if number is None:
        raise UnableToText(f"{to} is not a number of this account")
    if not number.sms_url:
        raise UnableToText(f"{to} has no SMS URL")
    return number.sms_url, number.sms_method


def _params(carrier: Carrier, text: Text, opt_out_type: str) -> webhooks.Pairs:
    is_whatsapp = text.from_.startswith(WHATSAPP)
    places = () if is_whatsapp else geography.params(from_=text.from_, to=text.to)
    return (
        ("MessageSid", text.sid),
        ("SmsSid", text.sid),
        ("SmsMessageSid", text.sid),
        ("AccountSid", carrier.account_sid),
        ("ApiVersion", "2010-04-01"),
        ("From", text.from_),
        ("To", text.to),
        ("Body", text.body),
        ("NumMedia", "0"),
        ("NumSegments", str(len(text.body) // 160 + 1)),
        ("SmsStatus", "received"),
        *((name, value) for name, value in places if not name.startswith("Call")),
        *((("OptOutType", opt_out_type),) if opt_out_type else ()),
        *((("WaId", text.from_.removeprefix(WHATSAPP).lstrip("+")), ("ProfileName", "Carol")) if is_whatsapp else ()),
    )


def _answers(document: str) -> list[str]:
    """The texts of `<Message>` in a `<Response>`; raises ValueError for anything else."""
    if not document.strip():
        return []
    if "<!DOCTYPE" in document or "<!ENTITY" in document:
        raise ValueError("a document type is not allowed")
    try:
        root = ET.fromstring(document.strip())
    except ET.ParseError as broken:
        raise ValueError(f"Document parse failure: {broken}") from broken
    if root.tag != "Response" or root.attrib or any(node.tag != "Message" or node.attrib or len(node) for node in root):
        raise ValueError("Schema validation: only <Message> with a text is known in an answer to a message")
    texts = [" ".join((node.text or "").split()) for node in root]
    if not all(0 < len(text) <= _LONGEST_ANSWER for text in texts):
        raise ValueError("Schema validation: a message has 1 to 1600 characters")
    return texts
