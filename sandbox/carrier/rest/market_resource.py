"""`/AvailablePhoneNumbers`: numbers for sale; and what they cost, at the pricing API.

https://www.twilio.com/docs/phone-numbers/api/availablephonenumber-resource, https://www.twilio.com/docs/phone-numbers/pricing
"""

import re
from typing import Any

from aiohttp import web

from sandbox.carrier import market
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, V1, RestError

_FLAGS = ("SmsEnabled", "MmsEnabled", "VoiceEnabled", "FaxEnabled", "Beta", "ExcludeAllAddressRequired",
          "ExcludeLocalAddressRequired", "ExcludeForeignAddressRequired")  # fmt: skip
_PLACES = ("NearNumber", "NearLatLong", "Distance", "InPostalCode", "InRegion", "InRateCenter", "InLata", "InLocality")
_CONTAINS = re.compile(r"[0-9A-Za-z*+]{2,16}")


def routes() -> list[web.RouteDef]:
    """The addresses."""
    base = API + "/Accounts/{account}/AvailablePhoneNumbers/{country}/"
    kinds = [web.get(base + kind + ".json", _list) for kind in ("Local", "TollFree", "Mobile")]
    return [*kinds, web.get(V1 + "/PhoneNumbers/Countries/{country}", _prices)]


async def _list(request: web.Request) -> web.Response:
    carrier, country = request.app[CARRIER], request.match_info["country"]
    kind = request.path.rpartition("/")[2].removesuffix(".json")
    params = wire.query_of(request, "AreaCode", "Contains", *_FLAGS, *_PLACES, *PAGING)
    if kind not in market.kinds_of(country):
        raise wire.not_found(request)
    area_code, contains = wire.one(params, "AreaCode"), wire.one(params, "Contains")
    if area_code and (country not in ("US", "CA") or not re.fullmatch(r"\d{3}", area_code)):
        raise RestError(400, 21451, f"The area code {area_code} is not valid")
    if contains and not _CONTAINS.fullmatch(contains):
        raise RestError(400, 21421, f"Contains must have 2 to 16 characters: {contains!r}")
    wanted = {flag: wire.boolean(params, flag) for flag in _FLAGS if flag in params}
    found = market.listings(carrier, country=country, kind=kind, area_code=area_code, contains=contains)
    rows = [_row(one) for one in found if one.mms or not wanted.get("MmsEnabled")]
    size = int(wire.one(params, "PageSize", "30"))
    return web.json_response({"available_phone_numbers": rows[:size], "uri": request.path})


def _row(one: market.Listing) -> dict[str, Any]:
    return {
        "friendly_name": one.e164,
        "phone_number": one.e164,
        "lata": None,
        "locality": one.locality or None,
        "rate_center": None,
        "latitude": None,
        "longitude": None,
        "region": one.region or None,
        "postal_code": None,
        "iso_country": one.country,
        "address_requirements": "none",
        "beta": False,
        "capabilities": {"voice": True, "SMS": True, "MMS": one.mms, "fax": False},
    }


async def _prices(request: web.Request) -> web.Response:
    wire.check_host(request, "pricing")
    wire.query_of(request)
    country = request.match_info["country"]
    prices = market.PRICES.get(country)
    if prices is None:
        raise wire.not_found(request)
    rows = [{"number_type": kind, "base_price": cost, "current_price": cost} for kind, cost in prices.items()]
    return web.json_response(
        {
            "country": country,
            "iso_country": country,
            "phone_number_prices": rows,
            "price_unit": "usd",
            "url": f"https://pricing.twilio.com{request.path}",
        }
    )
