"""The account itself, as its owner would see it in the console: state, money, permissions, services, workflows, alerts.

Everything can be set by a control route, so that a test can break it; the REST API reads it and changes what the real
one lets be changed.
"""

from dataclasses import dataclass, field

COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "PR": "Puerto Rico",
    "GU": "Guam",
    "VI": "Virgin Islands, U.S.",
    "AS": "American Samoa",
    "MP": "Northern Mariana Islands",
    "GB": "United Kingdom",
    "DE": "Germany",
    "FR": "France",
}


@dataclass(slots=True)
class CountryPermissions:
    """What may be dialled in a country."""

    low_risk_numbers_enabled: bool = True
    high_risk_special_numbers_enabled: bool = False
    high_risk_tollfraud_numbers_enabled: bool = False


@dataclass(slots=True)
class MessagingService:
    """A service that sends and takes messages for some numbers."""

    sid: str
    name: str
    numbers: list[str]
    asks_number: bool = False
    inbound_url: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An error or a warning of the debugger."""

    sid: str
    code: int
    level: str
    text: str
    resource_sid: str
    at_ms: float


@dataclass(slots=True)
class AccountBook:
    """What can be read and set of the account. `debugger_url`: who is told of errors, empty: nobody."""

    status: str = "active"
    kind: str = "Full"
    balance: str = "100.00000"
    currency: str = "USD"
    is_media_protected: bool = True
    clock_ahead_s: float = 0.0
    debugger_url: str = ""
    countries: dict[str, CountryPermissions] = field(
        default_factory=lambda: {iso: CountryPermissions() for iso in COUNTRIES}
    )
    regions: dict[str, str] = field(default_factory=dict)  # number -> region; else us1
    services: dict[str, MessagingService] = field(default_factory=dict)
    workflows: dict[str, str] = field(default_factory=dict)  # WW… -> WS…
    alerts: list[Alert] = field(default_factory=list)  # oldest first
