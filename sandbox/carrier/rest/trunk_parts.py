"""`/Trunks/{TK}/OriginationUrls`, `/CredentialLists` and `/IpAccessControlLists`.

https://www.twilio.com/docs/sip-trunking/api/originationurl-resource
"""

import re
from typing import Any

from aiohttp import web

from sandbox.carrier.lines import OriginationUrl, SipList, Trunk
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.trunk_resource import BASE, ONE, find
from sandbox.carrier.rest.wire import CARRIER, PAGING, Params, RestError
from sandbox.carrier.state import Carrier, new_sid

_KNOWN = ("FriendlyName", "SipUrl", "Priority", "Weight", "Enabled")
_MOST = 10
_SIP = re.compile(r"sip:[^\s<>\"]{1,250}")
_KINDS = {
    "CredentialLists": ("CredentialListSid", "CL", "credential_lists"),
    "IpAccessControlLists": ("IpAccessControlListSid", "AL", "ip_access_control_lists"),
}


def routes() -> list[web.RouteDef]:
    """The addresses."""
    urls = ONE + "/OriginationUrls"
    lists = ONE + "/{kind:CredentialLists|IpAccessControlLists}"
    return [
        web.get(urls, _urls),
        web.post(urls, _add_url),
        web.get(urls + "/{url}", _fetch_url),
        web.post(urls + "/{url}", _change_url),
        web.delete(urls + "/{url}", _drop_url),
        web.get(lists, _lists),
        web.post(lists, _let_in),
        web.delete(lists + "/{list}", _shut_out),
    ]


def _url_json(carrier: Carrier, trunk: Trunk, url: OriginationUrl) -> dict[str, Any]:
    return {
        "sid": url.sid,
        "account_sid": carrier.account_sid,
        "trunk_sid": trunk.sid,
        "friendly_name": url.friendly_name,
        "sip_url": url.sip_url,
        "priority": url.priority,
        "weight": url.weight,
        "enabled": url.enabled,
        "date_created": wire.iso_text(carrier, url.at_ms),
        "date_updated": wire.iso_text(carrier, url.at_ms),
        "url": f"https://trunking.twilio.com{BASE}/{trunk.sid}/OriginationUrls/{url.sid}",
    }


async def _urls(request: web.Request) -> web.Response:
    carrier, trunk = request.app[CARRIER], find(request)
    rows = [_url_json(carrier, trunk, url) for url in trunk.urls.values()]
    return wire.page_v1(request, wire.query_of(request, *PAGING), name="origination_urls", rows=rows)


async def _add_url(request: web.Request) -> web.Response:
    carrier, trunk = request.app[CARRIER], find(request)
    params = wire.form_of(request, *_KNOWN)
    wire.required(params, *_KNOWN)
    if len(trunk.urls) >= _MOST:
        raise RestError(400, 20001, f"A trunk has at most {_MOST} origination URLs")
    url = OriginationUrl(new_sid("OU"), "", 0, 1, enabled=True, friendly_name="", at_ms=carrier.clock.now_ms())
    _set(url, params)
    trunk.urls[url.sid] = url
    return web.json_response(_url_json(carrier, trunk, url), status=201)


def _set(url: OriginationUrl, params: Params) -> None:
    sip_url = wire.one(params, "SipUrl", url.sip_url)
    if not _SIP.fullmatch(sip_url):
        raise RestError(400, 20001, f"SipUrl must be a sip: address: {sip_url!r}")
    priority = wire.whole(params, "Priority", 0, 65535, str(url.priority))
    weight = wire.whole(params, "Weight", 1, 65535, str(url.weight))
    enabled = wire.boolean(params, "Enabled", "true" if url.enabled else "false")
    url.sip_url, url.priority, url.weight, url.enabled = sip_url, priority, weight, enabled
    url.friendly_name = wire.one(params, "FriendlyName", url.friendly_name)


def _find_url(request: web.Request) -> tuple[Trunk, OriginationUrl]:
    trunk = find(request)
    url = trunk.urls.get(request.match_info["url"])
    if url is None:
        raise wire.not_found(request)
    return trunk, url


async def _fetch_url(request: web.Request) -> web.Response:
    return web.json_response(_url_json(request.app[CARRIER], *_find_url(request)))


async def _change_url(request: web.Request) -> web.Response:
    trunk, url = _find_url(request)
    _set(url, wire.form_of(request, *_KNOWN))
    return web.json_response(_url_json(request.app[CARRIER], trunk, url))


async def _drop_url(request: web.Request) -> web.Response:
    trunk, url = _find_url(request)
    del trunk.urls[url.sid]
    return web.Response(status=204)


def _list_json(carrier: Carrier, trunk: Trunk, one: SipList, kind: str) -> dict[str, Any]:
    return {
        "sid": one.sid,
        "account_sid": carrier.account_sid,
        "trunk_sid": trunk.sid,
        "friendly_name": one.friendly_name,
        "date_created": wire.iso_text(carrier, one.at_ms),
        "date_updated": wire.iso_text(carrier, one.at_ms),
        "url": f"https://trunking.twilio.com{BASE}/{trunk.sid}/{kind}/{one.sid}",
    }


async def _lists(request: web.Request) -> web.Response:
    carrier, trunk, kind = request.app[CARRIER], find(request), request.match_info["kind"]
    _, prefix, name = _KINDS[kind]
    mine = [carrier.lines.lists[sid] for sid in trunk.lists if sid.startswith(prefix)]
    rows = [_list_json(carrier, trunk, one, kind) for one in mine]
    return wire.page_v1(request, wire.query_of(request, *PAGING), name=name, rows=rows)


async def _let_in(request: web.Request) -> web.Response:
    carrier, trunk, kind = request.app[CARRIER], find(request), request.match_info["kind"]
    parameter, prefix, _ = _KINDS[kind]
    params = wire.form_of(request, parameter)
    wire.required(params, parameter)
    sid = wire.one(params, parameter)
    one = carrier.lines.lists.get(sid)
    if one is None or not sid.startswith(prefix):
        raise wire.not_found(request)
    if sid in trunk.lists:
        raise RestError(400, 20001, f"{sid} is on this trunk already")
    trunk.lists.append(sid)
    return web.json_response(_list_json(carrier, trunk, one, kind), status=201)


async def _shut_out(request: web.Request) -> web.Response:
    trunk = find(request)
    if request.match_info["list"] not in trunk.lists:
        raise wire.not_found(request)
    trunk.lists.remove(request.match_info["list"])
    return web.Response(status=204)
