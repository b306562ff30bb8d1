"""WhatsApp at the carrier: senders and their voice application, templates and their approval, template messages.

Senders and Content speak JSON, and a null in it means something, which the vendor's client would leave out: they are
asked through its own HTTP, with nothing filtered.

Source: https://www.twilio.com/docs/whatsapp/api/senders, /docs/content, /docs/voice/whatsapp-business-calling,
/docs/messaging/api/message-resource.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from twilio.base.exceptions import TwilioException, TwilioRestException

from calls.carrier.client import get_client, translated
from calls.carrier.errors import CarrierError
from calls.carrier.twiml import public_url
from compliance.numbers import by_whatsapp

_SENDERS = "https://messaging.twilio.com/v2/Channels/Senders"
_CONTENT = "https://content.twilio.com/v1/Content"
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class SenderFound:
    """A sender as the carrier has it. `application_sid` empty: its calls reach nobody (error 37009)."""

    sender_sid: str
    e164: str
    status: str
    application_sid: str = ""
    callback_url: str = ""
    messaging_limit: str = ""
    quality: str = ""
    offline_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalFound:
    """Where a template stands at WhatsApp."""

    status: str
    why_rejected: str = ""


# --- senders ----------------------------------------------------------------------------------------------------------


def find_senders() -> list[SenderFound]:
    """Every WhatsApp sender of the account. Raises CarrierError."""
    url: str | None = f"{_SENDERS}?Channel=whatsapp&PageSize=100"
    found: list[SenderFound] = []
    while url and len(found) < 1000:
        page = _asked("GET", url)
        found += [_sender(row) for row in page.get("senders", []) if isinstance(row, dict)]
        url = (page.get("meta") or {}).get("next_page_url")
    return found


def find_sender(sender_sid: str) -> SenderFound:
    """One sender. Raises CarrierError."""
    return _sender(_asked("GET", f"{_SENDERS}/{quote(sender_sid, safe='')}"))


def set_application(sender_sid: str, application_sid: str) -> SenderFound:
    """Have calls of a sender announced by this application, and its messages by us; empty: its calls by nobody.

    Raises CarrierError.
    """
    body: dict[str, Any] = {"configuration": {"voice_application_sid": application_sid or None}}
    if application_sid:
        body["webhook"] = {"callback_url": wanted_callback(), "callback_method": "POST"}
    return _sender(_asked("POST", f"{_SENDERS}/{quote(sender_sid, safe='')}", body))


def _sender(row: Mapping[str, Any]) -> SenderFound:
    configuration, properties = row.get("configuration") or {}, row.get("properties") or {}
    reasons = row.get("offline_reasons") or []
    return SenderFound(
        sender_sid=_text(row.get("sid")),
        e164=_text(row.get("sender_id")).removeprefix("whatsapp:"),
        status=_text(row.get("status")),
        application_sid=_text(configuration.get("voice_application_sid")),
        callback_url=_text((row.get("webhook") or {}).get("callback_url")),
        messaging_limit=_text(properties.get("messaging_limit")),
        quality=_text(properties.get("quality_rating")),
        offline_reasons=tuple(
            _text(one.get("message") or one.get("code")) if isinstance(one, dict) else _text(one) for one in reasons
        ),
    )


def wanted_callback() -> str:
    """Where messages to a sender must be announced: answers to permission requests are such."""
    return public_url("/twilio/message/")


def wanted_application() -> dict[str, str]:
    """The settings of an application that sends a sender's calls to us."""
    return {
        "voice_url": public_url("/twilio/voice/"),
        "voice_method": "POST",
        "voice_fallback_url": public_url("/twilio/voice/fallback/"),
        "voice_fallback_method": "POST",
        "status_callback": public_url("/twilio/status/"),
        "status_callback_method": "POST",
    }


def make_application(name: str) -> str:
    """An application that points at us; its id. Raises CarrierError."""
    try:
        return str(get_client().applications.create(friendly_name=name[:64], **wanted_application()).sid)
    except (TwilioException, OSError) as error:
        raise translated(error) from error


def application_differs(application_sid: str) -> dict[str, str]:
    """What of an application is not as we need it: name and present value. Raises CarrierError."""
    try:
        found = get_client().applications(application_sid).fetch()
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    now = {name: str(getattr(found, name) or "") for name in wanted_application()}
    return {name: value for name, value in now.items() if value != wanted_application()[name]}


def point_application(application_sid: str) -> None:
    """Point an application at us. Raises CarrierError."""
    try:
        get_client().applications(application_sid).update(**wanted_application())
    except (TwilioException, OSError) as error:
        raise translated(error) from error


# --- templates --------------------------------------------------------------------------------------------------------


def make_content(*, name: str, language: str, body: str, title: str, is_request: bool) -> str:
    """A message with one button: may we call you, or call us. Its id. Raises CarrierError."""
    action = {"type": "VOICE_CALL_REQUEST" if is_request else "VOICE_CALL", "title": title}
    types = {"twilio/call-to-action": {"body": body, "actions": [action]}}
    made = _asked("POST", _CONTENT, {"friendly_name": name, "language": language, "types": types})
    return _text(made.get("sid"))


def submit_content(content_sid: str, *, name: str, category: str) -> ApprovalFound:
    """Ask WhatsApp to approve a message as a template. Raises CarrierError."""
    url = f"{_CONTENT}/{quote(content_sid, safe='')}/ApprovalRequests/whatsapp"
    return _approval(_asked("POST", url, {"name": name, "category": category}))


def find_approval(content_sid: str) -> ApprovalFound:
    """Where a template stands; an empty status: it was not submitted. Raises CarrierError."""
    found = _asked("GET", f"{_CONTENT}/{quote(content_sid, safe='')}/ApprovalRequests")
    return _approval(found.get("whatsapp") or {})


def _approval(row: Mapping[str, Any]) -> ApprovalFound:
    return ApprovalFound(_text(row.get("status")).lower(), _text(row.get("rejection_reason")))


def send_content(*, sender: str, person: str, content_sid: str) -> tuple[str, str]:
    """Send a template to somebody on WhatsApp; the carrier's id and first word. Raises CarrierError.

    It reaches a chat, and makes nothing ring.
    """
    try:
        sent = get_client().messages.create(
            from_=by_whatsapp(sender),
            to=by_whatsapp(person),
            content_sid=content_sid,
            status_callback=public_url("/twilio/message/status/"),
        )
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    return str(sent.sid), str(sent.status or "")


# --- JSON -------------------------------------------------------------------------------------------------------------


def _asked(method: str, url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    client = get_client()
    headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body is not None else {})
    try:
        answer = client.http_client.request(method, url, data=body, headers=headers, auth=client.auth)
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    try:
        found = json.loads(answer.text or "{}")
    except ValueError:
        found = None
    if answer.status_code >= 400:
        code = found.get("code") if isinstance(found, dict) else 0
        raise translated(TwilioRestException(answer.status_code, url, "", code if isinstance(code, int) else 0))
    if not isinstance(found, dict):
        raise CarrierError("Twilio answered with something else than JSON", is_permanent=False, may_be_done=True)
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)[:_LONGEST]
