"""The newer APIs, each on a host of its own: voice permissions, messaging services, TaskRouter, alerts, regions.

They share one origin here; the host that was meant travels in `X-Twilio-Host` and must be the right one.

https://www.twilio.com/docs/voice/api/dialing-permissions, /docs/messaging/api/service-resource,
/docs/taskrouter/api/workflow, /docs/usage/monitor-alert, /docs/global-infrastructure/inbound-processing-api
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.carrier.account_book import COUNTRIES, Alert, CountryPermissions, MessagingService
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import CARRIER, RestError
from sandbox.carrier.state import Carrier

_PAGING = ("PageSize", "Page", "PageToken")
_REGIONS = ("us1", "ie1", "au1")
_PERMISSIONS = (
    "low_risk_numbers_enabled",
    "high_risk_special_numbers_enabled",
    "high_risk_tollfraud_numbers_enabled",
)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> list[web.RouteDef]:
    """The addresses, with the host each belongs to."""
    return [
        _on("voice", web.get, "/v1/DialingPermissions/Countries/{iso}", _country),
        _on("voice", web.post, "/v1/DialingPermissions/BulkCountryUpdates", _update_countries),
        _on("messaging", web.get, "/v1/Services", _services),
        _on("messaging", web.get, "/v1/Services/{service}", _service),
        _on("messaging", web.post, "/v1/Services/{service}", _update_service),
        _on("messaging", web.get, "/v1/Services/{service}/PhoneNumbers", _service_numbers),
        _on("taskrouter", web.get, "/v1/Workspaces", _workspaces),
        _on("taskrouter", web.get, "/v1/Workspaces/{workspace}/Workflows", _workflows),
        _on("monitor", web.get, "/v1/Alerts", _alerts),
        _on("routes", web.get, "/v2/PhoneNumbers/{e164}", _region),
        _on("routes", web.post, "/v2/PhoneNumbers/{e164}", _move),
    ]


def _on(host: str, method: Callable[..., web.RouteDef], path: str, handler: _Handler) -> web.RouteDef:
    async def checked(request: web.Request) -> web.StreamResponse:
        if request.headers.get("X-Twilio-Host", "").partition(".")[0] != host:
            return wire.not_found(request).response()
        return await handler(request)

    return method(path, checked)


# --- voice permissions ------------------------------------------------------------------------------------------------


async def _country(request: web.Request) -> web.Response:
    wire.query_of(request)
    iso = request.match_info["iso"]
    permissions = request.app[CARRIER].account.countries.get(iso)
    if permissions is None:
        raise wire.not_found(request)
    flags = {name: getattr(permissions, name) for name in _PERMISSIONS}
    url = f"https://voice.twilio.com{request.path}"
    shown = {"iso_code": iso, "name": COUNTRIES.get(iso, iso), "continent": "", "country_codes": [], "url": url}
    return web.json_response(shown | flags | {"links": {}})


async def _update_countries(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    text = wire.one(wire.form_of(request, "UpdateRequest"), "UpdateRequest")
    try:
        wanted = [(one["iso_code"], {name: one[name] for name in _PERMISSIONS}) for one in json.loads(text)]
        flags = {iso: {name: _flag(value) for name, value in of_one.items()} for iso, of_one in wanted}
    except (ValueError, KeyError, TypeError) as wrong:
        raise RestError(400, 20001, "UpdateRequest must name a country and its three permissions") from wrong
    if unknown := flags.keys() - carrier.account.countries.keys():
        raise RestError(400, 20001, f"Unknown country: {', '.join(sorted(unknown))}")
    for iso, of_one in flags.items():
        carrier.account.countries[iso] = CountryPermissions(**of_one)
    return web.json_response({"update_count": len(flags), "update_request": text}, status=201)


def _flag(value: object) -> bool:
    if value not in ("true", "false"):
        raise ValueError("neither true nor false")
    return value == "true"


# --- messaging services -----------------------------------------------------------------------------------------------


def _as_json(carrier: Carrier, service: MessagingService) -> dict[str, Any]:
    return {
        "sid": service.sid,
        "account_sid": carrier.account_sid,
        "friendly_name": service.name,
        "inbound_request_url": service.inbound_url or None,
        "inbound_method": "POST",
        "use_inbound_webhook_on_number": service.asks_number,
        "url": f"https://messaging.twilio.com/v1/Services/{service.sid}",
        "links": {},
    }


def _find(request: web.Request) -> MessagingService:
    service = request.app[CARRIER].account.services.get(request.match_info["service"])
    if service is None:
        raise wire.not_found(request)
    return service


async def _services(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    rows = [_as_json(carrier, service) for service in carrier.account.services.values()]
    return wire.page_v1(request, wire.query_of(request, *_PAGING), name="services", rows=rows)


async def _service(request: web.Request) -> web.Response:
    wire.query_of(request)
    return web.json_response(_as_json(request.app[CARRIER], _find(request)))


async def _update_service(request: web.Request) -> web.Response:
    service = _find(request)
    params = wire.form_of(request, "UseInboundWebhookOnNumber", "InboundRequestUrl", "FriendlyName")
    if "UseInboundWebhookOnNumber" in params:
        word = wire.one(params, "UseInboundWebhookOnNumber").lower()
        if word not in ("true", "false"):
            raise RestError(400, 20001, "UseInboundWebhookOnNumber must be true or false")
        service.asks_number = word == "true"
    service.inbound_url = wire.one(params, "InboundRequestUrl", service.inbound_url)
    service.name = wire.one(params, "FriendlyName", service.name)
    return web.json_response(_as_json(request.app[CARRIER], service))


async def _service_numbers(request: web.Request) -> web.Response:
    carrier, service = request.app[CARRIER], _find(request)
    numbers = {number.e164: number.sid for number in carrier.numbers.values()}
    rows = [
        {"sid": numbers.get(e164, ""), "account_sid": carrier.account_sid, "service_sid": service.sid,
         "phone_number": e164, "country_code": "US", "capabilities": ["SMS"], "url": ""}
        for e164 in service.numbers
    ]  # fmt: skip
    return wire.page_v1(request, wire.query_of(request, *_PAGING), name="phone_numbers", rows=rows)


# --- TaskRouter -------------------------------------------------------------------------------------------------------


async def _workspaces(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    rows = [
        {"sid": sid, "account_sid": carrier.account_sid, "friendly_name": "Calls", "url": "", "links": {}}
        for sid in dict.fromkeys(carrier.account.workflows.values())
    ]
    return wire.page_v1(request, wire.query_of(request, "FriendlyName", *_PAGING), name="workspaces", rows=rows)


async def _workflows(request: web.Request) -> web.Response:
    carrier, workspace = request.app[CARRIER], request.match_info["workspace"]
    if workspace not in carrier.account.workflows.values():
        raise wire.not_found(request)
    rows = [
        {"sid": sid, "account_sid": carrier.account_sid, "workspace_sid": workspace, "friendly_name": "Calls",
         "assignment_callback_url": "", "url": "", "links": {}}
        for sid, of_workspace in carrier.account.workflows.items()
        if of_workspace == workspace
    ]  # fmt: skip
    return wire.page_v1(request, wire.query_of(request, "FriendlyName", *_PAGING), name="workflows", rows=rows)


# --- alerts, regions --------------------------------------------------------------------------------------------------


async def _alerts(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.query_of(request, "LogLevel", "StartDate", "EndDate", *_PAGING)
    level, since = wire.one(params, "LogLevel"), wire.one(params, "StartDate")
    try:
        start = datetime.fromisoformat(since).astimezone(UTC) if since else datetime.min.replace(tzinfo=UTC)
    except ValueError as wrong:
        raise RestError(400, 20001, f"Invalid StartDate: {since}") from wrong
    rows = [
        _alert(carrier, alert)
        for alert in reversed(carrier.account.alerts)
        if level in ("", alert.level) and carrier.clock.date(alert.at_ms) >= start
    ]
    return wire.page_v1(request, params, name="alerts", rows=rows)


def _alert(carrier: Carrier, alert: Alert) -> dict[str, Any]:
    at = f"{carrier.clock.date(alert.at_ms):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "sid": alert.sid,
        "account_sid": carrier.account_sid,
        "alert_text": alert.text,
        "error_code": str(alert.code),
        "log_level": alert.level,
        "resource_sid": alert.resource_sid,
        "date_created": at,
        "date_generated": at,
        "date_updated": at,
        "more_info": f"https://www.twilio.com/docs/errors/{alert.code}",
        "url": f"https://monitor.twilio.com/v1/Alerts/{alert.sid}",
    }


def _of_region(request: web.Request, e164: str) -> dict[str, Any]:
    carrier = request.app[CARRIER]
    return {
        "phone_number": e164,
        "sid": "QQ" + "0" * 32,
        "account_sid": carrier.account_sid,
        "friendly_name": e164,
        "voice_region": carrier.account.regions.get(e164, "us1"),
        "date_created": None,
        "date_updated": None,
        "url": f"https://routes.twilio.com/v2/PhoneNumbers/{e164}",
    }


def _ours(request: web.Request) -> str:
    e164 = request.match_info["e164"]
    if request.app[CARRIER].number_of(e164) is None:
        raise wire.not_found(request)
    return e164


async def _region(request: web.Request) -> web.Response:
    wire.query_of(request)
    return web.json_response(_of_region(request, _ours(request)))


async def _move(request: web.Request) -> web.Response:
    e164 = _ours(request)
    params = wire.form_of(request, "VoiceRegion", "FriendlyName")
    wire.choice(params, "VoiceRegion", _REGIONS, "us1")
    request.app[CARRIER].account.regions[e164] = wire.one(params, "VoiceRegion", "us1")
    return web.json_response(_of_region(request, e164))
