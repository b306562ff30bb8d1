"""WhatsApp as this account has it: senders, their voice application, templates, messages, and who has allowed what.

Strict with what Meta and Twilio refuse: https://www.twilio.com/docs/voice/whatsapp-business-calling,
/docs/whatsapp/api/senders, /docs/content, /docs/api/errors (370xx, 630xx). Where the code of a refusal is unknown
it is the nearest one that is.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PREFIX = "whatsapp:"
# Business-initiated calls are not offered from senders of these countries: US, CA, EG, NG, TR, VN.
BARRED = ("+1", "+20", "+234", "+90", "+84")
DAY_MS = 24 * 3600 * 1000.0
GRANT_MS, WEEK_MS = 7 * DAY_MS, 7 * DAY_MS
REQUESTS_A_DAY, REQUESTS_A_WEEK, CALLS_A_DAY, MISSES = 1, 2, 5, 4
Pair = tuple[str, str]  # the sender's number, the user's


@dataclass(slots=True)
class Sender:
    """A business number on WhatsApp."""

    sid: str
    e164: str
    status: str = "ONLINE"
    application_sid: str = ""
    callback_url: str = ""
    callback_method: str = "POST"
    messaging_limit: str = "2K Customers/24hr"
    quality: str = "HIGH"
    is_updating: bool = False


@dataclass(slots=True)
class Application:
    """A TwiML App: where calls of senders are announced."""

    sid: str
    friendly_name: str
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Content:
    """A message made with the Content API, and its way to approval."""

    sid: str
    friendly_name: str
    language: str
    types: dict[str, Any]
    approval: dict[str, str] = field(default_factory=dict)

    def actions(self) -> list[str]:
        """The kinds of its buttons."""
        return [str(action.get("type")) for kind in self.types.values() for action in kind.get("actions", [])]

    @property
    def is_request(self) -> bool:
        """True when it asks whether we may call."""
        return "VOICE_CALL_REQUEST" in self.actions()

    @property
    def is_approved(self) -> bool:
        """True when it may open a chat."""
        return self.approval.get("status") == "approved"


@dataclass(slots=True)
class Message:
    """A message that went out, or did not."""

    sid: str
    sender: str
    user: str
    content: Content
    created_at_ms: float
    status_callback: str = ""
    status: str = "queued"
    error_code: int = 0
    answered: str = ""
    is_forgotten: bool = False
    last_callback: asyncio.Task[None] | None = None
    cookies: aiohttp.CookieJar = field(default_factory=lambda: aiohttp.CookieJar(unsafe=True))


@dataclass(slots=True)
class Books:
    """Everything WhatsApp knows: senders, what was sent, who has allowed calls until when, and what became of calls."""

    senders: dict[str, Sender] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    contents: dict[str, Content] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    grants: dict[Pair, float] = field(default_factory=dict)  # until when, on the clock
    wrote_at_ms: dict[Pair, float] = field(default_factory=dict)
    calls_ms: dict[Pair, list[float]] = field(default_factory=dict)
    missed: dict[Pair, int] = field(default_factory=dict)
    not_on_whatsapp: set[str] = field(default_factory=set)

    def sender_of(self, address: str) -> Sender | None:
        """The sender at `whatsapp:+…`."""
        e164 = address.removeprefix(PREFIX)
        found = (one for one in self.senders.values() if one.e164 == e164)
        return next(found, None) if address.startswith(PREFIX) else None

    def refuse_call(self, pair: Pair, now_ms: float) -> tuple[int, str] | None:
        """Why a call from this sender to this user is not placed; None: it is."""
        if pair[0].startswith(BARRED):
            return 37001, "WhatsApp business-initiated calls are not available for this sender"
        if self.grants.get(pair, 0.0) <= now_ms:
            self.grants.pop(pair, None)
            return 37000, "The user has not granted permission to be called"
        lately = [at for at in self.calls_ms.get(pair, []) if at > now_ms - DAY_MS]
        if len(lately) >= CALLS_A_DAY:
            return 37004, "Call rate limit exceeded"
        self.calls_ms[pair] = [*lately, now_ms]
        return None

    def call_ended(self, pair: Pair, *, was_answered: bool) -> None:
        """Four calls in a row that nobody took: the permission is gone."""
        self.missed[pair] = 0 if was_answered else self.missed.get(pair, 0) + 1
        if self.missed[pair] >= MISSES:
            self.grants.pop(pair, None)

    def refuse_message(self, message: Message, now_ms: float) -> int:
        """The code with which a message fails on its way; 0: it is delivered."""
        pair = (message.sender, message.user)
        if message.user in self.not_on_whatsapp:
            return 63024
        if not message.content.is_approved and self.wrote_at_ms.get(pair, -DAY_MS) <= now_ms - DAY_MS:
            return 63016
        if not message.content.is_request:
            return 0
        earlier = [
            one.created_at_ms
            for one in self.messages.values()
            if (one.sender, one.user) == pair and one.content.is_request and not one.error_code and one is not message
        ]
        is_too_soon = sum(at > now_ms - DAY_MS for at in earlier) >= REQUESTS_A_DAY
        is_too_often = sum(at > now_ms - WEEK_MS for at in earlier) >= REQUESTS_A_WEEK
        return 63032 if is_too_soon or is_too_often else 0

    def newest_request(self, pair: Pair) -> Message | None:
        """The last request that has reached this user and was not answered."""
        found = [
            one
            for one in self.messages.values()
            if (one.sender, one.user) == pair
            and one.content.is_request
            and one.status in ("delivered", "read")
            and not one.answered
        ]
        return found[-1] if found else None


def channel(address: str) -> str:
    """By which network somebody is reached: phone, whatsapp, client, sip."""
    kind, colon, _ = address.partition(":")
    return kind if colon else "phone"
