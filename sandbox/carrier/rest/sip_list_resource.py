"""`/SIP/CredentialLists` and `/SIP/IpAccessControlLists` with their lines.

https://www.twilio.com/docs/voice/sip/api/sip-credentiallist-resource, …/sip-ipaccesscontrollist-resource
"""

import ipaddress
import re
from typing import Any

from aiohttp import web

from sandbox.carrier.lines import Entry, SipList
from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, Params, RestError
from sandbox.carrier.state import Carrier, new_sid

_USERS, _NETWORKS = "CredentialLists", "IpAccessControlLists"
_LINES = {_USERS: ("Credentials", "CR"), _NETWORKS: ("IpAddresses", "IP")}


def routes() -> list[web.RouteDef]:
    """The addresses."""
    found = []
    for kind, (lines, _) in _LINES.items():
        base = API + "/Accounts/{account}/SIP/" + kind
        one = base + "/{list}"
        found += [
            web.get(base + ".json", _list),
            web.post(base + ".json", _create),
            web.get(one + ".json", _fetch),
            web.delete(one + ".json", _delete),
            web.get(f"{one}/{lines}.json", _entries),
            web.post(f"{one}/{lines}.json", _add),
            web.post(f"{one}/{lines}/{{entry}}.json", _change),
            web.delete(f"{one}/{lines}/{{entry}}.json", _drop),
        ]
    return found


def _kind(request: web.Request) -> str:
    return _USERS if f"/SIP/{_USERS}" in request.path else _NETWORKS


def _json(carrier: Carrier, one: SipList) -> dict[str, Any]:
    return {
        "sid": one.sid,
        "account_sid": carrier.account_sid,
        "friendly_name": one.friendly_name,
        "date_created": wire.date_text(carrier, one.at_ms),
        "date_updated": wire.date_text(carrier, one.at_ms),
        "subresource_uris": {},
        "uri": f"{API}/Accounts/{carrier.account_sid}/SIP/{_USERS if one.holds_users else _NETWORKS}/{one.sid}.json",
    }


async def _list(request: web.Request) -> web.Response:
    carrier, is_users = request.app[CARRIER], _kind(request) == _USERS
    rows = [_json(carrier, one) for one in carrier.lines.lists.values() if one.holds_users is is_users]
    name = "credential_lists" if is_users else "ip_access_control_lists"
    return wire.page(request, wire.query_of(request, *PAGING), name=name, rows=rows)


async def _create(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.form_of(request, "FriendlyName")
    wire.required(params, "FriendlyName")
    sid = new_sid("CL" if _kind(request) == _USERS else "AL")
    one = SipList(sid, wire.one(params, "FriendlyName"), carrier.clock.now_ms())
    carrier.lines.lists[sid] = one
    return web.json_response(_json(carrier, one), status=201)


def _find(request: web.Request) -> SipList:
    one = request.app[CARRIER].lines.lists.get(request.match_info["list"])
    if one is None or one.holds_users is not (_kind(request) == _USERS):
        raise wire.not_found(request)
    return one


async def _fetch(request: web.Request) -> web.Response:
    return web.json_response(_json(request.app[CARRIER], _find(request)))


async def _delete(request: web.Request) -> web.Response:
    lines, one = request.app[CARRIER].lines, _find(request)
    in_use = [trunk.lists for trunk in lines.trunks.values()] + [domain.lists for domain in lines.domains.values()]
    if any(one.sid in sids for sids in in_use):
        raise RestError(400, 21240, f"{one.sid} is in use")
    del lines.lists[one.sid]
    return web.Response(status=204)


def _entry_json(carrier: Carrier, one: SipList, entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "sid": entry.sid,
        "account_sid": carrier.account_sid,
        "date_created": wire.date_text(carrier, entry.at_ms),
        "date_updated": wire.date_text(carrier, entry.at_ms),
    }
    if one.holds_users:
        return shown | {"credential_list_sid": one.sid, "username": entry.username}
    network = {"ip_address": entry.ip_address, "cidr_prefix_length": entry.cidr_prefix_length}
    return shown | {"ip_access_control_list_sid": one.sid, "friendly_name": entry.friendly_name} | network


async def _entries(request: web.Request) -> web.Response:
    carrier, one = request.app[CARRIER], _find(request)
    rows = [_entry_json(carrier, one, entry) for entry in one.entries.values()]
    name = "credentials" if one.holds_users else "ip_addresses"
    return wire.page(request, wire.query_of(request, *PAGING), name=name, rows=rows)


async def _add(request: web.Request) -> web.Response:
    carrier, one = request.app[CARRIER], _find(request)
    entry = Entry(new_sid("CR" if one.holds_users else "IP"), carrier.clock.now_ms())
    if one.holds_users:
        params = wire.form_of(request, "Username", "Password")
        wire.required(params, "Username", "Password")
        entry.username = wire.one(params, "Username")
        if len(entry.username) > 32 or entry.username in {other.username for other in one.entries.values()}:
            raise RestError(400, 20001, "Username is too long, or on the list already")
        entry.password = _password(params)
    else:
        params = wire.form_of(request, "FriendlyName", "IpAddress", "CidrPrefixLength")
        wire.required(params, "FriendlyName", "IpAddress")
        entry.friendly_name = wire.one(params, "FriendlyName")
        entry.ip_address = _address(params)
        entry.cidr_prefix_length = wire.whole(params, "CidrPrefixLength", 1, 32, "32")
    one.entries[entry.sid] = entry
    return web.json_response(_entry_json(carrier, one, entry), status=201)


def _password(params: Params) -> str:
    password = wire.one(params, "Password")
    if len(password) < 12 or not all(re.search(kind, password) for kind in ("[a-z]", "[A-Z]", "[0-9]")):
        raise RestError(400, 20001, "Password needs 12 characters with small and capital letters and digits")
    return password


def _address(params: Params) -> str:
    address = wire.one(params, "IpAddress")
    try:
        return str(ipaddress.IPv4Address(address))
    except ValueError as wrong:
        raise RestError(400, 20001, f"IpAddress is no IPv4 address: {address!r}") from wrong


async def _change(request: web.Request) -> web.Response:
    carrier, one = request.app[CARRIER], _find(request)
    entry = one.entries.get(request.match_info["entry"])
    if entry is None or not one.holds_users:
        raise wire.not_found(request)
    params = wire.form_of(request, "Password")
    wire.required(params, "Password")
    entry.password = _password(params)
    return web.json_response(_entry_json(carrier, one, entry))


async def _drop(request: web.Request) -> web.Response:
    one = _find(request)
    if one.entries.pop(request.match_info["entry"], None) is None:
        raise wire.not_found(request)
    return web.Response(status=204)
