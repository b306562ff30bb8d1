"""Calls for health and safety (47 USC 227(b)(1)): no consent, no hours, but two people who stand for it."""

from collections.abc import Iterator
from datetime import datetime

from compliance.verdict import Code, DialFacts, DialRequest, Refusal


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """Somebody else than whoever asks has approved it, by name."""
    who, by = request.approved_by.strip().casefold(), request.by.strip().casefold()
    if not who or who == by:
        yield Refusal(Code.PURPOSE_NOT_PERMITTED, "47 CFR 64.1200(f)(4); policy: two people", detail="no approver")
