"""`POST /Calls`: place a call.

https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource
"""

import re

from aiohttp import web

from sandbox.carrier import outgoing
from sandbox.carrier.rest import call_resource, dial_params, wire
from sandbox.carrier.rest.wire import API, CARRIER, Params, RestError
from sandbox.carrier.state import FetchDocument, InlineDocument, Source
from sandbox.carrier.twiml_schema import is_absolute_url

_KNOWN = (
    *("To", "From", "Url", "Twiml", "Method", "FallbackUrl", "FallbackMethod", "SendDigits", "Timeout", "TimeLimit"),
    *("Record", "AsyncAmd", "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod"),
    *(*dial_params.REPORTING, *dial_params.RECORDING, *dial_params.DETECTION, *dial_params.WITHOUT_EFFECT),
)
_KEYS = re.compile(r"[0-9A-D#*wW]{1,32}")


def routes() -> list[web.RouteDef]:
    """The address."""
    return [web.post(API + "/Accounts/{account}/Calls.json", _create)]


async def _create(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.form_of(request, *_KNOWN)
    address, from_, number = dial_params.parties(carrier, params)
    callback, events = dial_params.reporting(params)
    amd_callback = dial_params.document(params, "AsyncAmdStatusCallback")
    is_async = dial_params.boolean(params, "AsyncAmd")
    order = outgoing.Order(
        address=address,
        from_=from_,
        number=number,
        source=_source(params),
        timeout_ms=dial_params.timeout_ms(params, low=1),
        limit_s=dial_params.limit_s(params),
        fallback=dial_params.document(params, "FallbackUrl"),
        status_callback=callback,
        status_events=events,
        keys=_keys(params),
        detection=dial_params.detection(params, is_async=is_async, callback=amd_callback),
        recording=dial_params.recording(params),
    )
    call = outgoing.dial(carrier, order)
    if is_async and order.detection and amd_callback is None:
        message = "AsyncAmd without AsyncAmdStatusCallback: nobody will hear who picked up"
        carrier.ledger.add("warning", call_sid=call.sid, code=21262, message=message)
    return web.json_response(call_resource.as_json(carrier, call), status=201)


def _source(params: Params) -> Source:
    url, twiml = wire.one(params, "Url"), wire.one(params, "Twiml")
    method = wire.choice(params, "Method", dial_params.METHODS, "POST")
    if url:
        if not is_absolute_url(url):
            raise RestError(400, 21205, f"Url is not a valid URL: {url}")
        return FetchDocument(url, method)
    if not twiml:
        raise RestError(400, 21205, "Url parameter is required.")
    if len(twiml) > call_resource.LONGEST_TWIML:
        raise RestError(400, 20001, f"Twiml is longer than {call_resource.LONGEST_TWIML} characters")
    return InlineDocument(twiml)


def _keys(params: Params) -> str:
    keys = wire.one(params, "SendDigits")
    if keys and not _KEYS.fullmatch(keys):
        raise RestError(400, 20001, f"Invalid value for SendDigits: {keys!r}")
    return keys
