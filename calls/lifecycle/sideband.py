"""A connection of a call to the model by SIP: how far it has come, and what follows when its line is over.

The carrier is told to connect the caller to the model's address (`offered`); the model tells us that somebody has come
(`incoming`); one process of ours, and no other, lets them in (`accepting`, then `accepted`) or turns them away. The end
is the carrier's to tell first; a socket that closes is the second word, and time the third.
"""

from dataclasses import dataclass
from enum import StrEnum


class SidebandState(StrEnum):
    """How far a connection has come."""

    OFFERED = "offered"  # the carrier was told where to connect to
    INCOMING = "incoming"  # the model has told of it, nobody has decided
    ACCEPTING = "accepting"  # asked for once; whether it was done is not known yet
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ENDED = "ended"


_ORDER = tuple(SidebandState)
# Connections that a process of ours must look after.
TO_BE_HELD = frozenset({SidebandState.INCOMING, SidebandState.ACCEPTING, SidebandState.ACCEPTED})
OVER = frozenset({SidebandState.REJECTED, SidebandState.ENDED})


def may_move(before: SidebandState, after: SidebandState) -> bool:
    """True when a connection may go from one state to the other: only onwards, and never out of its end."""
    return before not in OVER and _ORDER.index(after) > _ORDER.index(before)


class Verdict(StrEnum):
    """Whether somebody who has come by SIP is let in; the value of a refusal is the SIP answer's meaning."""

    ACCEPT = "accept"
    BUSY = "busy"
    DECLINE = "decline"
    NOT_FOUND = "not found"


SIP_STATUS = {Verdict.BUSY: 486, Verdict.DECLINE: 603, Verdict.NOT_FOUND: 404}

# A session of the model lives an hour, and the line ends with it.
SESSION_LIFE_S = 3600
_NEARLY = 60
# A line that the model's side has ended so often in one call is not connected to it again.
MOST_LOST = 2


@dataclass(frozen=True, slots=True)
class DialOutcome:
    """What the carrier says of the line to the model when it is over; `sip_code` None: it did not say."""

    status: str  # completed, busy, no-answer, failed, canceled
    sip_code: int | None
    is_bridged: bool
    lasted_s: int


class NextDoor(StrEnum):
    """Through which door the conversation goes on."""

    SAME = "same"  # another line to the model, which is told the conversation
    OTHER = "other"  # the media stream


def next_door(outcome: DialOutcome, *, lost_before: int) -> NextDoor:
    """What follows when the line is over and the caller is still there, and nobody wanted the end.

    An hour is over: another hour by the same door. A line that was lost in the middle: once more. One that never came
    to be (no answer from the SIP side, a refusal, a wrong address) would not the next time either: by the other door.
    """
    if not outcome.is_bridged:
        return NextDoor.OTHER
    if outcome.lasted_s >= SESSION_LIFE_S - _NEARLY:
        return NextDoor.SAME
    return NextDoor.SAME if lost_before + 1 < MOST_LOST else NextDoor.OTHER
