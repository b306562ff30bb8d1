"""A callback: a person is to be called back, because they asked for it or because a fault of ours ended their call.

What is over stays over, unless somebody finds that it was not.
"""

from enum import StrEnum


class CallbackState(StrEnum):
    """Where a callback stands."""

    ASKED = "asked"  # as soon as may be
    SCHEDULED = "scheduled"  # at an agreed time
    DONE = "done"
    REFUSED = "refused"  # the person did not want it any more
    CANCELLED = "cancelled"  # we did not want it any more


class CallbackFact(StrEnum):
    """Something that happened to a callback."""

    TIME_AGREED = "time_agreed"
    REACHED = "reached"
    DECLINED = "declined"
    CALLED_OFF = "called_off"
    REOPENED = "reopened"


class Origin(StrEnum):
    """Why there is a callback."""

    SPOKEN = "spoken"  # the caller said so to the assistant
    KEY = "key"  # the caller pressed the key that was offered for it
    FAULT = "fault"  # their call ended by a fault


CALLBACKS_OPEN = frozenset({CallbackState.ASKED, CallbackState.SCHEDULED})
_OVER = (CallbackState.DONE, CallbackState.REFUSED, CallbackState.CANCELLED)

CALLBACK_MOVES: dict[tuple[CallbackState, CallbackFact], CallbackState] = {
    (state, fact): after
    for fact, after in (
        (CallbackFact.TIME_AGREED, CallbackState.SCHEDULED),
        (CallbackFact.REACHED, CallbackState.DONE),
        (CallbackFact.DECLINED, CallbackState.REFUSED),
        (CallbackFact.CALLED_OFF, CallbackState.CANCELLED),
    )
    for state in (CallbackState.ASKED, CallbackState.SCHEDULED)
} | {(state, CallbackFact.REOPENED): CallbackState.ASKED for state in _OVER}


def callback_after(state: CallbackState, fact: CallbackFact) -> CallbackState:
    """Where a callback stands once `fact` is known; where it stood when the fact does not move it."""
    return CALLBACK_MOVES.get((state, fact), state)
