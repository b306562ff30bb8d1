"""One call at a time to a number, and one call for an errand."""

from collections.abc import Iterator
from datetime import datetime

from compliance.verdict import Code, DialFacts, DialRequest, Refusal


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """A permit that is not used up yet, or as many live calls as the other side takes at once."""
    entry = facts.door.directory
    lines = 1 if entry is None else entry.lines
    if facts.has_open_permit or facts.door.live_legs >= lines:
        yield Refusal(Code.IN_FLIGHT, "policy: one call in flight to a number")
    if facts.is_errand_done:
        yield Refusal(Code.ALREADY_DIALLED, "policy: one call for an errand")
