"""`/IncomingPhoneNumbers`: the account's numbers and where their calls are announced.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, RestError
from sandbox.carrier.state import Carrier, Number
from sandbox.carrier.twiml_schema import is_absolute_url


@dataclass(frozen=True, slots=True)
class _Setting:
    field: str
    is_url: bool = False
    is_method: bool = False


_SETTINGS = {
    "FriendlyName": _Setting("friendly_name"),
    "VoiceUrl": _Setting("voice_url", is_url=True),
    "VoiceMethod": _Setting("voice_method", is_method=True),
    "VoiceFallbackUrl": _Setting("voice_fallback_url", is_url=True),
    "VoiceFallbackMethod": _Setting("voice_fallback_method", is_method=True),
    "StatusCallback": _Setting("status_callback", is_url=True),
    "StatusCallbackMethod": _Setting("status_callback_method", is_method=True),
    "SmsUrl": _Setting("sms_url", is_url=True),
    "SmsMethod": _Setting("sms_method", is_method=True),
}
# Stored and shown, and without effect here: parameter -> key in the answer.
_OTHERS = {
    "VoiceApplicationSid": "voice_application_sid",
    "TrunkSid": "trunk_sid",
    "VoiceReceiveMode": "voice_receive_mode",
    "VoiceCallerIdLookup": "voice_caller_id_lookup",
    "AddressSid": "address_sid",
    "BundleSid": "bundle_sid",
    "IdentitySid": "identity_sid",
    "EmergencyStatus": "emergency_status",
    "EmergencyAddressSid": "emergency_address_sid",
    "SmsApplicationSid": "sms_application_sid",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
}


def routes() -> list[web.RouteDef]:
    """The addresses of this resource."""
    base = API + "/Accounts/{account}/IncomingPhoneNumbers"
    return [
        web.get(base + ".json", _list),
        web.get(base + "/{number}.json", _fetch),
        web.post(base + "/{number}.json", _update),
    ]


def as_json(carrier: Carrier, number: Number) -> dict[str, Any]:
    """A number as the API shows it."""
    return {
        "sid": number.sid,
        "account_sid": carrier.account_sid,
        "phone_number": number.e164,
        **{setting.field: getattr(number, setting.field) for setting in _SETTINGS.values()},
        **{key: number.other.get(name) for name, key in _OTHERS.items()},
        "voice_caller_id_lookup": number.other.get("VoiceCallerIdLookup") == "true",
        "api_version": "2010-04-01",
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "origin": "twilio",
        "status": "in-use",
        "address_requirements": "none",
        "date_created": wire.date_text(carrier, number.created_at_ms),
        "date_updated": wire.date_text(carrier, number.updated_at_ms),
        "uri": f"{API}/Accounts/{carrier.account_sid}/IncomingPhoneNumbers/{number.sid}.json",
    }


async def _list(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.query_of(request, "PhoneNumber", "FriendlyName", "Beta", "Origin", *PAGING)
    wanted, name = wire.one(params, "PhoneNumber"), wire.one(params, "FriendlyName")
    rows = [
        as_json(carrier, number)
        for number in carrier.numbers.values()
        if _matches(number.e164, wanted) and name in ("", number.friendly_name)
    ]
    return wire.page(request, params, name="incoming_phone_numbers", rows=rows)


def _matches(e164: str, pattern: str) -> bool:
    """A part of the number; `*` stands for any digit."""
    digits, wanted = e164.lstrip("+"), pattern.strip().lstrip("+")
    return any(
        all(mark in ("*", digit) for mark, digit in zip(wanted, digits[start:], strict=False))
        for start in range(len(digits) - len(wanted) + 1)
    )


def _find(request: web.Request) -> Number:
    number = request.app[CARRIER].numbers.get(request.match_info["number"])
    if number is None:
        raise wire.not_found(request)
    return number


async def _fetch(request: web.Request) -> web.Response:
    wire.query_of(request)
    return web.json_response(as_json(request.app[CARRIER], _find(request)))


async def _update(request: web.Request) -> web.Response:
    carrier, number = request.app[CARRIER], _find(request)
    params = wire.form_of(request, *_SETTINGS, *_OTHERS)
    for name in params.keys() & _SETTINGS.keys():
        setting, value = _SETTINGS[name], wire.one(params, name)
        if setting.is_url and value and not is_absolute_url(value):
            raise RestError(400, 21205, f"{name} is not a valid URL: {value}")
        if setting.is_method:
            wire.choice(params, name, ("GET", "POST"), "POST")
    for name in params:
        if name in _SETTINGS:
            setattr(number, _SETTINGS[name].field, wire.one(params, name))
        else:
            number.other[name] = wire.one(params, name)
    number.updated_at_ms = carrier.clock.now_ms()
    carrier.announce()
    return web.json_response(as_json(carrier, number))
