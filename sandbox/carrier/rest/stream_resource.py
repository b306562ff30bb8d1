"""`/Calls/{sid}/Streams`: start and stop a one-way media stream of a live call.

https://www.twilio.com/docs/voice/api/stream-resource
"""

from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.carrier import one_way_stream
from sandbox.carrier.rest import call_resource, wire
from sandbox.carrier.rest.wire import API, CARRIER, RestError
from sandbox.carrier.state import Call, Carrier
from sandbox.carrier.stream_log import StreamLog
from sandbox.carrier.twiml_schema import is_absolute_url

_MOST_PARAMETERS = 99
_CREATE = (
    *("Url", "Name", "Track", "StatusCallback", "StatusCallbackMethod"),
    *(f"Parameter{n}.{part}" for n in range(1, _MOST_PARAMETERS + 1) for part in ("Name", "Value")),
)


def routes() -> list[web.RouteDef]:
    """The addresses of this resource."""
    of_call = API + "/Accounts/{account}/Calls/{call}/Streams"
    return [web.post(of_call + ".json", _create), web.post(of_call + "/{stream}.json", _update)]


def as_json(carrier: Carrier, call: Call, log: StreamLog) -> dict[str, Any]:
    """A stream as the API shows it."""
    changed_ms = log.opened_at_ms if log.ended_at_ms is None else log.ended_at_ms
    return {
        "sid": log.sid,
        "account_sid": carrier.account_sid,
        "call_sid": call.sid,
        "name": log.name,
        "status": "in-progress" if one_way_stream.is_running(log) else "stopped",
        "date_updated": wire.date_text(carrier, changed_ms),
        "uri": f"{API}/Accounts/{carrier.account_sid}/Calls/{call.sid}/Streams/{log.sid}.json",
    }


async def _create(request: web.Request) -> web.Response:
    carrier, call = request.app[CARRIER], call_resource.find(request)
    params = wire.form_of(request, *_CREATE)
    url, callback = wire.one(params, "Url"), wire.one(params, "StatusCallback")
    if urlsplit(url).scheme not in ("ws", "wss"):
        raise RestError(400, 21205, f"Url is not a valid URL: {url}")
    if callback and not is_absolute_url(callback):
        raise RestError(400, 21205, f"StatusCallback is not a valid URL: {callback}")
    if not call.is_live or not call.line.is_open:
        raise RestError(400, 21220, f"{call.sid} is not in-progress and cannot be streamed")
    method = wire.choice(params, "StatusCallbackMethod", ("GET", "POST"), "POST")
    wishes = one_way_stream.Wishes(
        url=url,
        name=wire.one(params, "Name"),
        track=wire.choice(params, "Track", one_way_stream.TRACKS, "inbound_track"),
        parameters=_parameters(params),
        report_to=(callback, method) if callback else None,
    )
    try:
        log = one_way_stream.start(carrier, call=call, wishes=wishes)
    except one_way_stream.UnableToStream as unable:
        raise RestError(400, unable.code, str(unable)) from unable
    return web.json_response(as_json(carrier, call, log), status=201)


def _parameters(params: wire.Params) -> dict[str, str]:
    """Custom parameters by name. Raises `RestError` 20001 for a value without a name."""
    found = {}
    for number in range(1, _MOST_PARAMETERS + 1):
        name, value = wire.one(params, f"Parameter{number}.Name"), wire.one(params, f"Parameter{number}.Value")
        if value and not name:
            raise RestError(400, 20001, f"Parameter{number}.Value has no name")
        if name:
            found[name] = value
    return found


async def _update(request: web.Request) -> web.Response:
    carrier, call = request.app[CARRIER], call_resource.find(request)
    log = one_way_stream.find(call, request.match_info["stream"])
    if log is None:
        raise wire.not_found(request)
    params = wire.form_of(request, "Status")
    wire.choice(params, "Status", ("stopped",), "")
    if not one_way_stream.is_running(log):
        raise RestError(400, 21220, f"Stream {log.sid} is stopped already")
    one_way_stream.stop(log)
    return web.json_response(as_json(carrier, call, log))
