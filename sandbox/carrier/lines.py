"""What an account has beside numbers and calls: trunks, lists of who may send, SIP domains, verified numbers.

And what is for sale, and how the SIP servers out there behave: both are said by whoever tests.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class OriginationUrl:
    """An address that a trunk's calls go to."""

    sid: str
    sip_url: str
    priority: int
    weight: int
    enabled: bool
    friendly_name: str
    at_ms: float


@dataclass(slots=True)
class Trunk:
    """An Elastic SIP trunk."""

    sid: str
    at_ms: float
    friendly_name: str = ""
    domain_name: str = ""
    disaster_recovery_url: str = ""
    disaster_recovery_method: str = "POST"
    transfer_mode: str = "disable-all"
    transfer_caller_id: str = "from-transferee"
    secure: bool = False
    cnam_lookup_enabled: bool = False
    recording_mode: str = "do-not-record"
    recording_trim: str = "do-not-trim"
    urls: dict[str, OriginationUrl] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)  # sids of credential lists and of access control lists


@dataclass(slots=True)
class Entry:
    """A line of a list: a user with a password, or a network."""

    sid: str
    at_ms: float
    username: str = ""
    password: str = ""
    friendly_name: str = ""
    ip_address: str = ""
    cidr_prefix_length: int = 32


@dataclass(slots=True)
class SipList:
    """Who may send: CL… holds users, AL… networks."""

    sid: str
    friendly_name: str
    at_ms: float
    entries: dict[str, Entry] = field(default_factory=dict)

    @property
    def holds_users(self) -> bool:
        return self.sid.startswith("CL")


@dataclass(slots=True)
class SipDomain:
    """Where SIP servers call in."""

    sid: str
    domain_name: str
    at_ms: float
    settings: dict[str, str] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)


@dataclass(slots=True)
class CallerId:
    """A number whose owner was asked; it counts when its code was keyed in."""

    sid: str
    e164: str
    friendly_name: str
    code: str
    at_ms: float
    is_verified: bool = False


@dataclass(slots=True)
class Lines:
    """All of it. `answers`: by host, what the SIP server there says to an INVITE; 0 is silence."""

    trunks: dict[str, Trunk] = field(default_factory=dict)
    lists: dict[str, SipList] = field(default_factory=dict)
    domains: dict[str, SipDomain] = field(default_factory=dict)
    caller_ids: dict[str, CallerId] = field(default_factory=dict)
    sold: set[str] = field(default_factory=set)  # numbers that somebody else has bought
    answers: dict[str, int] = field(default_factory=dict)

    def trunk_of(self, trunk_sid: str) -> Trunk | None:
        """The trunk with this id."""
        return self.trunks.get(trunk_sid)
