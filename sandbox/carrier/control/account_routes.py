"""The account as its owner sets it in the console: `/_sandbox/account`."""

import dataclasses
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.carrier import debugger
from sandbox.carrier.account_book import AccountBook, CountryPermissions, MessagingService
from sandbox.carrier.control.wire import PREFIX, Refused, number_of, read, text_of
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.values import new_sid

_WORDS = ("status", "kind", "balance", "currency", "debugger_url")
_CHOICES = {"status": ("active", "suspended", "closed"), "kind": ("Full", "Trial")}
_OTHERS = ("is_media_protected", "clock_ahead_s", "countries", "regions", "services", "workflows")


def routes() -> list[web.RouteDef]:
    """The addresses."""
    return [
        web.get(PREFIX + "/account", _show),
        web.post(PREFIX + "/account", _set),
        web.delete(PREFIX + "/account", _reset),
        web.post(PREFIX + "/alerts", _alert),
    ]


async def _show(request: web.Request) -> web.Response:
    return web.json_response(dataclasses.asdict(request.app[CARRIER].account))


async def _reset(request: web.Request) -> web.Response:
    request.app[CARRIER].account = AccountBook()
    return web.Response(status=204)


async def _set(request: web.Request) -> web.Response:
    """What the body names; the rest stays."""
    book, body = request.app[CARRIER].account, await read(request, *_WORDS, *_OTHERS)
    set_: dict[str, Any] = {name: text_of(body, name) for name in _WORDS if name in body}
    for name, allowed in _CHOICES.items():
        if set_.get(name, allowed[0]) not in allowed:
            raise Refused(400, f"{name} must be one of {', '.join(allowed)}")
    if "is_media_protected" in body:
        set_["is_media_protected"] = body["is_media_protected"] is True
    if "clock_ahead_s" in body:
        set_["clock_ahead_s"] = number_of(body, "clock_ahead_s", 0.0)
    for name in ("countries", "regions", "services", "workflows"):
        if name in body:
            try:
                set_[name] = _SHAPES[name](book, body[name])
            except (TypeError, ValueError, AttributeError, KeyError) as wrong:
                raise Refused(400, f"{name} is not of the shape it has: {wrong!r}") from wrong
    for name, value in set_.items():
        setattr(book, name, value)
    return web.json_response(dataclasses.asdict(book))


def _countries(book: AccountBook, wanted: dict[str, bool]) -> dict[str, CountryPermissions]:
    """Two letters -> whether ordinary numbers may be dialled."""
    changed = dict(book.countries)
    for iso, is_open in wanted.items():
        known = changed.get(iso, CountryPermissions())
        changed[iso] = dataclasses.replace(known, low_risk_numbers_enabled=is_open is True)
    return changed


def _regions(_: AccountBook, wanted: dict[str, str]) -> dict[str, str]:
    return {str(e164): str(region) for e164, region in wanted.items()}


def _services(_: AccountBook, wanted: list[dict[str, Any]]) -> dict[str, MessagingService]:
    made = [MessagingService(sid=new_sid("MG"), **one) for one in wanted]
    return {service.sid: service for service in made}


def _workflows(_: AccountBook, wanted: list[str]) -> dict[str, str]:
    return {str(sid): "WS" + "0" * 32 for sid in wanted}


_SHAPES: dict[str, Callable[[AccountBook, Any], Any]] = {
    "countries": _countries,
    "regions": _regions,
    "services": _services,
    "workflows": _workflows,
}


async def _alert(request: web.Request) -> web.Response:
    """An error that the carrier has met."""
    body = await read(request, "code", "level", "text", "resource_sid")
    level = text_of(body, "level", "error")
    if level not in ("error", "warning"):
        raise Refused(400, "level must be error or warning")
    alert = debugger.note(
        request.app[CARRIER],
        code=int(number_of(body, "code", 0)),
        level=level,
        text=text_of(body, "text", ""),
        resource_sid=text_of(body, "resource_sid", ""),
    )
    return web.json_response({"sid": alert.sid}, status=201)
