"""The configured Twilio client: bounded in time, one error type, and one origin for all of its hosts when so set.

Source: https://www.twilio.com/docs/libraries/python (custom HTTP client).
"""

import json
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from requests import ConnectionError as ConnectionFailed
from requests import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from calls.carrier.errors import CarrierError

TIMEOUT_S = 5


class _OneOrigin(TwilioHttpClient):
    """Sends every request to one origin, paths unchanged; the vendor's host travels in a header."""

    def __init__(self, origin: str) -> None:
        super().__init__(timeout=TIMEOUT_S)
        self._origin = urlsplit(origin)

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        parts = urlsplit(url)
        headers = {**(headers or {}), "X-Twilio-Host": parts.netloc}
        url = urlunsplit((self._origin.scheme, self._origin.netloc, parts.path, parts.query, ""))
        return super().request(method, url, params, data, headers, auth, timeout, allow_redirects)


@lru_cache(maxsize=1)
def get_client() -> Client:
    """The client of this process. Raises CarrierError when no account is configured."""
    account_sid = settings.TWILIO_ACCOUNT_SID
    if not account_sid:
        raise CarrierError("no carrier account is configured (TWILIO_ACCOUNT_SID)", is_permanent=True)
    http = _OneOrigin(settings.TWILIO_API_BASE) if settings.TWILIO_API_BASE else TwilioHttpClient(timeout=TIMEOUT_S)
    username, password = credentials()
    return Client(
        username,
        password,
        account_sid=account_sid,
        region=settings.TWILIO_REGION or None,
        edge=settings.TWILIO_EDGE or None,
        http_client=http,
    )


def credentials() -> tuple[str, str]:
    """User and password of REST requests: the API key when there is one, else the account's own token."""
    if settings.TWILIO_API_KEY:
        return settings.TWILIO_API_KEY, settings.TWILIO_API_SECRET
    return settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN


def api_origin() -> str:
    """The origin that paths of the 2010 API are appended to."""
    if settings.TWILIO_API_BASE:
        return settings.TWILIO_API_BASE
    edge, region = settings.TWILIO_EDGE, settings.TWILIO_REGION
    if not region and not edge:
        return "https://api.twilio.com"
    return "https://" + ".".join(part for part in ("api", edge, region or "us1", "twilio", "com") if part)


def translated(error: Exception) -> CarrierError:
    """The one error type for whatever the vendor's client raised; the message carries no personal data."""
    if isinstance(error, TwilioRestException):
        return _answered(error.status, int(error.code or 0))
    if isinstance(error, TwilioException) and len(error.args) == 2 and isinstance(error.args[1], Response):
        return _answered(error.args[1].status_code, _code_in(error.args[1].text))  # a page of a list was refused
    if isinstance(error, RequestException):
        message = f"Twilio was not reached: {type(error).__name__}"
        return CarrierError(message, is_permanent=False, may_be_done=not _was_never_sent(error))
    if isinstance(error, TwilioException):
        message = f"Twilio answered strangely: {type(error).__name__}"
        return CarrierError(message, is_permanent=False, may_be_done=True)
    raise error


def _answered(status: int, code: int) -> CarrierError:
    is_refused = 400 <= status < 500 and status != 408
    return CarrierError(
        f"Twilio answered {status}, code {code}",
        is_permanent=is_refused and status not in (409, 429),
        code=code,
        may_be_done=not is_refused,
    )


def _code_in(text: str) -> int:
    try:
        return int(json.loads(text)["code"])
    except (ValueError, KeyError, TypeError):
        return 0


def _was_never_sent(error: RequestException) -> bool:
    """True when no connection came about, so that no request can have arrived."""
    if isinstance(error, ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, ConnectionFailed) and isinstance(reason, NewConnectionError)
