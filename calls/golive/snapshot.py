"""What was read, at one time: of Twilio, of OpenAI, of the way from there to here, and of our own settings.

What could not be read is `Unread`, which is a finding of its own and silences the checks that would need it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from calls.golive import whatsapp_readiness

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read. `is_refused`: they answered, and did not let us; else they did not answer."""

    why: str
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class OurNumber:
    """A number that callers are to reach us by. `trunk_sid`: the SIP trunk it is meant to be on, empty for none.

    `overrides`: how the carrier is to connect to us for it, empty for its own way. `is_sender`: people reach it by
    WhatsApp, so it need not be a number of the account.
    """

    e164: str
    label: str = ""
    trunk_sid: str = ""
    overrides: str = ""
    is_sender: bool = False


@dataclass(frozen=True, slots=True)
class Ours:
    """Our own settings. `is_carrier_here`: what we take for the carrier runs on this machine.

    `countries`: where we call. `models`: what published prompts speak with. `webhook_path`: where the model tells us of
    SIP calls, empty when it is not to. `browser_seats`: colleagues who take calls in their browser.
    """

    public_url: str
    account_sid: str = ""
    has_auth_token: bool = True
    has_api_key: bool = True
    browser_seats: int = 0
    region: str = ""
    edge: str = ""
    is_carrier_here: bool = False
    numbers: tuple[OurNumber, ...] = ()
    countries: tuple[str, ...] = ()
    workflow_sid: str = ""
    fallback_number: str = ""
    has_model_key: bool = True
    models: tuple[str, ...] = ()
    webhook_path: str = ""
    hears_errors: bool = True


@dataclass(frozen=True, slots=True)
class AccountThere:
    """The account. `status`: active, suspended, closed. `kind`: Trial or Full. `balance`: None when it is not told."""

    status: str
    kind: str
    balance: float | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class NumberThere:
    """A number as the carrier has it. `region`: where its calls are processed, empty when that is not known."""

    e164: str
    sid: str
    settings: Mapping[str, str] = field(default_factory=dict)
    can_speak: bool = True
    region: str = ""


@dataclass(frozen=True, slots=True)
class CountryThere:
    """Whether calls to ordinary numbers of a country are allowed."""

    iso: str
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ServiceThere:
    """A messaging service, and the numbers whose messages it takes. `asks_number`: it asks their own addresses."""

    sid: str
    name: str
    numbers: tuple[str, ...]
    asks_number: bool
    inbound_url: str = ""


@dataclass(frozen=True, slots=True)
class AlertThere:
    """An error the carrier has noted: how often lately, and when last."""

    code: int
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """The way from the vendors to us, as tried over our public address.

    `problem`: why no connection came about, as a code (dns, tls, refused, timeout). `ready_status`: HTTP status of our
    readiness page. `signed_status` and `forged_status`: of a request that was signed as the carrier signs, and of one
    that was not. `upgrade_status`: of a WebSocket's handshake, 101 when it came about. 0: not tried, or no answer.
    `certificate_days`: how long the certificate is good; None without one.
    """

    problem: str = ""
    ready_status: int = 0
    signed_status: int = 0
    forged_status: int = 0
    upgrade_status: int = 0
    certificate_days: int | None = None


@dataclass(frozen=True, slots=True)
class SenderThere:
    """A WhatsApp sender of ours, as it was looked at."""

    e164: str
    found: tuple[whatsapp_readiness.Finding, ...]


@dataclass(frozen=True, slots=True)
class WebhookThere:
    """An address that the model's vendor tells of events."""

    id: str
    name: str
    url: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything, read at `at`. `has_media_password`: a recording's sound is not given without one; None: not tried.

    `clock_ahead_s`: by how much our clock is ahead of the carrier's. `model_share_left`: of the tightest limit.
    """

    at: datetime
    ours: Ours
    account: AccountThere | Unread
    numbers: tuple[NumberThere, ...] | Unread
    caller_ids: frozenset[str] | Unread = frozenset()
    countries: tuple[CountryThere, ...] | Unread = ()
    services: tuple[ServiceThere, ...] | Unread = ()
    workflows: frozenset[str] | Unread = frozenset()
    alerts: tuple[AlertThere, ...] | Unread = ()
    has_media_password: bool | Unread | None = None
    clock_ahead_s: float | Unread = 0.0
    reach: Reach = Reach()
    models: frozenset[str] | Unread = frozenset()
    webhooks: tuple[WebhookThere, ...] | Unread = ()
    senders: tuple[SenderThere, ...] | Unread = ()
    model_share_left: float = 1.0


def read(value: Value | Unread, otherwise: Value) -> Value:
    """What was read, or this."""
    return otherwise if isinstance(value, Unread) else value
