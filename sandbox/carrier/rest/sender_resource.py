"""`/v2/Channels/Senders`: WhatsApp senders and their voice application; and TwiML Apps.

https://www.twilio.com/docs/whatsapp/api/senders, /docs/usage/api/applications
"""

import math
from typing import Any

from aiohttp import web

from sandbox.carrier.rest import json_wire, wire
from sandbox.carrier.rest.wire import API, CARRIER, RestError
from sandbox.carrier.state import Carrier, new_sid
from sandbox.carrier.twiml_schema import is_absolute_url
from sandbox.carrier.whatsapp import PREFIX, Application, Sender

_HOST = "messaging.twilio.com"
_BASE = "/v2/Channels/Senders"
_URLS = ("VoiceUrl", "VoiceFallbackUrl", "StatusCallback")
_METHODS = ("VoiceMethod", "VoiceFallbackMethod", "StatusCallbackMethod")
_UPDATING_MS = 500


def routes() -> list[web.RouteDef]:
    """The addresses of these resources."""
    applications = API + "/Accounts/{account}/Applications"
    return [
        web.get(_BASE, _list),
        web.get(_BASE + "/{sender}", _fetch),
        web.post(_BASE + "/{sender}", _update),
        web.post(applications + ".json", _make_application),
        web.get(applications + "/{application}.json", _fetch_application),
        web.post(applications + "/{application}.json", _update_application),
    ]


def as_json(sender: Sender) -> dict[str, Any]:
    """A sender as the API shows it."""
    return {
        "sid": sender.sid,
        "sender_id": PREFIX + sender.e164,
        "status": sender.status,
        "configuration": {"waba_id": "1", "voice_application_sid": sender.application_sid or None},
        "webhook": {"callback_url": sender.callback_url or None, "callback_method": sender.callback_method},
        "profile": {"name": "Marlow Outdoor"},
        "properties": {"quality_rating": sender.quality, "messaging_limit": sender.messaging_limit},
        "offline_reasons": [] if sender.status != "OFFLINE" else [{"code": "63020", "message": "Not registered"}],
        "url": f"https://{_HOST}{_BASE}/{sender.sid}",
    }


async def _list(request: web.Request) -> web.Response:
    json_wire.check_host(request, _HOST)
    params = wire.query_of(request, "Channel", "PageSize", "Page", "PageToken")
    if wire.one(params, "Channel") != "whatsapp":
        raise RestError(400, 20001, "Channel must be whatsapp")
    size, page = int(wire.one(params, "PageSize", "50")), int(wire.one(params, "Page", "0"))
    rows = [as_json(one) for one in request.app[CARRIER].whatsapp.senders.values()]
    shown, pages = rows[page * size : (page + 1) * size], math.ceil(len(rows) / size)

    def address(n: int) -> str:
        return f"https://{_HOST}{_BASE}?Channel=whatsapp&PageSize={size}&Page={n}"

    meta = {
        "page": page,
        "page_size": size,
        "first_page_url": address(0),
        "previous_page_url": address(page - 1) if page else None,
        "url": address(page),
        "next_page_url": address(page + 1) if page + 1 < pages else None,
        "key": "senders",
    }
    return web.json_response({"senders": shown, "meta": meta})


async def _fetch(request: web.Request) -> web.Response:
    json_wire.check_host(request, _HOST)
    return web.json_response(as_json(_found(request)))


async def _update(request: web.Request) -> web.Response:
    json_wire.check_host(request, _HOST)
    carrier, sender = request.app[CARRIER], _found(request)
    body = json_wire.body_of(request, "configuration", "webhook", "profile")
    configuration, webhook = body.get("configuration") or {}, body.get("webhook") or {}
    if unknown := set(configuration) - {"voice_application_sid", "waba_id"}:
        raise RestError(400, 20001, f"Unknown parameter: configuration.{min(unknown)}")
    if "voice_application_sid" in configuration:
        wanted = configuration["voice_application_sid"]
        if wanted is not None and wanted not in carrier.whatsapp.applications:
            raise RestError(404, 20404, f"There is no application {wanted}")
        sender.application_sid = wanted or ""
    if "callback_url" in webhook:
        if webhook["callback_url"] and not is_absolute_url(str(webhook["callback_url"])):
            raise RestError(400, 21205, "callback_url is not a valid URL")
        sender.callback_url = str(webhook["callback_url"] or "")
        sender.callback_method = str(webhook.get("callback_method") or "POST")
    sender.status = "ONLINE:UPDATING"
    carrier.spawn(_come_online(carrier, sender))
    return web.json_response(as_json(sender), status=202)


async def _come_online(carrier: Carrier, sender: Sender) -> None:
    await carrier.clock.sleep(_UPDATING_MS)
    if sender.status == "ONLINE:UPDATING":
        sender.status = "ONLINE"


def _found(request: web.Request) -> Sender:
    sender = request.app[CARRIER].whatsapp.senders.get(request.match_info["sender"])
    if sender is None:
        raise wire.not_found(request)
    return sender


# --- applications ---


def _application_json(carrier: Carrier, one: Application) -> dict[str, Any]:
    names = {"VoiceUrl": "voice_url", "VoiceMethod": "voice_method", "VoiceFallbackUrl": "voice_fallback_url",
             "VoiceFallbackMethod": "voice_fallback_method", "StatusCallback": "status_callback",
             "StatusCallbackMethod": "status_callback_method"}  # fmt: skip
    return {
        "sid": one.sid,
        "account_sid": carrier.account_sid,
        "friendly_name": one.friendly_name,
        **{key: one.settings.get(name) for name, key in names.items()},
        "api_version": "2010-04-01",
        "uri": f"{API}/Accounts/{carrier.account_sid}/Applications/{one.sid}.json",
    }


def _settings(request: web.Request) -> tuple[dict[str, str], str]:
    params = wire.form_of(request, "FriendlyName", *_URLS, *_METHODS)
    for name in _URLS:
        if (address := wire.one(params, name)) and not is_absolute_url(address):
            raise RestError(400, 21205, f"{name} is not a valid URL: {address}")
    for name in _METHODS:
        wire.choice(params, name, ("GET", "POST"), "POST")
    found = {name: wire.one(params, name) for name in params if name != "FriendlyName"}
    return found, wire.one(params, "FriendlyName")


async def _make_application(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    settings, name = _settings(request)
    made = Application(new_sid("AP"), name, settings)
    carrier.whatsapp.applications[made.sid] = made
    return web.json_response(_application_json(carrier, made), status=201)


def _application(request: web.Request) -> Application:
    found = request.app[CARRIER].whatsapp.applications.get(request.match_info["application"])
    if found is None:
        raise wire.not_found(request)
    return found


async def _fetch_application(request: web.Request) -> web.Response:
    return web.json_response(_application_json(request.app[CARRIER], _application(request)))


async def _update_application(request: web.Request) -> web.Response:
    application, (settings, name) = _application(request), _settings(request)
    application.settings |= settings
    application.friendly_name = name or application.friendly_name
    return web.json_response(_application_json(request.app[CARRIER], application))
