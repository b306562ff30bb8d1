"""Whether there is money left for the call."""

from collections.abc import Iterator
from datetime import datetime

from compliance.verdict import Code, DialFacts, DialRequest, Refusal


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """A budget that is spent puts the call off until its period is over; one whose money nobody has counted, too."""
    budget = facts.door.budget
    if budget is None:
        return
    if not budget.is_known:
        detail = f"the money of {budget.name} was not counted lately"
        yield Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail=detail)
    else:
        yield Refusal(Code.BUDGET_SPENT, "policy: money is spent only as far as somebody has allowed",
                      until=budget.until, detail=budget.name)  # fmt: skip
