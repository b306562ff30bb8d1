"""How numbers and their ways are said to people."""

from dataclasses import dataclass

from calls.models import Number, NumberOrder

# Of the answers after which the carrier tries no other address.
COUNTRIES = (("US", "United States"), ("CA", "Canada"), ("GB", "United Kingdom"), ("DE", "Germany"))


@dataclass(frozen=True, slots=True)
class Way:
    """Where a number's calls go; `kind` colours it: yes, fix, no."""

    said: str
    kind: str


def way_of(number: Number) -> Way:
    """Where the calls of a number go, as far as our books say."""
    if number.released_at is not None:
        return Way("given back", "no")
    if number.trunk is not None:
        return Way(f"to the trunk {number.trunk}", "yes")
    if not number.is_active:
        return Way("switched off: callers hear so", "no")
    if not number.phone_number_sid:
        return Way("never pointed at us", "fix")
    return Way("to us", "yes")


def answerer_of(number: Number) -> str:
    """Who answers it while it is open."""
    if number.trunk is not None:
        return "your telephone system"
    match number.answered_by:
        case "assistant":
            return str(number.assistant or "nobody: no assistant is chosen")
        case "queue":
            return f"the queue {number.queue}" if number.queue else "nobody: no queue is chosen"
    return number.get_answered_by_display()


ORDERS = {
    NumberOrder.State.ASKED: "The carrier is being asked.",
    NumberOrder.State.UNKNOWN: "The carrier's answer was lost. It is being found out whether the number is ours.",
    NumberOrder.State.BOUGHT: "Bought.",
    NumberOrder.State.REFUSED: "Not bought.",
}
