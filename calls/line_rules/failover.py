"""Where a trunk's calls go: lowest priority first, by weight within it, and on to the next address when one fails.

Not after every failure: some answers of a SIP server mean that the call was dealt with, and the carrier tries no other
address then. Source: https://www.twilio.com/docs/sip-trunking#origination.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_TARGETS = 10
PATIENCE_S = 4  # an address that has not answered by then is given up

# After these the carrier looks no further; nothing else is tried, not even the document for disasters.
FINAL = {
    200: "the call was taken",
    400: "the request was not understood",
    404: "nobody of that name is there",
    405: "the server does not do calls",
    410: "whoever was there has left for good",
    416: "the server does not know this kind of address",
    482: "the call goes round in a circle",
    484: "the number is not complete",
    486: "busy",
    600: "busy everywhere",
    603: "declined",
    604: "does not exist anywhere",
    606: "not acceptable",
}


@dataclass(frozen=True, slots=True)
class Place:
    """An address in the order of trying, with its share of the calls that reach its priority, in percent."""

    ref: str
    priority: int
    weight: int
    share: int


def is_final(code: int) -> bool:
    """True for an answer after which the carrier tries no other address."""
    return 200 <= code < 300 or 600 <= code < 700 or code in FINAL


def order(targets: Iterable[tuple[str, int, int]]) -> tuple[Place, ...]:
    """The order in which addresses, as (ref, priority, weight), are tried; the heavier of a priority first."""
    ranked = sorted(targets, key=lambda target: (target[1], -target[2], target[0]))
    total = dict.fromkeys((priority for _, priority, _ in ranked), 0)
    for _, priority, weight in ranked:
        total[priority] += weight
    return tuple(
        Place(ref, priority, weight, round(100 * weight / total[priority])) for ref, priority, weight in ranked
    )


def check_targets(targets: Sequence[tuple[int, int]]) -> str:
    """Why these (priority, weight) cannot stand beside each other, as a sentence; empty when they can."""
    if len(targets) > MOST_TARGETS:
        return f"A trunk has {MOST_TARGETS} addresses at most."
    for priority, weight in targets:
        if not 0 <= priority <= 65535:
            return "A priority goes from 0, which is tried first, to 65535."
        if not 1 <= weight <= 65535:
            return "A weight goes from 1 to 65535: twice the weight, twice the calls."
    return ""
