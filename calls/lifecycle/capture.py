"""A secure capture: a card or a PIN that goes from the customer's keypad to the carrier, and comes back as a result.

The order is what protects the secret: first the tape is paused, then the capture counts as ready and the customer is
sent for, then the carrier is given its document. A payment's document is given once, because what was paid once must
not be paid twice; so a result that never came is not asked for again but said to be unknown, and may still come.

What ended without a result is final, but for two cases: a result that was on its way when the customer hung up, and one
that was lost with our books for a while.
"""

from enum import StrEnum


class CaptureState(StrEnum):
    """How far a capture is."""

    ASKED = "asked"  # the tape is being paused
    READY = "ready"  # nothing records: the customer is sent for
    OPEN = "open"  # the customer has the carrier's document
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    REFUSED = "refused"  # it did not begin
    ABANDONED = "abandoned"  # the customer hung up
    UNKNOWN = "unknown"  # nobody can say what came of it


class CaptureFact(StrEnum):
    """Something that happened to a capture."""

    CLEARED = "cleared"  # nothing records the customer
    REFUSED = "refused"
    DOCUMENT_GIVEN = "document_given"
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    LOST = "lost"  # the customer is back, and no result is known
    CUSTOMER_LEFT = "customer_left"


class CaptureResult(StrEnum):
    """What came of it: a code; the sentence is made where it is shown or told."""

    NONE = ""
    PAID = "paid"
    TOKEN = "token"
    RIGHT = "right"  # the secret was checked and is right
    WRONG = "wrong"
    TOO_FEW = "too_few"
    SILENT = "silent"  # nothing was keyed
    CANCELLED = "cancelled"  # by the customer's key
    DECLINED = "declined"  # the provider, or the card's own, would not have it
    PROVIDER_FAILED = "provider_failed"
    NOT_CHECKED = "not_checked"  # whoever checks it did not answer
    NOT_PAUSED = "not_paused"  # the tape could not be paused: it did not begin
    NOT_SENT = "not_sent"  # the carrier did not send the customer to it
    HUNG_UP = "hung_up"


CAPTURE_ENDED = frozenset(
    {
        CaptureState.TAKEN,
        CaptureState.NOT_TAKEN,
        CaptureState.REFUSED,
        CaptureState.ABANDONED,
        CaptureState.UNKNOWN,
    }
)

CAPTURE_MOVES: dict[tuple[CaptureState, CaptureFact], CaptureState] = {
    (CaptureState.ASKED, CaptureFact.CLEARED): CaptureState.READY,
    (CaptureState.ASKED, CaptureFact.REFUSED): CaptureState.REFUSED,
    (CaptureState.ASKED, CaptureFact.CUSTOMER_LEFT): CaptureState.ABANDONED,
    (CaptureState.READY, CaptureFact.DOCUMENT_GIVEN): CaptureState.OPEN,
    (CaptureState.READY, CaptureFact.NOT_TAKEN): CaptureState.NOT_TAKEN,
    (CaptureState.READY, CaptureFact.CUSTOMER_LEFT): CaptureState.ABANDONED,
    (CaptureState.OPEN, CaptureFact.TAKEN): CaptureState.TAKEN,
    (CaptureState.OPEN, CaptureFact.NOT_TAKEN): CaptureState.NOT_TAKEN,
    (CaptureState.OPEN, CaptureFact.LOST): CaptureState.UNKNOWN,
    (CaptureState.OPEN, CaptureFact.CUSTOMER_LEFT): CaptureState.ABANDONED,
    (CaptureState.UNKNOWN, CaptureFact.TAKEN): CaptureState.TAKEN,
    (CaptureState.UNKNOWN, CaptureFact.NOT_TAKEN): CaptureState.NOT_TAKEN,
    (CaptureState.ABANDONED, CaptureFact.TAKEN): CaptureState.TAKEN,
}


def capture_after(state: CaptureState, fact: CaptureFact) -> CaptureState:
    """How far the capture is once `fact` is known; the same state when the fact does not move it."""
    return CAPTURE_MOVES.get((state, fact), state)
