"""`/SIP/Domains` and who may call in there.

https://www.twilio.com/docs/voice/sip/api/sip-domain-resource
"""

import re
from typing import Any

from aiohttp import web

from sandbox.carrier.lines import SipDomain
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, Params, RestError
from sandbox.carrier.state import Carrier, new_sid
from sandbox.carrier.twiml_schema import is_absolute_url

_URLS = ("VoiceUrl", "VoiceFallbackUrl", "VoiceStatusCallbackUrl")
_METHODS = ("VoiceMethod", "VoiceFallbackMethod", "VoiceStatusCallbackMethod")
_KNOWN = ("DomainName", "FriendlyName", "SipRegistration", "Secure", "ByocTrunkSid", *_URLS, *_METHODS)
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\.sip\.twilio\.com", re.IGNORECASE)
_KINDS = {
    "CredentialListMappings": ("CredentialListSid", "CL"),
    "IpAccessControlListMappings": ("IpAccessControlListSid", "AL"),
}


def routes() -> list[web.RouteDef]:
    """The addresses."""
    base = API + "/Accounts/{account}/SIP/Domains"
    one = base + "/{domain}"
    mapped = one + "/Auth/Calls/{kind:CredentialListMappings|IpAccessControlListMappings}"
    return [
        web.get(base + ".json", _list),
        web.post(base + ".json", _create),
        web.get(one + ".json", _fetch),
        web.post(one + ".json", _update),
        web.delete(one + ".json", _delete),
        web.get(mapped + ".json", _mappings),
        web.post(mapped + ".json", _let_in),
        web.delete(mapped + "/{list}.json", _shut_out),
    ]


def _json(carrier: Carrier, domain: SipDomain) -> dict[str, Any]:
    given = domain.settings
    return {
        "sid": domain.sid,
        "account_sid": carrier.account_sid,
        "domain_name": domain.domain_name,
        "friendly_name": given.get("FriendlyName", domain.domain_name),
        "voice_url": given.get("VoiceUrl"),
        "voice_method": given.get("VoiceMethod", "POST"),
        "voice_fallback_url": given.get("VoiceFallbackUrl"),
        "voice_fallback_method": given.get("VoiceFallbackMethod", "POST"),
        "voice_status_callback_url": given.get("VoiceStatusCallbackUrl"),
        "voice_status_callback_method": given.get("VoiceStatusCallbackMethod", "POST"),
        "sip_registration": given.get("SipRegistration") == "true",
        "secure": given.get("Secure") == "true",
        "auth_type": "",
        "api_version": "2010-04-01",
        "date_created": wire.date_text(carrier, domain.at_ms),
        "date_updated": wire.date_text(carrier, domain.at_ms),
        "uri": f"{API}/Accounts/{carrier.account_sid}/SIP/Domains/{domain.sid}.json",
        "subresource_uris": {},
    }


async def _list(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    rows = [_json(carrier, domain) for domain in carrier.lines.domains.values()]
    return wire.page(request, wire.query_of(request, *PAGING), name="domains", rows=rows)


async def _create(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.form_of(request, *_KNOWN)
    wire.required(params, "DomainName")
    name = wire.one(params, "DomainName").lower()
    if not _DOMAIN.fullmatch(name):
        raise RestError(400, 21245, f"Invalid domain name: {name!r}")
    if name in {domain.domain_name for domain in carrier.lines.domains.values()}:
        raise RestError(400, 21248, f"Domain name {name} is already taken")
    settings = _settings(params)
    domain = SipDomain(new_sid("SD"), name, carrier.clock.now_ms(), settings)
    carrier.lines.domains[domain.sid] = domain
    return web.json_response(_json(carrier, domain), status=201)


def _settings(params: Params) -> dict[str, str]:
    for name in _URLS:
        url = wire.one(params, name)
        if url and not is_absolute_url(url):
            raise RestError(400, 21205, f"{name} is not a valid URL: {url}")
    for name in _METHODS:
        wire.choice(params, name, ("GET", "POST"), "POST")
    for name in ("SipRegistration", "Secure"):
        wire.boolean(params, name)
    return {name: wire.one(params, name) for name in params if name != "DomainName"}


def _find(request: web.Request) -> SipDomain:
    domain = request.app[CARRIER].lines.domains.get(request.match_info["domain"])
    if domain is None:
        raise wire.not_found(request)
    return domain


async def _fetch(request: web.Request) -> web.Response:
    return web.json_response(_json(request.app[CARRIER], _find(request)))


async def _update(request: web.Request) -> web.Response:
    domain = _find(request)
    domain.settings |= _settings(wire.form_of(request, *(name for name in _KNOWN if name != "DomainName")))
    return web.json_response(_json(request.app[CARRIER], domain))


async def _delete(request: web.Request) -> web.Response:
    del request.app[CARRIER].lines.domains[_find(request).sid]
    return web.Response(status=204)


async def _mappings(request: web.Request) -> web.Response:
    carrier, domain = request.app[CARRIER], _find(request)
    _, prefix = _KINDS[request.match_info["kind"]]
    rows = [_mapping(carrier, sid) for sid in domain.lists if sid.startswith(prefix)]
    return wire.page(request, wire.query_of(request, *PAGING), name="contents", rows=rows)


def _mapping(carrier: Carrier, sid: str) -> dict[str, Any]:
    one = carrier.lines.lists[sid]
    return {
        "sid": sid,
        "account_sid": carrier.account_sid,
        "friendly_name": one.friendly_name,
        "date_created": wire.date_text(carrier, one.at_ms),
        "date_updated": wire.date_text(carrier, one.at_ms),
    }


async def _let_in(request: web.Request) -> web.Response:
    carrier, domain = request.app[CARRIER], _find(request)
    parameter, prefix = _KINDS[request.match_info["kind"]]
    params = wire.form_of(request, parameter)
    wire.required(params, parameter)
    sid = wire.one(params, parameter)
    if sid not in carrier.lines.lists or not sid.startswith(prefix):
        raise wire.not_found(request)
    if sid in domain.lists:
        raise RestError(400, 20001, f"{sid} is mapped already")
    domain.lists.append(sid)
    return web.json_response(_mapping(carrier, sid), status=201)


async def _shut_out(request: web.Request) -> web.Response:
    domain = _find(request)
    if request.match_info["list"] not in domain.lists:
        raise wire.not_found(request)
    domain.lists.remove(request.match_info["list"])
    return web.Response(status=204)
