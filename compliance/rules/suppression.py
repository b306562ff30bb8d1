"""Whom we do not call: lines that are never called, our own list, and the registries."""

from collections.abc import Iterator
from datetime import UTC, timedelta

from compliance.customer import ListCopy
from compliance.rules.question import Question
from compliance.verdict import Code, Refusal

_NATIONAL = "national"
_REGISTRIES = (_NATIONAL, "state")
_NEVER = ("protected", "litigator")


def check(question: Question) -> Iterator[Refusal]:
    """Every list that the number stands on, and every copy of a list that is too old to be worth anything."""
    for copy in question.who.lists:
        if copy.is_listed and copy.kind in _NEVER:
            yield Refusal(Code.PROTECTED_LINE, "47 USC 227(b)(1)(A); policy", detail=copy.name)
    yield from _own(question)
    if question.is_sale:
        yield from _registries(question)
        yield from _stale(question)


def _own(question: Question) -> Iterator[Refusal]:
    scopes = [scope for scope in question.who.suppressed if scope != "marketing" or question.is_sale]
    if scopes:
        yield Refusal(Code.INTERNAL_DNC, "47 CFR 64.1200(d)(3), (d)(6)", detail=", ".join(sorted(scopes)))
    elif question.person.is_restricted:
        yield Refusal(Code.INTERNAL_DNC, "GDPR art. 18", detail="restricted")


def _registries(question: Question) -> Iterator[Refusal]:
    listed = [copy.name for copy in question.who.lists if copy.is_listed and copy.kind in _REGISTRIES]
    if not listed or question.signed is not None:
        return
    if question.is_customer and not question.is_ai:  # a relationship never stands in for consent to an AI voice
        return
    yield Refusal(Code.NATIONAL_DNC, "47 CFR 64.1200(c)(2); 16 CFR 310.4(b)(3)(iii)(B)", detail=", ".join(listed))


def _stale(question: Question) -> Iterator[Refusal]:
    national = [copy for copy in question.who.lists if copy.kind == _NATIONAL]
    asked = [copy for copy in question.who.lists if copy.is_required and copy.kind != _NATIONAL]
    old = [
        copy.name
        for copy in [*national, *asked]
        if (not copy.state or copy.state in question.states) and not _is_fresh(copy, question)
    ]
    if old or not national:
        detail = ", ".join(old) or "no national registry"
        yield Refusal(Code.DNC_SCRUB_STALE, "47 CFR 64.1200(c)(2)(i)(D); 16 CFR 310.4(b)(3)(iv)", detail=detail)


def _is_fresh(copy: ListCopy, question: Question) -> bool:
    """By the version's date and by the day on which it was fetched: the older one counts."""
    if copy.version_date is None or copy.retrieved_at is None:
        return False
    days = copy.max_age_days
    if copy.kind == _NATIONAL:
        days = min(days, int(question.law.limit("registry copy, days", question.today)))
    age = timedelta(days=days)
    fetched = copy.retrieved_at.astimezone(UTC)
    return question.today - copy.version_date <= age and question.now - fetched <= age
