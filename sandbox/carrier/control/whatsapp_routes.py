"""Being WhatsApp, and its users: `/_sandbox/whatsapp/…`."""

from aiohttp import web

from sandbox.carrier import webhooks
from sandbox.carrier.control.wire import PREFIX, Refused, read, text_of
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Carrier, new_sid
from sandbox.carrier.twiml_schema import E164
from sandbox.carrier.whatsapp import GRANT_MS, Message, Sender
from sandbox.carrier.whatsapp import PREFIX as WHATSAPP

_BASE = PREFIX + "/whatsapp"
_APPROVALS = ("received", "pending", "approved", "rejected", "paused", "disabled")


def routes() -> list[web.RouteDef]:
    """The addresses."""
    return [
        web.put(_BASE + "/senders/{e164}", _put_sender),
        web.get(_BASE, _look),
        web.post(_BASE + "/answers", _answer),
        web.post(_BASE + "/approvals/{content}", _approve),
        web.delete(_BASE + "/grants/{sender}/{user}", _revoke),
    ]


async def _put_sender(request: web.Request) -> web.Response:
    """A number of the business is on WhatsApp."""
    carrier, e164 = request.app[CARRIER], request.match_info["e164"]
    if not E164.fullmatch(e164):
        raise Refused(400, f"{e164} is no telephone number")
    body = await read(request, "status", "messaging_limit")
    sender = carrier.whatsapp.sender_of(WHATSAPP + e164) or Sender(new_sid("XE"), e164)
    sender.status = text_of(body, "status", sender.status)
    sender.messaging_limit = text_of(body, "messaging_limit", sender.messaging_limit)
    carrier.whatsapp.senders[sender.sid] = sender
    return web.json_response({"sid": sender.sid, "sender": WHATSAPP + e164}, status=201)


async def _look(request: web.Request) -> web.Response:
    """Messages and grants."""
    books, now_ms = request.app[CARRIER].whatsapp, request.app[CARRIER].clock.now_ms()
    rows = [
        {"sid": one.sid, "from": one.sender, "to": one.user, "status": one.status, "error_code": one.error_code,
         "content": one.content.sid, "is_request": one.content.is_request, "answered": one.answered}
        for one in books.messages.values()
    ]  # fmt: skip
    grants = [{"sender": sender, "user": user, "ms": until - now_ms} for (sender, user), until in books.grants.items()]
    return web.json_response({"messages": rows, "grants": grants})


async def _answer(request: web.Request) -> web.Response:
    """A user presses a button of the newest request that has reached them; 409 when there is none."""
    carrier = request.app[CARRIER]
    body = await read(request, "from", "to", "payload", "is_signature_spoilt", "sid")
    user, to = text_of(body, "from").removeprefix(WHATSAPP), text_of(body, "to").removeprefix(WHATSAPP)
    payload = text_of(body, "payload", "ACCEPTED")
    sender = carrier.whatsapp.sender_of(WHATSAPP + to)
    asked = carrier.whatsapp.newest_request((to, user))
    again = next((m for m in carrier.whatsapp.messages.values() if m.answered == text_of(body, "sid", "-")), None)
    asked = again or asked
    if sender is None or not sender.callback_url or asked is None:
        raise Refused(409, "nobody has asked them, or the sender has no webhook")
    if payload == "ACCEPTED" and again is None:
        carrier.whatsapp.grants[to, user] = carrier.clock.now_ms() + GRANT_MS
        carrier.whatsapp.missed[to, user] = 0
    elif payload == "REJECTED":
        carrier.whatsapp.grants.pop((to, user), None)
    asked.answered = asked.answered or new_sid("SM")
    error = await _tell(carrier, sender, asked, payload, spoil=body.get("is_signature_spoilt") is True)
    return web.json_response({"sid": asked.answered, "error": error}, status=201)


async def _tell(carrier: Carrier, sender: Sender, asked: Message, payload: str, *, spoil: bool) -> int:
    params = (
        ("MessageSid", asked.answered), ("SmsMessageSid", asked.answered), ("AccountSid", carrier.account_sid),
        ("From", WHATSAPP + asked.user), ("To", WHATSAPP + asked.sender), ("WaId", asked.user.lstrip("+")),
        ("ProfileName", "Carol"), ("MessageType", "interactive"), ("Body", "VOICE_CALL_REQUEST"),
        ("ButtonText", "Allow" if payload == "ACCEPTED" else "Decline"), ("ButtonPayload", payload),
        ("OriginalRepliedMessageSid", asked.sid), ("NumMedia", "0"),
    )  # fmt: skip
    try:
        await webhooks.request(
            carrier, call=asked, kind="webhook", url=sender.callback_url, method=sender.callback_method,
            params=params, spoil_signature=spoil,
        )  # fmt: skip
    except webhooks.WebhookFailed as failed:
        carrier.ledger.add("error", call_sid=asked.sid, code=failed.code, message=str(failed))
        return failed.code
    return 0


async def _approve(request: web.Request) -> web.Response:
    """WhatsApp has looked at a template."""
    content = request.app[CARRIER].whatsapp.contents.get(request.match_info["content"])
    body = await read(request, "status", "reason")
    if content is None or not content.approval:
        raise Refused(409, "it was not submitted")
    status = text_of(body, "status", "approved")
    if status not in _APPROVALS:
        raise Refused(400, f"status must be one of {', '.join(_APPROVALS)}")
    content.approval |= {"status": status, "rejection_reason": text_of(body, "reason", "")}
    return web.json_response(content.approval)


async def _revoke(request: web.Request) -> web.Response:
    """A user takes the permission back, in WhatsApp: nobody is told."""
    pair = (request.match_info["sender"], request.match_info["user"])
    if request.app[CARRIER].whatsapp.grants.pop(pair, None) is None:
        raise Refused(409, "they have allowed nothing")
    return web.Response(status=204)
