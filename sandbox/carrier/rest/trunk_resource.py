"""`trunking.twilio.com/v1/Trunks`: trunks, their recording and their numbers.

https://www.twilio.com/docs/sip-trunking/api/trunk-resource
"""

import re
from typing import Any

from aiohttp import web

from sandbox.carrier.lines import Trunk
from sandbox.carrier.rest import number_resource, wire
from sandbox.carrier.rest.wire import CARRIER, PAGING, V1, Params, RestError
from sandbox.carrier.state import Carrier, new_sid
from sandbox.carrier.twiml_schema import is_absolute_url

BASE = V1 + "/Trunks"
ONE = BASE + "/{trunk}"
_KNOWN = ("FriendlyName", "DomainName", "DisasterRecoveryUrl", "DisasterRecoveryMethod", "TransferMode",
          "TransferCallerId", "Secure", "CnamLookupEnabled")  # fmt: skip
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\.pstn\.twilio\.com", re.IGNORECASE)
_TRANSFERS = ("disable-all", "enable-all", "sip-only")
_TRANSFER_CALLERS = ("from-transferee", "from-transferor")
_MODES = ("do-not-record", "record-from-ringing", "record-from-answer", "record-from-ringing-dual",
          "record-from-answer-dual")  # fmt: skip
_TRIMS = ("trim-silence", "do-not-trim")


def routes() -> list[web.RouteDef]:
    """The addresses."""
    return [
        web.get(BASE, _list),
        web.post(BASE, _create),
        web.get(ONE, _fetch),
        web.post(ONE, _update),
        web.delete(ONE, _delete),
        web.get(ONE + "/Recording", _recording),
        web.post(ONE + "/Recording", _record),
        web.get(ONE + "/PhoneNumbers", _numbers),
        web.post(ONE + "/PhoneNumbers", _add_number),
        web.delete(ONE + "/PhoneNumbers/{number}", _drop_number),
    ]


def find(request: web.Request) -> Trunk:
    """The trunk in the address. Raises 20404."""
    wire.check_host(request, "trunking")
    trunk = request.app[CARRIER].lines.trunks.get(request.match_info["trunk"])
    if trunk is None:
        raise wire.not_found(request)
    return trunk


def as_json(carrier: Carrier, trunk: Trunk) -> dict[str, Any]:
    """A trunk as the API shows it."""
    kinds = {"CL": "CREDENTIAL_LIST", "AL": "IP_ACL"}
    return {
        "sid": trunk.sid,
        "account_sid": carrier.account_sid,
        "friendly_name": trunk.friendly_name or None,
        "domain_name": trunk.domain_name or None,
        "disaster_recovery_url": trunk.disaster_recovery_url or None,
        "disaster_recovery_method": trunk.disaster_recovery_method,
        "transfer_mode": trunk.transfer_mode,
        "transfer_caller_id": trunk.transfer_caller_id,
        "secure": trunk.secure,
        "cnam_lookup_enabled": trunk.cnam_lookup_enabled,
        "symmetric_rtp_enabled": False,
        "recording": {"mode": trunk.recording_mode, "trim": trunk.recording_trim},
        "auth_type": "",
        "auth_type_set": sorted({kinds[sid[:2]] for sid in trunk.lists}),
        "date_created": wire.iso_text(carrier, trunk.at_ms),
        "date_updated": wire.iso_text(carrier, trunk.at_ms),
        "url": f"https://trunking.twilio.com{BASE}/{trunk.sid}",
        "links": {},
    }


async def _list(request: web.Request) -> web.Response:
    wire.check_host(request, "trunking")
    carrier = request.app[CARRIER]
    rows = [as_json(carrier, trunk) for trunk in carrier.lines.trunks.values()]
    return wire.page_v1(request, wire.query_of(request, *PAGING), name="trunks", rows=rows)


async def _create(request: web.Request) -> web.Response:
    wire.check_host(request, "trunking")
    carrier = request.app[CARRIER]
    params = wire.form_of(request, *_KNOWN)
    trunk = Trunk(sid=new_sid("TK"), at_ms=carrier.clock.now_ms())
    _set(carrier, trunk, params)
    carrier.lines.trunks[trunk.sid] = trunk
    return web.json_response(as_json(carrier, trunk), status=201)


async def _fetch(request: web.Request) -> web.Response:
    return web.json_response(as_json(request.app[CARRIER], find(request)))


