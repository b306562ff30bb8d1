"""The token with which a browser registers as a telephone: a JSON web token that an API key of the account signed.

https://www.twilio.com/docs/iam/access-tokens. Whoever holds it may be rung as `client:<identity>`, for a day at most.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HEADER = {"alg": "HS256", "typ": "JWT", "cty": "twilio-fpa;v=1"}
_LONGEST_S = 24 * 60 * 60
_IDENTITY = re.compile(r"[^\x00-\x20\x7f<>#%\"{}|\\^\[\]`?]{1,121}")


class Unwelcome(Exception):
    """The token is none, or gives no right to be rung; `code` is the carrier's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Pass:
    """What a good token says."""

    identity: str
    expires_at_s: float


def read(token: str, *, account_sid: str, api_keys: Mapping[str, str], now_s: float) -> Pass:
    """Check a token. Raises `Unwelcome` with the carrier's code and the reason."""
    parts = token.split(".")
    if len(parts) != 3:
        raise Unwelcome(20101, "Invalid Access Token: not three parts")
    header, claims = _json(parts[0], 20102), _json(parts[1], 20101)
    if {name: header.get(name) for name in _HEADER} != _HEADER:
        raise Unwelcome(20102, f"Invalid Access Token header: it must have {json.dumps(_HEADER)}")
    secret = api_keys.get(str(claims.get("iss")))
    if secret is None or claims.get("sub") != account_sid:
        raise Unwelcome(20103, "Invalid Access Token issuer or subject: no API key, or none of this account")
    wanted = hmac.new(secret.encode(), ".".join(parts[:2]).encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(wanted, _bytes(parts[2], 20107)):
        raise Unwelcome(20107, "Invalid Access Token signature")
    expires_at_s = _moment(claims, "exp")
    if expires_at_s <= now_s:
        raise Unwelcome(20104, "Access Token expired or expiration date invalid")
    if expires_at_s - _moment(claims, "iat", default=now_s) > _LONGEST_S:
        raise Unwelcome(20108, "Access Token expiration time exceeds the maximum of 24 hours")
    if _moment(claims, "nbf", default=0) > now_s:
        raise Unwelcome(20105, "Access Token not yet valid")
    match claims.get("grants"):
        case {"identity": str(identity), "voice": {"incoming": {"allow": True}}} if _IDENTITY.fullmatch(identity):
            return Pass(identity, expires_at_s)
    raise Unwelcome(20106, "Invalid Access Token grants: no identity, or no right to receive calls")


def _moment(claims: Mapping[str, Any], name: str, *, default: float | None = None) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unwelcome(20104, f"Access Token: {name} is no moment")
    return float(value)


def _json(part: str, code: int) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part, code))
    except ValueError as broken:
        raise Unwelcome(code, "Invalid Access Token: not JSON") from broken
    if not isinstance(found, dict):
        raise Unwelcome(code, "Invalid Access Token: not an object")
    return found


def _bytes(part: str, code: int) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as broken:
        raise Unwelcome(code, "Invalid Access Token: not base64url") from broken
