"""How often somebody may be called, counted over all campaigns: attempts that the carrier took, answered or not."""

from collections.abc import Iterator
from datetime import datetime

from compliance.rule_values import Cap
from compliance.rules.question import Question


def caps(question: Question) -> Iterator[tuple[Cap, str]]:
    """Every cap on such a call, with its clause; some lines may be called without consent, but seldom."""
    for _, rule in question.rules("attempts"):
        yield rule.value, rule.row.source
    if question.consent is None:
        for _, rule in question.rules("attempts_without_consent", line=question.line):
            yield rule.value, rule.row.source


def release(cap: Cap, attempts: tuple[datetime, ...], at: datetime) -> datetime | None:
    """When a cap that is reached at that moment lets go; None when it is not reached.

    An attempt counts while `at - window < attempt <= at`.
    """
    counted = sorted((attempt for attempt in attempts if at - cap.window < attempt <= at), reverse=True)
    return counted[cap.count - 1] + cap.window if len(counted) >= cap.count else None