async def _update(request: web.Request) -> web.Response:
    trunk = find(request)
    _set(request.app[CARRIER], trunk, wire.form_of(request, *_KNOWN))
    return web.json_response(as_json(request.app[CARRIER], trunk))


def _set(carrier: Carrier, trunk: Trunk, params: Params) -> None:
    """Everything is looked at before anything is set."""
    name, domain = wire.one(params, "FriendlyName"), wire.one(params, "DomainName")
    url = wire.one(params, "DisasterRecoveryUrl")
    if len(name) > 64:
        raise RestError(400, 20001, "FriendlyName has at most 64 characters")
    if "DomainName" in params and not _DOMAIN.fullmatch(domain):
        raise RestError(400, 21245, f"Invalid domain name: {domain!r}")
    others = (other for other in carrier.lines.trunks.values() if other is not trunk)
    if domain and domain.lower() in {other.domain_name.lower() for other in others}:
        raise RestError(400, 21248, f"Domain name {domain} is already taken")
    if url and not is_absolute_url(url):
        raise RestError(400, 21205, f"DisasterRecoveryUrl is not a valid URL: {url}")
    found = {
        "FriendlyName": ("friendly_name", name),
        "DomainName": ("domain_name", domain),
        "DisasterRecoveryUrl": ("disaster_recovery_url", url),
        "DisasterRecoveryMethod": (
            "disaster_recovery_method",
            wire.choice(params, "DisasterRecoveryMethod", ("GET", "POST"), "POST"),
        ),
        "TransferMode": ("transfer_mode", wire.choice(params, "TransferMode", _TRANSFERS, _TRANSFERS[0])),
        "TransferCallerId": (
            "transfer_caller_id",
            wire.choice(params, "TransferCallerId", _TRANSFER_CALLERS, _TRANSFER_CALLERS[0]),
        ),
        "Secure": ("secure", wire.boolean(params, "Secure")),
        "CnamLookupEnabled": ("cnam_lookup_enabled", wire.boolean(params, "CnamLookupEnabled")),
    }
    for given, (field, value) in found.items():
        if given in params:
            setattr(trunk, field, value)


async def _delete(request: web.Request) -> web.Response:
    carrier, trunk = request.app[CARRIER], find(request)
    del carrier.lines.trunks[trunk.sid]
    for number in carrier.numbers.values():
        if number.other.get("TrunkSid") == trunk.sid:
            del number.other["TrunkSid"]
    return web.Response(status=204)


async def _recording(request: web.Request) -> web.Response:
    trunk = find(request)
    return web.json_response({"mode": trunk.recording_mode, "trim": trunk.recording_trim})


async def _record(request: web.Request) -> web.Response:
    trunk = find(request)
    params = wire.form_of(request, "Mode", "Trim")
    mode = wire.choice(params, "Mode", _MODES, trunk.recording_mode)
    trim = wire.choice(params, "Trim", _TRIMS, trunk.recording_trim)
    trunk.recording_mode, trunk.recording_trim = mode, trim
    return web.json_response({"mode": mode, "trim": trim})


async def _numbers(request: web.Request) -> web.Response:
    carrier, trunk = request.app[CARRIER], find(request)
    mine = [number for number in carrier.numbers.values() if number.other.get("TrunkSid") == trunk.sid]
    rows = [number_resource.as_json(carrier, number) for number in mine]
    return wire.page_v1(request, wire.query_of(request, *PAGING), name="phone_numbers", rows=rows)


async def _add_number(request: web.Request) -> web.Response:
    carrier, trunk = request.app[CARRIER], find(request)
    params = wire.form_of(request, "PhoneNumberSid")
    wire.required(params, "PhoneNumberSid")
    number = carrier.numbers.get(wire.one(params, "PhoneNumberSid"))
    if number is None:
        raise wire.not_found(request)
    if number.other.get("TrunkSid"):
        raise RestError(400, 20001, "This number is on a trunk already")
    number.other["TrunkSid"] = trunk.sid
    return web.json_response(number_resource.as_json(carrier, number), status=201)


async def _drop_number(request: web.Request) -> web.Response:
    carrier, trunk = request.app[CARRIER], find(request)
    number = carrier.numbers.get(request.match_info["number"])
    if number is None or number.other.get("TrunkSid") != trunk.sid:
        raise wire.not_found(request)
    del number.other["TrunkSid"]
    return web.Response(status=204)
