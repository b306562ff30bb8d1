"""`/IncomingPhoneNumbers`: the account's numbers, bought and given back, and where their calls are announced.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.carrier import market
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, Params, RestError
from sandbox.carrier.state import Carrier, Number, new_sid
from sandbox.carrier.twiml_schema import E164, is_absolute_url


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
        web.post(base + ".json", _create),
        web.get(base + "/{number}.json", _fetch),
        web.post(base + "/{number}.json", _update),
        web.delete(base + "/{number}.json", _delete),
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
    _check(carrier, params)
    _set(carrier, number, params)
    return web.json_response(as_json(carrier, number))


async def _create(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.form_of(request, "PhoneNumber", "AreaCode", *_SETTINGS, *_OTHERS)
    e164, area_code = wire.one(params, "PhoneNumber"), wire.one(params, "AreaCode")
    if bool(e164) == bool(area_code):
        raise RestError(400, 20001, "Exactly one of PhoneNumber and AreaCode is required")
    _check(carrier, params)
    if area_code:
        found = market.listings(carrier, country="US", kind="Local", area_code=area_code)
        if not found:
            raise RestError(400, 21452, f"No phone numbers found in area code {area_code}")
        e164 = found[0].e164
    if not E164.fullmatch(e164):
        raise RestError(400, 21421, f"{e164} is not a valid phone number")
    if not market.is_for_sale(carrier, e164):
        raise RestError(400, 21422, f"{e164} is not available")
    now_ms = carrier.clock.now_ms()
    number = Number(sid=new_sid("PN"), e164=e164, created_at_ms=now_ms, updated_at_ms=now_ms, friendly_name=e164)
    carrier.numbers[number.sid] = number
    _set(carrier, number, {name: values for name, values in params.items() if name not in ("PhoneNumber", "AreaCode")})
    return web.json_response(as_json(carrier, number), status=201)


async def _delete(request: web.Request) -> web.Response:
    carrier, number = request.app[CARRIER], _find(request)
    del carrier.numbers[number.sid]
    carrier.announce()
    return web.Response(status=204)


def _check(carrier: Carrier, params: Params) -> None:
    for name in params.keys() & _SETTINGS.keys():
        setting, value = _SETTINGS[name], wire.one(params, name)
        if setting.is_url and value and not is_absolute_url(value):
            raise RestError(400, 21205, f"{name} is not a valid URL: {value}")
        if setting.is_method:
            wire.choice(params, name, ("GET", "POST"), "POST")
    trunk_sid = wire.one(params, "TrunkSid")
    if trunk_sid and carrier.lines.trunk_of(trunk_sid) is None:
        raise RestError(400, 20001, f"There is no trunk {trunk_sid}")


def _set(carrier: Carrier, number: Number, params: Params) -> None:
    for name in params:
        if name in _SETTINGS:
            setattr(number, _SETTINGS[name].field, wire.one(params, name))
        else:
            number.other[name] = wire.one(params, name)
    number.updated_at_ms = carrier.clock.now_ms()
    carrier.announce()
