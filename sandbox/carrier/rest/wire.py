"""What all REST resources share: who may ask, which parameters exist, errors as JSON, dates, and lists in pages.

https://www.twilio.com/docs/usage/requests-to-twilio and `…/usage/twilios-response`. Unlike the real API, which ignores
them, unknown parameters are refused (20001), so that a misspelt one shows.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from sandbox.carrier.callbacks import rfc2822
from sandbox.carrier.faults import RestAnswer, RestDelay
from sandbox.carrier.state import Carrier

API = "/2010-04-01"
V1 = "/v1"
CARRIER = web.AppKey("carrier", Carrier)
_LONGEST_PAGE = 1000
_HANGING_MS = 120_000

Params = dict[str, list[str]]
_FORM = web.RequestKey("form", Params)
BODY = web.RequestKey("body", object)  # what came as JSON
_APIS = (API + "/", "/v1/", "/v2/")
Resource = Callable[[Carrier, web.Request], Awaitable[web.StreamResponse]]


class RestError(Exception):
    """An error answer: HTTP status, the carrier's code, a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    def response(self) -> web.Response:
        """The JSON body that goes with it."""
        body = {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else None
        return web.json_response(body, status=self.status, headers=headers)


def not_found(request: web.Request) -> RestError:
    """20404 for this address."""
    return RestError(404, 20404, f"The requested resource {request.path} was not found")


@web.middleware
async def middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Check credentials, apply faults, turn errors into JSON and write every request into the ledger."""
    if not request.path.startswith(_APIS) and "X-Twilio-Host" not in request.headers:
        return await handler(request)
    carrier = request.app[CARRIER]
    carrier.stir()
    began_ms = carrier.clock.now_ms()
    form = await _read_form(request)
    delay = carrier.faults.take_rest_delay(method=request.method, path=request.path) or RestDelay()
    if not delay.after_effect:
        await carrier.clock.sleep(delay.delay_ms)
    is_effective = delay.after_effect or not delay.answer_lost
    response = await _answer(carrier, request, handler) if is_effective else web.Response(status=504)
    entry = carrier.ledger.add(
        "rest",
        call_sid=request.match_info.get("call", ""),
        method=request.method,
        path=request.path_qs,
        params=_without_passwords(form) or request.get(BODY) or {},
        status=response.status if is_effective else None,
        ms=round(carrier.clock.now_ms() - began_ms, 3),
        answer_lost=delay.answer_lost,
    )
    if delay.after_effect and delay.delay_ms:
        carrier.stir()
        await carrier.clock.sleep(delay.delay_ms)
        carrier.ledger.amend(entry, ms=round(carrier.clock.now_ms() - began_ms, 3))
    if ahead_s := carrier.account.clock_ahead_s:
        response.headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead_s), usegmt=True)
    if delay.answer_lost and request.transport is not None:
        request.transport.abort()
    carrier.stir()
    return response


async def _answer(
    carrier: Carrier, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    fault = carrier.faults.take_rest()
    try:
        if fault is RestAnswer.TIMEOUT:
            await carrier.clock.sleep(_HANGING_MS)
            return RestError(504, 20504, "Gateway timeout").response()
        if fault is RestAnswer.TOO_MANY:
            return RestError(429, 20429, "Too many requests").response()
        if fault is RestAnswer.ERROR:
            return RestError(500, 20500, "An internal server error has occurred").response()
        if carrier.account.is_media_protected or "Authorization" in request.headers or not is_media(request):
            _check_credentials(carrier, request)
        return await handler(request)
    except RestError as error:
        return error.response()
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):  # what this carrier does not do does not exist
        return not_found(request).response()


def is_media(request: web.Request) -> bool:
    """Whether a recording's sound is asked for, which an account may give to anybody who has the address."""
    return request.method == "GET" and "recording" in request.match_info and not request.path.endswith(".json")


def _check_credentials(carrier: Carrier, request: web.Request) -> None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, secret = "", ""
    known = {carrier.account_sid: carrier.auth_token, **carrier.api_keys}
    expected = known.get(user)
    if scheme.lower() != "basic" or expected is None or not hmac.compare_digest(expected.encode(), secret.encode()):
        raise RestError(401, 20003, "Authenticate")
    if request.match_info.get("account", carrier.account_sid) != carrier.account_sid:
        raise RestError(401, 20003, "Authenticate")


def _without_passwords(form: Params) -> Params:
    return {name: ["•••"] * len(values) if name == "Password" else values for name, values in form.items()}


async def _read_form(request: web.Request) -> Params:
    form: Params = {}
    if request.content_type == "application/json":
        try:
            request[BODY] = await request.json()
        except ValueError:
            request[BODY] = None
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            form.setdefault(name, []).append(str(value))
    request[_FORM] = form
    return form


def form_of(request: web.Request, *known: str) -> Params:
    """The body parameters of a POST. Raises `RestError` 20001 for one that is not known."""
    return _only_known(request[_FORM], known)


def query_of(request: web.Request, *known: str) -> Params:
    """The query parameters of a GET. Raises `RestError` 20001 for one that is not known."""
    query: Params = {}
    for name, value in request.query.items():
        query.setdefault(name, []).append(value)
    return _only_known(query, known)


def _only_known(params: Params, known: Iterable[str]) -> Params:
    for name in params:
        if name not in known:
            raise RestError(400, 20001, f"Unknown parameter: {name}")
    return params


def one(params: Params, name: str, default: str = "") -> str:
    """The single value of a parameter. Raises `RestError` 20001 when it was given twice."""
    values = params.get(name, [default])
    if len(values) != 1:
        raise RestError(400, 20001, f"Parameter {name} was given more than once")
    return values[0]


def choice(params: Params, name: str, allowed: Iterable[str], default: str) -> str:
    """One of a few words. Raises `RestError` 20001 for another one."""
    value = one(params, name, default)
    if value not in allowed:
        raise RestError(400, 20001, f"Invalid value for {name}: {value!r}")
    return value


def boolean(params: Params, name: str, default: str = "false") -> bool:
    """`true` or `false`. Raises `RestError` 20001 for anything else."""
    return choice(params, name, ("true", "false"), default) == "true"


def required(params: Params, *names: str) -> None:
    """Raises `RestError` 20001 for the first of these that is missing or empty."""
    for name in names:
        if not one(params, name):
            raise RestError(400, 20001, f"Missing required parameter {name}")


def whole(params: Params, name: str, low: int, high: int, default: str = "") -> int:
    """A whole number within limits. Raises `RestError` 20001."""
    value = one(params, name, default)
    if not value.isdecimal() or not low <= int(value) <= high:
        raise RestError(400, 20001, f"{name} must be a whole number from {low} to {high}")
    return int(value)


def iso_text(carrier: Carrier, at_ms: float) -> str:
    """A moment of the clock as the newer APIs write dates (ISO 8601)."""
    return carrier.clock.date(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def date_text(carrier: Carrier, at_ms: float | None) -> str | None:
    """A moment of the clock as this API writes dates (RFC 2822); null stays null."""
    return None if at_ms is None else rfc2822(carrier.clock.date(at_ms))


def is_within(carrier: Carrier, at_ms: float | None, params: Params, name: str) -> bool:
    """Does a moment meet the filters `Name`, `Name<` and `Name>` (dates or ISO times, UTC)?"""
    for sign in ("", "<", ">"):
        wanted = one(params, name + sign)
        if not wanted:
            continue
        if at_ms is None:
            return False
        moment = carrier.clock.date(at_ms)
        try:
            if len(wanted) == len("2026-01-31"):
                limit, shown = date.fromisoformat(wanted), moment.date()
            else:
                limit, shown = datetime.fromisoformat(wanted).replace(tzinfo=UTC), moment.replace(microsecond=0)
        except ValueError as wrong:
            raise RestError(400, 20001, f"Invalid value for {name}{sign}: {wanted!r}") from wrong
        if not {"": shown == limit, "<": shown <= limit, ">": shown >= limit}[sign]:
            return False
    return True


PAGING = ("PageSize", "Page", "PageToken")


def page(request: web.Request, params: Params, *, name: str, rows: list[dict[str, Any]]) -> web.Response:
    """One page of a list with the paging keys of the 2010 API."""
    sizes = (one(params, "PageSize", "50"), one(params, "Page", "0"))
    if not all(value.isdecimal() for value in sizes) or not 1 <= int(sizes[0]) <= _LONGEST_PAGE:
        raise RestError(400, 20001, f"PageSize must be 1 to {_LONGEST_PAGE} and Page a number")
    size, number = int(sizes[0]), int(sizes[1])
    start = number * size
    shown = rows[start : start + size]
    filters = [(key, value) for key, values in params.items() if key not in PAGING for value in values]

    def address(to: int) -> str:
        return f"{request.path}?{urlencode([*filters, ('PageSize', size), ('Page', to)])}"

    body = {
        "first_page_uri": address(0),
        "end": max(start + len(shown) - 1, 0),
        "previous_page_uri": address(number - 1) if number else None,
        name: shown,
        "uri": address(number),
        "page_size": size,
        "start": start,
        "next_page_uri": address(number + 1) if start + size < len(rows) else None,
        "page": number,
    }
    return web.Response(text=json.dumps(body), content_type="application/json")


def page_v1(request: web.Request, params: Params, *, name: str, rows: list[dict[str, Any]]) -> web.Response:
    """One page of a list with the `meta` of the newer APIs; its addresses are whole, at the host that was asked."""
    sizes = (one(params, "PageSize", "50"), one(params, "Page", "0"))
    if not all(value.isdecimal() for value in sizes) or not 1 <= int(sizes[0]) <= _LONGEST_PAGE:
        raise RestError(400, 20001, f"PageSize must be 1 to {_LONGEST_PAGE} and Page a number")
    size, number = int(sizes[0]), int(sizes[1])
    start = number * size

    def address(to: int) -> str:
        host = request.headers.get("X-Twilio-Host", "trunking.twilio.com")
        return f"https://{host}{request.path}?{urlencode([('PageSize', size), ('Page', to)])}"

    meta = {
        "page": number,
        "page_size": size,
        "first_page_url": address(0),
        "previous_page_url": address(number - 1) if number else None,
        "url": address(number),
        "next_page_url": address(number + 1) if start + size < len(rows) else None,
        "key": name,
    }
    return web.json_response({"meta": meta, name: rows[start : start + size]})


def check_host(request: web.Request, product: str) -> None:
    """The newer APIs live at hosts of their own, named in X-Twilio-Host where a stand-in is asked. Raises 20404."""
    host = request.headers.get("X-Twilio-Host", "")
    if host and host.partition(".")[0] != product:
        raise not_found(request)
