"""What is asked before a telephone rings, what is known, and what is answered: the words of the gate.

A dial request and the facts about it go in; refusals come out, each with its code, its clause and a sentence that a
supervisor can read. Whoever adds a check adds its code here: the order of the codes is the order in which a reason
becomes the first one named.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What a call is for. Rules differ by it; what is not one of these cannot be asked."""

    STAFF = "staff"  # ringing our own people, and the destinations that callers may be handed to
    TRANSFER = "transfer"  # a third party that stands in no directory
    TELEMARKETING = "telemarketing"
    INFORMATIONAL = "informational"
    HEALTHCARE = "healthcare"
    EMERGENCY = "emergency"


class Voice(StrEnum):
    """Who will speak, and who dialled."""

    AI = "ai"
    HUMAN_MANUAL = "human_manual"
    HUMAN_DIALER = "human_dialer"


class Outcome(StrEnum):
    """The three answers of the gate. A denial outranks a deferral."""

    ALLOW = "allow"
    DEFER = "defer"
    DENY = "deny"


class Code(StrEnum):
    """Why a call is not placed; in the order in which the first reason is named."""

    CHANNEL_UNSUPPORTED = "CHANNEL_UNSUPPORTED"
    NUMBER_INVALID = "NUMBER_INVALID"
    NUMBER_TYPE_BLOCKED = "NUMBER_TYPE_BLOCKED"
    COUNTRY_NOT_ALLOWED = "COUNTRY_NOT_ALLOWED"
    NOT_IN_DIRECTORY = "NOT_IN_DIRECTORY"
    CALLER_ID_INVALID = "CALLER_ID_INVALID"
    CONSENT_RECORD_INCOMPLETE = "CONSENT_RECORD_INCOMPLETE"
    CONSENT_SELLER_MISMATCH = "CONSENT_SELLER_MISMATCH"
    CONSENT_NUMBER_MISMATCH = "CONSENT_NUMBER_MISMATCH"
    KILL_SWITCH = "KILL_SWITCH"
    IN_FLIGHT = "IN_FLIGHT"
    ALREADY_DIALLED = "ALREADY_DIALLED"
    PURPOSE_NOT_PERMITTED = "PURPOSE_NOT_PERMITTED"
    UNDECIDED = "UNDECIDED"


_ORDER = tuple(Code)
_DEFERRED = frozenset({Code.KILL_SWITCH, Code.IN_FLIGHT})
SENTENCES = {
    Code.CHANNEL_UNSUPPORTED: "This is not a telephone number, and calls do not go out to such addresses.",
    Code.NUMBER_INVALID: "This is not a complete telephone number, or not an address that can be rung.",
    Code.NUMBER_TYPE_BLOCKED: "Numbers of this kind (toll-free, premium, personal and the like) are not dialled.",
    Code.COUNTRY_NOT_ALLOWED: "Calls to this country are not allowed here.",
    Code.NOT_IN_DIRECTORY: "This number is not in the directory of staff and transfer destinations, or not allowed.",
    Code.CALLER_ID_INVALID: "The number that would be shown to the called party is not a number of ours.",
    Code.CONSENT_RECORD_INCOMPLETE: "The consent on file lacks something that the law asks for.",
    Code.CONSENT_SELLER_MISMATCH: "The consent on file does not name our business.",
    Code.CONSENT_NUMBER_MISMATCH: "The consent on file is for another number.",
    Code.KILL_SWITCH: "Outgoing calls are switched off at the moment.",
    Code.IN_FLIGHT: "This number is being rung already, or is on a call with us.",
    Code.ALREADY_DIALLED: "This has been dialled once already.",
    Code.PURPOSE_NOT_PERMITTED: "Calls for this purpose are not permitted yet.",
    Code.UNDECIDED: "The rules could not be evaluated, so the call is not placed.",
}


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """One line of a directory: whom an address belongs to. `label` names the party in a conference: `agent-7`.

    `lines`: how many calls it takes at once.
    """

    address: str
    label: str
    is_allowed: bool = True
    lines: int = 1


