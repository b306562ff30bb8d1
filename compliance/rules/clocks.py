"""Whether anybody knows what time it is: our processes and the database must agree."""

from collections.abc import Iterator
from datetime import datetime

from compliance.verdict import Code, DialFacts, DialRequest, Refusal

MOST_MS = 2000


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """Whoever's clock is wrong calls people at night."""
    if abs(facts.skew_ms) > MOST_MS:
        clause = "policy: people are called by a clock that is right"
        yield Refusal(Code.CLOCK_DOUBTFUL, clause, detail=f"{facts.skew_ms} ms")
