"""What the model's side tells us by webhook: proved to be genuine, and read.

The proof is the vendor's own code (Standard Webhooks: HMAC-SHA256 over id, time and the raw body, five minutes of
tolerance). It is asked once for each secret that counts at the moment. Nothing is believed of a body that was not
proved, and nothing in a body that was is believed to be well shaped.

Source: https://developers.openai.com/api/docs/guides/webhooks.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from calls.realtime import sdk

TOLERANCE_S = 300
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
INCOMING_CALL = "realtime.call.incoming"
_LONGEST_BODY = 256 * 1024
_LONGEST_ID = 160
_MOST_HEADERS = 200
_LONGEST_VALUE = 500
_E164 = re.compile(r"(?:sips?:|tel:|^|<|;)(\+[1-9]\d{6,14})(?=[@>;\s]|$)")


class NotGenuine(Exception):
    """Not proved to be the model's; `str()` says why in words, `status` is the HTTP answer."""

    def __init__(self, why: str, *, status: int = 401) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """A message that is genuine; of an unknown kind no more is known than that."""

    webhook_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class IncomingCall(ModelEvent):
    """Somebody has come by SIP. The headers are whatever the far end wrote: names compare without case."""

    call_id: str
    headers: tuple[tuple[str, str], ...]
    media_security: str = ""

    def header(self, name: str) -> str:
        """The first header of this name; empty when there is none."""
        wanted = name.lower()
        return next((value for each, value in self.headers if each.lower() == wanted), "")

    def number(self, *names: str) -> str:
        """The first number in E.164 that stands in one of these headers, in their order; empty without one."""
        found = (_E164.search(self.header(name)) for name in names)
        return next((each[1] for each in found if each is not None), "")


def verify(body: bytes, headers: Mapping[str, str]) -> str:
    """Prove a message; answers its webhook-id, the same however often it is sent. Raises NotGenuine.

    `headers` must find a name in any case, as a request's do.
    """
    given = {name: headers.get(name) or "" for name in HEADERS}
    if missing := [name for name, value in given.items() if not value]:
        raise NotGenuine(f"The header {missing[0]} is missing.", status=400)
    if not all(value.isascii() and len(value) <= 4096 for value in given.values()):
        raise NotGenuine("The headers are not those of a webhook.", status=400)
    if len(body) > _LONGEST_BODY:
        raise NotGenuine("The body is too long.", status=400)
    if not settings.OPENAI_WEBHOOK_SECRETS:
        raise NotGenuine("No secret is set here to prove it by.")
    if not any(_is_proved(body, given, secret) for secret in settings.OPENAI_WEBHOOK_SECRETS):
        raise NotGenuine("The signature does not fit, or it is too old.")
    return given["webhook-id"][:_LONGEST_ID]


def _is_proved(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    prove, not_proved = load()
    try:
        prove(body, dict(headers), secret=secret, tolerance=TOLERANCE_S)
    except (not_proved, ValueError, TypeError):
        return False
    return True


@cache
def load() -> tuple[Callable[..., None], type[Exception]]:
    """The vendor's proof and how it says no. Only its arithmetic is used: it asks nobody, and the key is none.

    The library is large: where webhooks are to be expected, have it loaded before the first one comes.
    """
    openai = sdk.load()
    nobody = openai.OpenAI(api_key="not asked", max_retries=0)
    return nobody.webhooks.verify_signature, openai.InvalidWebhookSignatureError


def read(body: bytes, *, webhook_id: str) -> ModelEvent:
    """What a genuine message says. Raises NotGenuine for one that is none of the vendor's shapes."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        event = None
    kind = event.get("type") if isinstance(event, dict) else None
    if not isinstance(kind, str) or not isinstance(event, dict):
        raise NotGenuine("The body is no event.", status=400)
    if kind != INCOMING_CALL:
        return ModelEvent(webhook_id, _text(kind, 80))
    data = event.get("data")
    call_id = data.get("call_id") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(call_id, str) or not 0 < len(call_id) <= _LONGEST_ID:
        raise NotGenuine("The event names no call.", status=400)
    headers = data.get("sip_headers")
    return IncomingCall(
        webhook_id,
        INCOMING_CALL,
        call_id=_text(call_id, _LONGEST_ID),
        headers=tuple(_pairs(headers if isinstance(headers, list) else [])),
        media_security=_text(data.get("sip_media_security"), 20),
    )


def _pairs(headers: list[Any]) -> list[tuple[str, str]]:
    return [
        (_text(each.get("name"), 80), _text(each.get("value"), _LONGEST_VALUE))
        for each in headers[:_MOST_HEADERS]
        if isinstance(each, dict)
    ]


def _text(value: Any, limit: int) -> str:
    """A text as the database takes it."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode()[:limit].replace("\x00", "")
