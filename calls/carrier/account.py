"""The account's settings, read: each function asks for one thing and answers it, or `Unread` when it did not come.

They are independent of each other and may be asked beside each other. Nothing here changes anything.

Source: https://www.twilio.com/docs/iam/api/account, /docs/usage/api/usage-record (balance), /docs/voice/api,
/docs/voice/api/dialing-permissions, /docs/messaging/api/service-resource, /docs/taskrouter/api,
/docs/usage/monitor-alert, /docs/global-infrastructure/inbound-processing-api.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import ParamSpec, TypeVar

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException

from calls.carrier.client import TIMEOUT_S, api_origin, get_client, translated
from calls.carrier.errors import CarrierError
from calls.golive.snapshot import AccountThere, AlertThere, CountryThere, NumberThere, ServiceThere, Unread

# What of a number decides who is asked about its calls and messages.
NUMBER_SETTINGS = (
    *("voice_url", "voice_method", "voice_fallback_url", "voice_fallback_method"),
    *("status_callback", "status_callback_method", "sms_url", "sms_method"),
    *("voice_application_sid", "trunk_sid", "voice_receive_mode", "sms_application_sid"),
)
_MOST = 1000
_NOT_FOUND = 20404
_AUTHENTICATE = (20003, 20403, 70051)

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def _or_unread(ask: Callable[Asked, Answer]) -> Callable[Asked, Answer | Unread]:
    @functools.wraps(ask)
    def asked(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer | Unread:
        try:
            return ask(*args, **kwargs)
        except (TwilioException, OSError) as error:
            status = _status_of_page(error)
            if status:
                return Unread(f"Twilio answered {status}", is_refused=status in (401, 403))
            return _unread(translated(error))
        except CarrierError as error:
            return _unread(error)

    return asked


def _status_of_page(error: Exception) -> int:
    """The vendor's client tells of a list that was not given only by the answer inside its exception."""
    inside = error.args[1] if len(error.args) > 1 else None
    return int(getattr(inside, "status_code", 0) or 0)


def _unread(error: CarrierError) -> Unread:
    return Unread(str(error), is_refused=error.code in _AUTHENTICATE or "answered 401" in str(error))


def account_and_clock(now: Callable[[], datetime]) -> tuple[AccountThere | Unread, float | Unread]:
    """The account, asked for with the token that signs requests to us; and how far our clock is ahead of theirs."""
    sid, token = settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN
    base = f"{api_origin()}/2010-04-01/Accounts/{sid}"
    try:
        answer = requests.get(f"{base}.json", auth=(sid, token), timeout=TIMEOUT_S, allow_redirects=False)
        ahead_s = _ahead_s(answer, now())
        if answer.status_code != 200:
            refused = answer.status_code in (401, 403)
            return Unread(f"Twilio answered {answer.status_code}", is_refused=refused), ahead_s
        kept = answer.json()
        money = requests.get(f"{base}/Balance.json", auth=(sid, token), timeout=TIMEOUT_S, allow_redirects=False)
        balance = money.json() if money.status_code == 200 else {}
        return (
            AccountThere(
                status=str(kept["status"]),
                kind=str(kept["type"]),
                balance=_number(balance.get("balance")),
                currency=str(balance.get("currency") or ""),
            ),
            ahead_s,
        )
    except (requests.RequestException, ValueError, KeyError, AttributeError) as error:
        unread = Unread(f"not reached: {type(error).__name__}")
        return unread, unread


def _ahead_s(answer: requests.Response, now: datetime) -> float | Unread:
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return Unread("no date in the answer")
    half_way = timedelta(seconds=answer.elapsed.total_seconds() / 2)
    # The header has whole seconds: what is within one of them is no difference.
    ahead_s = (now - half_way - theirs).total_seconds()
    return 0.0 if -0.5 <= ahead_s <= 1.5 else ahead_s


def _number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None


