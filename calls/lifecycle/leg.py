"""One leg: what the carrier says of a line, in its own words.

A leg only ever moves forward. A report that is not further along than what is known changes nothing; the first of the
five ended words stays. Source: https://www.twilio.com/docs/voice/api/call-resource#call-status-values.
"""

from enum import StrEnum


class LegStatus(StrEnum):
    """One leg (one Twilio Call SID), in Twilio's own words; `initiated` occurs in callbacks only."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


class LegRole(StrEnum):
    """Whose line a leg is. The customer's is the call: when it ends, the call is over."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    THIRD = "third"  # whoever else was called or has called
    LEFT = "left"  # the customer was on it, and is on another one since


# The name of a line that is no line of the carrier's but a page in a browser: a test call. The carrier's begin with CA.
_PAGE = "BR"


def is_of_page(leg_sid: str) -> bool:
    """True for the line of a test call: the carrier knows nothing of it, and cannot be asked to end it."""
    return leg_sid.startswith(_PAGE)


def page_sid(name: str) -> str:
    """What a line to a page is called; `name` is unlike any other."""
    return f"{_PAGE}{name}"


_LEG_RANK = {
    LegStatus.QUEUED: 0,
    LegStatus.INITIATED: 1,
    LegStatus.RINGING: 2,
    LegStatus.IN_PROGRESS: 3,
    LegStatus.COMPLETED: 4,
    LegStatus.BUSY: 4,
    LegStatus.FAILED: 4,
    LegStatus.NO_ANSWER: 4,
    LegStatus.CANCELED: 4,
}
LEG_ENDED = frozenset(status for status, rank in _LEG_RANK.items() if rank == 4)


def leg_after(known: LegStatus, reported: LegStatus) -> LegStatus:
    """The leg's status once `reported` is known too: the one further along; a tie keeps what is known."""
    return reported if _LEG_RANK[reported] > _LEG_RANK[known] else known
