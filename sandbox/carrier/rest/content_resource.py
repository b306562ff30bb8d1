"""`/v1/Content` and `/Messages`: templates, their approval, and sending them by WhatsApp.

https://www.twilio.com/docs/content, /docs/messaging/api/message-resource
"""

import re
from typing import Any

from aiohttp import web

from sandbox.carrier import callbacks
from sandbox.carrier.rest import json_wire, wire
from sandbox.carrier.rest.wire import API, CARRIER, RestError
from sandbox.carrier.state import Carrier, new_sid
from sandbox.carrier.twiml_schema import E164, is_absolute_url
from sandbox.carrier.whatsapp import PREFIX, Content, Message

_HOST = "content.twilio.com"
_BASE = "/v1/Content"
# Which buttons each kind of message may have.
_ACTIONS = {
    "twilio/call-to-action": ("URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL", "VOICE_CALL_REQUEST"),
    "twilio/card": ("URL", "PHONE_NUMBER", "QUICK_REPLY", "COPY_CODE", "VOICE_CALL"),
    "whatsapp/card": ("URL", "PHONE_NUMBER", "QUICK_REPLY", "COPY_CODE", "VOICE_CALL"),
}
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_STEP_MS = 200


def routes() -> list[web.RouteDef]:
    """The addresses of these resources."""
    return [
        web.post(_BASE, _create),
        web.get(_BASE + "/{content}", _fetch),
        web.post(_BASE + "/{content}/ApprovalRequests/whatsapp", _submit),
        web.get(_BASE + "/{content}/ApprovalRequests", _approval),
        web.post(API + "/Accounts/{account}/Messages.json", _send),
    ]


def as_json(carrier: Carrier, content: Content) -> dict[str, Any]:
    """A message as the API shows it."""
    return {
        "sid": content.sid,
        "account_sid": carrier.account_sid,
        "friendly_name": content.friendly_name,
        "language": content.language,
        "variables": {},
        "types": content.types,
        "url": f"https://{_HOST}{_BASE}/{content.sid}",
    }


async def _create(request: web.Request) -> web.Response:
    json_wire.check_host(request, _HOST)
    carrier = request.app[CARRIER]
    body = json_wire.body_of(request, "friendly_name", "language", "variables", "types", required=("language", "types"))
    for kind, what in body["types"].items():
        _check(kind, what)
    made = Content(new_sid("HX"), str(body.get("friendly_name", "")), str(body["language"]), body["types"])
    carrier.whatsapp.contents[made.sid] = made
    return web.json_response(as_json(carrier, made), status=201)


def _check(kind: str, what: Any) -> None:
    allowed = _ACTIONS.get(kind)
    if allowed is None or not isinstance(what, dict):
        raise RestError(400, 20001, f"Unknown content type: {kind}")
    actions = what.get("actions")
    if not what.get("body") or not isinstance(actions, list) or not actions:
        raise RestError(400, 20001, f"{kind} needs a body and actions")
    kinds = [action.get("type") for action in actions]
    if any(not isinstance(action, dict) or not action.get("title") for action in actions) or set(kinds) - set(allowed):
        raise RestError(400, 20001, f"{kind} has actions it cannot have, or without a title")
    if "VOICE_CALL_REQUEST" in kinds and len(kinds) != 1:
        raise RestError(400, 20001, "VOICE_CALL_REQUEST stands alone")


def _found(request: web.Request) -> Content:
    json_wire.check_host(request, _HOST)
    content = request.app[CARRIER].whatsapp.contents.get(request.match_info["content"])
    if content is None:
        raise wire.not_found(request)
    return content


async def _fetch(request: web.Request) -> web.Response:
    return web.json_response(as_json(request.app[CARRIER], _found(request)))


async def _submit(request: web.Request) -> web.Response:
    content = _found(request)
    body = json_wire.body_of(request, "name", "category", "allow_category_change", required=("name", "category"))
    if not _NAME.fullmatch(str(body["name"])) or body["category"] not in ("UTILITY", "MARKETING", "AUTHENTICATION"):
        raise RestError(400, 20001, "The name or the category is not one that WhatsApp takes")
    if content.approval:
        raise RestError(409, 20409, "This content was submitted already")
    content.approval = {
        "name": str(body["name"]),
        "category": str(body["category"]),
        "content_type": next(iter(content.types)),
        "status": "received",
        "rejection_reason": "",
    }
    return web.json_response(content.approval, status=201)


async def _approval(request: web.Request) -> web.Response:
    content = _found(request)
    return web.json_response({"sid": content.sid, "whatsapp": content.approval or None})


# --- sending ---


async def _send(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.form_of(request, "To", "From", "ContentSid", "ContentVariables", "StatusCallback", "Body")
    to, from_ = wire.one(params, "To"), wire.one(params, "From")
    if not to.startswith(PREFIX) or not E164.fullmatch(to.removeprefix(PREFIX)):
        raise RestError(400, 21211, f"Invalid 'To' Phone Number: {to}")
    sender = carrier.whatsapp.sender_of(from_)
    if sender is None:
        raise RestError(400, 63007, f"Could not find a Channel with the specified From address {from_}")
    content = carrier.whatsapp.contents.get(wire.one(params, "ContentSid"))
    if content is None:
        raise RestError(404, 20404, "There is no such content")
    callback = wire.one(params, "StatusCallback")
    if callback and not is_absolute_url(callback):
        raise RestError(400, 21609, f"Invalid StatusCallback: {callback}")
    message = Message(
        new_sid("MM"), sender.e164, to.removeprefix(PREFIX), content, carrier.clock.now_ms(), status_callback=callback
    )
    carrier.whatsapp.messages[message.sid] = message
    carrier.ledger.add("message", call_sid=message.sid, **{"from": from_, "to": to}, content=content.sid)
    carrier.spawn(_travel(carrier, message))
    row = {"sid": message.sid, "account_sid": carrier.account_sid, "status": "queued", "from": from_, "to": to,
           "body": "", "error_code": None, "direction": "outbound-api", "num_media": "0"}  # fmt: skip
    return web.json_response(row, status=201)


async def _travel(carrier: Carrier, message: Message) -> None:
    """On its way: sent, delivered; or failed, for a reason that only WhatsApp knows."""
    message.error_code = carrier.whatsapp.refuse_message(message, carrier.clock.now_ms())
    for status in ("failed",) if message.error_code else ("sent", "delivered"):
        await carrier.clock.sleep(_STEP_MS)
        message.status = status
        if message.status_callback:
            params = (("MessageSid", message.sid), ("SmsSid", message.sid), ("AccountSid", carrier.account_sid),
                      ("From", PREFIX + message.sender), ("To", PREFIX + message.user), ("MessageStatus", status),
                      ("SmsStatus", status))  # fmt: skip
            code = (("ErrorCode", str(message.error_code)),) if message.error_code else ()
            callbacks.send(
                carrier, call=message, kind="message", event=status, url=message.status_callback, method="POST",
                params=(*params, *code),
            )  # fmt: skip
