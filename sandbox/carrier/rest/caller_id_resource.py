"""`/OutgoingCallerIds`: numbers of others that the account may show. To ask for one makes its telephone ring.

https://www.twilio.com/docs/voice/api/outgoing-caller-ids
"""

from typing import Any

from aiohttp import web

from sandbox.carrier.lines import CallerId
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, RestError
from sandbox.carrier.state import Carrier, new_sid
from sandbox.carrier.twiml_schema import E164, is_absolute_url

_KNOWN = ("PhoneNumber", "FriendlyName", "CallDelay", "Extension", "StatusCallback", "StatusCallbackMethod")


def routes() -> list[web.RouteDef]:
    """The addresses."""
    base = API + "/Accounts/{account}/OutgoingCallerIds"
    return [
        web.get(base + ".json", _list),
        web.post(base + ".json", _ask),
        web.delete(base + "/{caller_id}.json", _delete),
    ]


def _json(carrier: Carrier, one: CallerId) -> dict[str, Any]:
    return {
        "sid": one.sid,
        "account_sid": carrier.account_sid,
        "friendly_name": one.friendly_name,
        "phone_number": one.e164,
        "date_created": wire.date_text(carrier, one.at_ms),
        "date_updated": wire.date_text(carrier, one.at_ms),
        "uri": f"{API}/Accounts/{carrier.account_sid}/OutgoingCallerIds/{one.sid}.json",
    }


async def _list(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.query_of(request, "PhoneNumber", "FriendlyName", *PAGING)
    wanted = wire.one(params, "PhoneNumber")
    verified = [one for one in carrier.lines.caller_ids.values() if one.is_verified and wanted in ("", one.e164)]
    rows = [_json(carrier, one) for one in verified]
    return wire.page(request, params, name="outgoing_caller_ids", rows=rows)


async def _ask(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.form_of(request, *_KNOWN)
    wire.required(params, "PhoneNumber")
    e164, callback = wire.one(params, "PhoneNumber"), wire.one(params, "StatusCallback")
    if not E164.fullmatch(e164):
        raise RestError(400, 21211, f"{e164} is not a valid phone number")
    wire.whole(params, "CallDelay", 0, 60, "0")
    if callback and not is_absolute_url(callback):
        raise RestError(400, 21205, f"StatusCallback is not a valid URL: {callback}")
    known = next((one for one in carrier.lines.caller_ids.values() if one.e164 == e164), None)
    if known is not None and known.is_verified:
        raise RestError(400, 21450, f"{e164} is already verified for this account")
    if known is not None:
        del carrier.lines.caller_ids[known.sid]
    code = f"{carrier.dice.randrange(1_000_000):06d}"
    name = wire.one(params, "FriendlyName", e164)
    one = CallerId(new_sid("PN"), e164, name, code, carrier.clock.now_ms())
    carrier.lines.caller_ids[one.sid] = one
    call_sid = new_sid("CA")
    carrier.ledger.add("dial", call_sid=call_sid, to=e164, why="verification")
    return web.json_response(
        {
            "account_sid": carrier.account_sid,
            "phone_number": e164,
            "friendly_name": name,
            "validation_code": code,
            "call_sid": call_sid,
        }
    )


async def _delete(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    if carrier.lines.caller_ids.pop(request.match_info["caller_id"], None) is None:
        raise wire.not_found(request)
    return web.Response(status=204)