@dataclass(frozen=True, slots=True)
class DialRequest:
    """That somebody wants somebody to be rung.

    `subject` is what it belongs to and `errand` what it is for, both as kind:id; an errand is dialled once. `seller`
    is the business on whose behalf, and `topic` what it is about, both as consents name them.
    """

    to: str
    purpose: Purpose
    caller_id: str
    subject: str = ""
    errand: str = ""
    label: str = ""
    by: str = "system"
    voice: Voice = Voice.HUMAN_MANUAL
    seller: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What a campaign's books say at this moment. `pool`: the numbers it may show; `abandoned_pct`: of the calls that
    people answered in the last 30 days, None while nobody did.
    """

    pool: tuple[str, ...]
    is_paused: bool = False
    abandoned_pct: float | None = None


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """What only the door can know: read by it in the permit's transaction and handed over as a value.

    `has_room`: a bridge, a session of the model and, where one is needed, a person are free for it.
    """

    directory: StaffEntry | None
    is_caller_id_ours: bool
    live_legs: int
    regions: tuple[str, ...]
    default_region: str = "US"
    campaign: CampaignFacts | None = None
    has_room: bool = True


@dataclass(frozen=True, slots=True)
class DialFacts:
    """Everything the rules may look at: what the door handed over, and what the gate's own books say."""

    door: DoorFacts
    is_paused: bool
    has_open_permit: bool
    is_errand_done: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to place a call now. `until` only where a time alone would lift it; `detail` is for developers."""

    code: Code
    clause: str
    until: datetime | None = None
    detail: str = ""

    @property
    def outcome(self) -> Outcome:
        """Whether this reason forbids the call or only puts it off."""
        return Outcome.DEFER if self.code in _DEFERRED else Outcome.DENY

    @property
    def sentence(self) -> str:
        """The reason for a person."""
        return SENTENCES[self.code]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say together; the reasons in order, the first one of the winning outcome leading."""

    outcome: Outcome
    reasons: tuple[Refusal, ...] = ()
    until: datetime | None = None


def judge(found: Collection[Refusal]) -> Judgement:
    """Combine every reason found: a denial outranks a deferral; a time is given when time alone lifts all of them."""
    if not found:
        return Judgement(Outcome.ALLOW)
    outcome = Outcome.DENY if any(reason.outcome is Outcome.DENY for reason in found) else Outcome.DEFER
    reasons = tuple(sorted(found, key=lambda reason: (reason.outcome is not outcome, _ORDER.index(reason.code))))
    times = [reason.until for reason in found]
    ends = [time for time in times if time is not None]
    until = max(ends) if outcome is Outcome.DEFER and len(ends) == len(times) else None
    return Judgement(outcome, reasons, until)


class PermitState(StrEnum):
    """The life of a permit: it is spent once, and what became of it is found out."""

    ISSUED = "issued"
    SENT = "sent"  # spent: the carrier is being asked
    CONFIRMED = "confirmed"  # a leg came of it
    VOID = "void"  # no leg came of it
    UNKNOWN = "unknown"  # asked, and the answer was lost


# A permit in one of these keeps its number from being rung a second time.
OPEN_STATES = (PermitState.ISSUED, PermitState.SENT, PermitState.UNKNOWN)
# The database refuses every other move. From void only a permit that was spent: its leg turned up after all.
PERMIT_MOVES = frozenset(
    {
        (PermitState.ISSUED, PermitState.SENT),
        (PermitState.ISSUED, PermitState.VOID),
        (PermitState.SENT, PermitState.CONFIRMED),
        (PermitState.SENT, PermitState.VOID),
        (PermitState.SENT, PermitState.UNKNOWN),
        (PermitState.UNKNOWN, PermitState.CONFIRMED),
        (PermitState.UNKNOWN, PermitState.VOID),
        (PermitState.VOID, PermitState.CONFIRMED),
    }
)
