"""What is asked before a telephone rings, what is known, and what is answered: the words of the gate.

A dial request and the facts about it go in; refusals come out, each with its code, its clause and a sentence that a
supervisor can read.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.codes import DEFERRED, ORDER, SENTENCES, Code
from compliance.customer import CustomerFacts
from compliance.numbers import Kind
from compliance.whatsapp import Happened, SenderFacts
from compliance.whatsapp_terms import ChannelRule

__all__ = [
    "OPEN_STATES",
    "PERMIT_MOVES",
    "SENTENCES",
    "BudgetFacts",
    "CampaignFacts",
    "Code",
    "CustomerFacts",
    "DialFacts",
    "DialRequest",
    "DoorFacts",
    "Judgement",
    "Outcome",
    "PermitState",
    "Purpose",
    "Refusal",
    "StaffEntry",
    "Voice",
    "WhatsAppBooks",
    "judge",
]


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
    is the business on whose behalf, and `topic` what it is about, both as consents name them. `approved_by`: who else
    stands for an emergency call.
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
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What a campaign's books say at this moment. `pool`: the numbers it may show; `abandoned_pct`: of the calls that
    people answered in the last 30 days, None while nobody did.
    """

    pool: tuple[str, ...]
    is_paused: bool = False
    abandoned_pct: float | None = None


@dataclass(frozen=True, slots=True)
class BudgetFacts:
    """The budget that stands in the way of a dial. `until`: its period's end; not `is_known`: its money was not counted
    lately.
    """

    name: str
    until: datetime | None = None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """What only the door can know: read by it in the permit's transaction and handed over as a value.

    `has_room`: a bridge, a session of the model and, where one is needed, a person are free for it. `company`: by which
    channel the customer is there with whom they are to be brought together; None: with nobody. `sender`: of a call by
    WhatsApp, the sender of ours that is shown. `budget`: one that lets no call out; None: there is money for it.
    """

    directory: StaffEntry | None
    is_caller_id_ours: bool
    live_legs: int
    regions: tuple[str, ...]
    default_region: str = "US"
    campaign: CampaignFacts | None = None
    has_room: bool = True
    company: Kind | None = None
    sender: SenderFacts | None = None
    budget: BudgetFacts | None = None


@dataclass(frozen=True, slots=True)
class WhatsAppBooks:
    """What a sender of ours and a person had to do with each other so far, and the rules that come with the channel."""

    happened: tuple[Happened, ...]
    rules: tuple[ChannelRule, ...]


@dataclass(frozen=True, slots=True)
class DialFacts:
    """Everything the rules may look at: what the door handed over, and what the gate's own books say.

    `customer` is None for our own people, whose number's history is nobody's business here. `skew_ms`: by how much this
    process's clock is ahead of the database's (negative: behind), as far as can be told.
    """

    door: DoorFacts
    is_paused: bool
    has_open_permit: bool
    is_errand_done: bool
    customer: CustomerFacts | None = None
    skew_ms: int = 0
    whatsapp: WhatsAppBooks | None = None


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
        return Outcome.DEFER if self.code in DEFERRED else Outcome.DENY

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
    reasons = tuple(sorted(found, key=lambda reason: (reason.outcome is not outcome, ORDER.index(reason.code))))
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
