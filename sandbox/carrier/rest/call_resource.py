"""`/Calls`: look at calls and change live ones.

https://www.twilio.com/docs/voice/api/call-resource
"""

import math
from typing import Any

from aiohttp import web

from sandbox.carrier import calls
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, RestError
from sandbox.carrier.state import Call, CallStatus, Carrier, FetchDocument, InlineDocument
from sandbox.carrier.twiml_schema import is_absolute_url

LONGEST_TWIML = 4000
# What this account pays for a minute begun, in dollars: to a browser, to a telephone, and of a call that came in.
_A_MINUTE = (("client:", 0.004), ("+", 0.014), ("", 0.0085))
_PRICED_AFTER_MS = 30_000
_METHODS = ("GET", "POST")
_UPDATE = (
    *("Url", "Method", "Twiml", "Status", "FallbackUrl", "FallbackMethod"),
    *("StatusCallback", "StatusCallbackMethod", "TimeLimit"),
)
_TIMES = ("StartTime", "StartTime<", "StartTime>", "EndTime", "EndTime<", "EndTime>")
_FILTERS = ("To", "From", "ParentCallSid", "Status", *_TIMES)


def routes() -> list[web.RouteDef]:
    """The addresses of this resource."""
    return [
        web.get(API + "/Accounts/{account}/Calls.json", _list),
        web.get(API + "/Accounts/{account}/Calls/{call}.json", _fetch),
        web.post(API + "/Accounts/{account}/Calls/{call}.json", _update),
        web.delete(API + "/Accounts/{account}/Calls/{call}.json", _delete),
    ]


def find(request: web.Request) -> Call:
    """The call that the address names. Raises `RestError` 20404."""
    call = request.app[CARRIER].calls.get(request.match_info["call"])
    if call is None or call.is_forgotten:
        raise wire.not_found(request)
    return call


def as_json(carrier: Carrier, call: Call) -> dict[str, Any]:
    """A call as the API shows it."""
    seconds = call.duration_s
    uri = f"{API}/Accounts/{carrier.account_sid}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "parent_call_sid": call.parent_sid or None,
        "account_sid": carrier.account_sid,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": call.number.sid if call.number else None,
        "status": call.status.value,
        "start_time": wire.date_text(carrier, call.line.answered_at_ms),
        "end_time": wire.date_text(carrier, call.ended_at_ms),
        "duration": None if seconds is None else str(seconds),
        "price": price_of(carrier, call),
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by or None,
        "api_version": "2010-04-01",
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "annotation": None,
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "date_created": wire.date_text(carrier, call.created_at_ms),
        "date_updated": wire.date_text(carrier, call.ended_at_ms or call.line.answered_at_ms or call.created_at_ms),
    }


def price_of(carrier: Carrier, call: Call) -> str | None:
    """What the account is charged: a negative number, some time after the end of a call that was answered."""
    if call.ended_at_ms is None or not call.duration_s:
        return None
    if carrier.clock.now_ms() - call.ended_at_ms < _PRICED_AFTER_MS:
        return None
    a_minute = next((rate for start, rate in _A_MINUTE if (call.to if call.is_outgoing else "in").startswith(start)))
    return f"-{a_minute * math.ceil(call.duration_s / 60):.5f}"


async def _list(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.query_of(request, *_FILTERS, *PAGING)
    wire.choice(params, "Status", ("", *CallStatus), "")
    rows = [
        as_json(carrier, call)
        for call in reversed(carrier.calls.values())
        if not call.is_forgotten
        and wire.one(params, "To") in ("", call.to)
        and wire.one(params, "From") in ("", call.from_)
        and wire.one(params, "Status") in ("", call.status)
        and wire.one(params, "ParentCallSid") in ("", call.parent_sid)
        and wire.is_within(carrier, call.line.answered_at_ms, params, "StartTime")
        and wire.is_within(carrier, call.ended_at_ms, params, "EndTime")
    ]
    return wire.page(request, params, name="calls", rows=rows)


async def _fetch(request: web.Request) -> web.Response:
    wire.query_of(request)
    return web.json_response(as_json(request.app[CARRIER], find(request)))


async def _update(request: web.Request) -> web.Response:
    carrier, call = request.app[CARRIER], find(request)
    params = wire.form_of(request, *_UPDATE)
    if not call.is_live:
        raise RestError(400, 21220, f"Call is not in-progress. Cannot redirect or change {call.sid}")
    url, twiml, status = wire.one(params, "Url"), wire.one(params, "Twiml"), wire.one(params, "Status")
    _check_update(call, params, url=url, twiml=twiml, status=status)
    if status:
        ends_as = CallStatus.CANCELED if status == "canceled" or call.is_outgoing else CallStatus.NO_ANSWER
        calls.hang_up(call, by="application", status=ends_as)
        await call.ended.wait()
    elif url:
        calls.redirect(call, source=FetchDocument(url, wire.one(params, "Method", "POST")))
    elif twiml:
        calls.redirect(call, source=InlineDocument(twiml))
    if fallback := wire.one(params, "FallbackUrl"):
        call.fallback = FetchDocument(fallback, wire.one(params, "FallbackMethod", "POST"))
    if callback := wire.one(params, "StatusCallback"):
        call.status_callback = FetchDocument(callback, wire.one(params, "StatusCallbackMethod", "POST"))
    if limit := wire.one(params, "TimeLimit"):
        calls.limit(carrier, call=call, seconds=int(limit))
    return web.json_response(as_json(carrier, call))


async def _delete(request: web.Request) -> web.Response:
    call = find(request)
    if call.is_live:
        raise RestError(400, 20009, f"Call {call.sid} is in progress and cannot be deleted")
    calls.forget(call)
    return web.Response(status=204)


def _check_update(call: Call, params: wire.Params, *, url: str, twiml: str, status: str) -> None:
    for name in ("Method", "FallbackMethod", "StatusCallbackMethod"):
        wire.choice(params, name, _METHODS, "POST")
    for name in ("Url", "FallbackUrl", "StatusCallback"):
        if (address := wire.one(params, name)) and not is_absolute_url(address):
            raise RestError(400, 21205, f"{name} is not a valid URL: {address}")
    if wire.choice(params, "Status", ("", "canceled", "completed"), "") and (url or twiml):
        raise RestError(400, 20001, "Status cannot be combined with Url or Twiml")
    if status == "canceled" and call.answered.is_set():
        raise RestError(400, 21220, f"Call is in-progress and cannot be canceled: {call.sid}")
    if (url or twiml) and call.parent_sid:
        raise RestError(400, 20001, f"{call.sid} was dialled by <Dial>: this carrier does not redirect such legs")
    if (url or twiml) and call.is_outgoing and not call.answered.is_set():
        raise RestError(400, 21220, f"Call is not in-progress. Cannot redirect: {call.sid} is {call.status}")
    if len(twiml) > LONGEST_TWIML:
        raise RestError(400, 20001, f"Twiml is longer than {LONGEST_TWIML} characters")
    limit = wire.one(params, "TimeLimit", "1")
    if not limit.isdecimal() or int(limit) < 1:
        raise RestError(400, 20001, f"Invalid value for TimeLimit: {limit!r}")
