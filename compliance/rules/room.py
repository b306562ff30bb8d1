"""Whether anybody would be there to speak if they answered."""

from collections.abc import Iterator
from datetime import datetime

from compliance.verdict import Code, DialFacts, DialRequest, Refusal


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """Dialled without room, a call would risk to be abandoned (47 CFR 64.1200(a)(7))."""
    if not facts.door.has_room:
        yield Refusal(Code.NO_CAPACITY, "47 CFR 64.1200(a)(6)-(7); policy")
