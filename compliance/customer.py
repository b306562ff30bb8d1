"""What is known of somebody who is no colleague, as frozen values: where their number belongs, what they agreed to and
took back, which lists they stand on, what we had to do with them, how often they were called.

What is not known stays empty, and the rules take the strictest for it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from compliance.codes import Code


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A telephone number and every place where it may ring: all states and time zones of its area code."""

    e164: str
    region: str
    states: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What we know of the person: the kind of line as somebody looked it up, the address, our business with them."""

    line: str = "unknown"
    address_state: str = ""
    address_zone: str = ""
    address_source: str = ""
    address_at: datetime | None = None
    purchase_date: date | None = None
    inquiry_date: date | None = None
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class HeldConsent:
    """A consent on file, with what is wrong with it for this number and seller; its words are kept by their hash."""

    id: int
    kind: str  # oral, express, written
    purposes: tuple[str, ...]
    topic: str
    channels: tuple[str, ...]
    captured_at: datetime | None
    problems: tuple[Code, ...] = ()
    text_sha256: str = ""


@dataclass(frozen=True, slots=True)
class RevokedConsent:
    """That they asked for no more calls: all, sales calls, or those about a topic; no channels: on all of them."""

    scope: str  # all, marketing, topic
    received_at: datetime
    topic: str = ""
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListCopy:
    """The copy in force of a list that others keep; `version_date` None: there is no copy.

    `is_listed`: the number stands on it.
    """

    name: str
    kind: str  # national, state, litigator, protected
    state: str = ""
    version_date: date | None = None
    retrieved_at: datetime | None = None
    max_age_days: int = 31
    is_required: bool = True
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class ReassignedFacts:
    """The newest answer of the Reassigned Numbers Database: no, yes, no_data; and about which day it was asked."""

    answer: str
    asked_date: date
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class StateFacts:
    """A state on the switch-board."""

    state: str
    is_enabled: bool = True
    ai_sales_signed_off_by: str = ""
    ai_sales_until: datetime | None = None
    is_suspended: bool = False
    suspended_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """Everything on file about one number. `suppressed`: the scopes under which it stands on our own list.

    `attempts`: when the carrier took a request of ours to ring it, for whatever campaign, of the last weeks.
    """

    number: NumberFacts
    person: PersonFacts = PersonFacts()
    consents: tuple[HeldConsent, ...] = ()
    revocations: tuple[RevokedConsent, ...] = ()
    suppressed: tuple[str, ...] = ()
    lists: tuple[ListCopy, ...] = ()
    reassigned: ReassignedFacts | None = None
    attempts: tuple[datetime, ...] = ()
    states: tuple[StateFacts, ...] = ()
