"""Sending on what a call has found out: tried again with longer and longer pauses, until it has arrived or is given up.

A person may order it anew whatever came of it; whoever receives it tells by its key that it is the same.
"""

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    DUE = "due"  # to be sent, or sent again
    DELIVERED = "delivered"
    FAILED = "failed"  # given up


class DeliveryFact(StrEnum):
    """Something that happened to a delivery."""

    ARRIVED = "arrived"
    GAVE_UP = "gave_up"
    ORDERED = "ordered"  # a person wants it sent again


DELIVERY_MOVES: dict[tuple[DeliveryState, DeliveryFact], DeliveryState] = {
    (DeliveryState.DUE, DeliveryFact.ARRIVED): DeliveryState.DELIVERED,
    (DeliveryState.DUE, DeliveryFact.GAVE_UP): DeliveryState.FAILED,
    (DeliveryState.DELIVERED, DeliveryFact.ORDERED): DeliveryState.DUE,
    (DeliveryState.FAILED, DeliveryFact.ORDERED): DeliveryState.DUE,
    (DeliveryState.DUE, DeliveryFact.ORDERED): DeliveryState.DUE,  # at once, instead of after its pause
}

# Seconds after a try that failed, by how many have: a day and a half in all, so that a night is outlived.
_PAUSES_S = (10, 60, 300, 1800, 2 * 3600, 6 * 3600, 12 * 3600, 16 * 3600)


def pause_s(tries: int) -> int | None:
    """How many seconds to wait after so many tries that failed (one or more); None: it is given up."""
    return _PAUSES_S[tries - 1] if tries <= len(_PAUSES_S) else None
