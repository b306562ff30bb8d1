"""What is to be done when the carrier's live calls and ours are compared.

Both sides change while they are being read, so nothing is concluded about a call that has just begun. An account may
carry calls of other applications too: a leg is ours only when one of its ends is a number of ours.

Source of the list: https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# A call this young may be under way between the two books.
GRACE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class CarriersLeg:
    """A leg that is live at the carrier; `began_at` is when the carrier first knew of it."""

    leg_sid: str
    parent_sid: str
    is_inbound: bool
    from_address: str
    to_address: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class OurLeg:
    """A customer's leg of a call that is live in our books. `end_wanted_at`: since when its end is asked for."""

    leg_sid: str
    began_at: datetime
    end_wanted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What to do, as the carrier's ids of legs: look up, take in as new calls, or end. `foreign`: not our business."""

    look_up: list[str] = field(default_factory=list)
    adopt: list[str] = field(default_factory=list)
    end: list[str] = field(default_factory=list)
    foreign: int = 0


def compare(
    theirs: Collection[CarriersLeg],
    *,
    ours: Collection[OurLeg],
    known: Collection[str],
    numbers: Collection[str],
    now: datetime,
) -> Findings:
    """Compare the carrier's live legs with ours, which were read before them.

    `known`: those of the carrier's ids that are in our books at all, ended or not. `numbers`: our own, in E.164.
    """
    live = {leg.leg_sid for leg in theirs}
    found = Findings()
    for our in ours:
        if our.leg_sid not in live:
            if _is_settled(our.began_at, now):
                found.look_up.append(our.leg_sid)
        elif our.end_wanted_at is not None and _is_settled(our.end_wanted_at, now):
            found.end.append(our.leg_sid)
    foreign = 0
    for leg in theirs:
        if leg.leg_sid in known or leg.parent_sid:
            continue  # a leg that another leg called ends with that
        if (leg.to_address if leg.is_inbound else leg.from_address) not in numbers:
            foreign += 1
        elif _is_settled(leg.began_at, now):
            (found.adopt if leg.is_inbound else found.end).append(leg.leg_sid)
    return Findings(found.look_up, found.adopt, found.end, foreign)


def _is_settled(since: datetime, now: datetime) -> bool:
    return now - since >= GRACE
