"""The states of a call and of everything that belongs to it, and the only moves between them.

What a telephone network tells us arrives late, twice, out of order, or never. So nothing here trusts the order of
arrival. Small machines, each a table or a function of what is known, each in a file of its own: a leg, the call's
phase, why it ended, a recording and our copy of it, an offer to a person and the transfer it serves.

A pair that is missing from a table is not an error: the fact is kept in the call's history and changes nothing.
"""

from calls.lifecycle.call import CALL_MOVES, IN_ROOM, CallFact, Phase, phase_after
from calls.lifecycle.leg import LEG_ENDED, LegRole, LegStatus, is_of_page, leg_after, page_sid
from calls.lifecycle.reason import (
    EndedReason,
    FailureClass,
    failure_class,
    reason_after,
    reason_of_leg,
)
from calls.lifecycle.recording import (
    COPY_MOVES,
    MAY_LIFT,
    RECORDING_MOVES,
    CopyFact,
    CopyState,
    PauseReason,
    RecordingFact,
    RecordingStatus,
    copy_after,
    recording_after,
)

__all__ = [
    "CALL_MOVES",
    "COPY_MOVES",
    "IN_ROOM",
    "LEG_ENDED",
    "MAY_LIFT",
    "RECORDING_MOVES",
    "CallFact",
    "CopyFact",
    "CopyState",
    "EndedReason",
    "FailureClass",
    "LegRole",
    "LegStatus",
    "PauseReason",
    "Phase",
    "RecordingFact",
    "RecordingStatus",
    "copy_after",
    "failure_class",
    "is_of_page",
    "leg_after",
    "page_sid",
    "phase_after",
    "reason_after",
    "reason_of_leg",
    "recording_after",
]