@_or_unread
def numbers() -> tuple[NumberThere, ...]:
    """Every number of the account."""
    found = get_client().incoming_phone_numbers.list(limit=_MOST, page_size=_MOST)
    return tuple(
        NumberThere(
            e164=str(number.phone_number),
            sid=str(number.sid),
            settings={name: str(getattr(number, name) or "") for name in NUMBER_SETTINGS},
            can_speak=bool((number.capabilities or {}).get("voice", True)),
        )
        for number in found
    )


@_or_unread
def region_of(e164: str) -> str:
    """Where the calls of a number are processed; empty when the account does not say."""
    try:
        return str(get_client().routes.v2.phone_numbers(e164).fetch().voice_region or "")
    except TwilioException as error:
        if translated(error).code == _NOT_FOUND or "404" in str(translated(error)):
            return ""
        raise


@_or_unread
def caller_ids() -> frozenset[str]:
    """Numbers outside the account that may be shown to people we call."""
    return frozenset(str(one.phone_number) for one in get_client().outgoing_caller_ids.list(limit=_MOST))


@_or_unread
def countries(codes: Iterable[str]) -> tuple[CountryThere, ...]:
    """Whether calls to these countries are allowed; one that the carrier does not list by itself is left out."""
    found = []
    for code in codes:
        try:
            country = get_client().voice.v1.dialing_permissions.countries(code).fetch()
        except TwilioException as error:
            if translated(error).code == _NOT_FOUND:
                continue
            raise
        found.append(CountryThere(code, str(country.name or code), bool(country.low_risk_numbers_enabled)))
    return tuple(found)


@_or_unread
def services() -> tuple[ServiceThere, ...]:
    """Every messaging service with its numbers."""
    return tuple(
        ServiceThere(
            sid=str(service.sid),
            name=str(service.friendly_name or service.sid),
            numbers=tuple(str(one.phone_number) for one in service.phone_numbers.list(limit=_MOST)),
            asks_number=bool(service.use_inbound_webhook_on_number),
            inbound_url=str(service.inbound_request_url or ""),
        )
        for service in get_client().messaging.v1.services.list(limit=_MOST)
    )


@_or_unread
def workflows() -> frozenset[str]:
    """The TaskRouter workflows of the account."""
    return frozenset(
        str(workflow.sid)
        for workspace in get_client().taskrouter.v1.workspaces.list(limit=_MOST)
        for workflow in workspace.workflows.list(limit=_MOST)
    )


@dataclass(frozen=True, slots=True)
class ListedError:
    """An error of the carrier's list. `resource_sid`: what it was about, often a leg."""

    report_sid: str
    code: int
    resource_sid: str
    at: datetime


@_or_unread
def listed_errors(*, since: datetime) -> tuple[ListedError, ...]:
    """The errors the carrier has noted since then, newest first."""
    found = get_client().monitor.v1.alerts.list(log_level="error", start_date=since.astimezone(UTC), limit=_MOST)
    return tuple(
        ListedError(str(one.sid), int(code), str(one.resource_sid or "")[:64], one.date_generated or since)
        for one in found
        if (code := str(one.error_code or "")).isdecimal()
    )


def alerts(*, since: datetime) -> tuple[AlertThere, ...] | Unread:
    """The errors the carrier has noted since then, by code, the commonest first."""
    found = listed_errors(since=since)
    if isinstance(found, Unread):
        return found
    codes = Counter(one.code for one in found)
    last = {one.code: one.at for one in reversed(found)}
    return tuple(AlertThere(code, count, last[code]) for code, count in codes.most_common())


@_or_unread
def has_media_password() -> bool | None:
    """Whether the sound of the newest recording is kept from whoever has only its address; None without one."""
    newest = get_client().recordings.list(limit=1)
    if not newest:
        return None
    url = f"{api_origin()}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Recordings/{newest[0].sid}.wav"
    with requests.get(url, stream=True, timeout=TIMEOUT_S, allow_redirects=False) as answer:
        return answer.status_code in (401, 403) if answer.status_code != 404 else None
