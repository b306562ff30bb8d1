"""May this number be rung now? The gate asks every rule, writes down the answer, and issues the permit.

Any doubt is a refusal: a rule that fails, a fact that cannot be had, a book that cannot be written. Only the door asks.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from compliance import facts, rules
from compliance.metrics import DIALS_DECIDED
from compliance.models import DialDecision, DialPermit
from compliance.numbers import read_address
from compliance.verdict import Code, DialFacts, DialRequest, DoorFacts, Judgement, Outcome, Refusal, judge

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, once, now: spend the permit in a transaction of its own, commit, then ask the carrier."""

    permit: DialPermit


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now. `until` None: no clock alone changes that."""

    until: datetime | None
    reasons: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """No; asking again will not help by itself."""

    reasons: tuple[Refusal, ...]


Verdict = Allowed | Deferred | Denied


def take_turn(request: DialRequest, *, default_region: str) -> None:
    """Begin a permit's transaction: until it ends, nobody else decides about this number."""
    DialPermit.take_turn(read_address(request.to, region=default_region).value)


def authorize(request: DialRequest, door: DoorFacts, now: datetime) -> Verdict:
    """Decide, keep the decision, and issue the permit if it is yes; all in the caller's transaction.

    You must have begun the transaction with `take_turn`, and read what the door knows in it.
    """
    number = read_address(request.to, region=door.default_region).value
    DialPermit.void_expired(number)
    known, judgement = _decide(request, door, now)
    if judgement.outcome is Outcome.ALLOW:
        assert known is not None
        try:
            with transaction.atomic():
                return _allow(request, known, number, judgement, now)
        except IntegrityError:
            judgement = judge([Refusal(Code.IN_FLIGHT, "one open permit per number", detail="constraint")])
    DialDecision.keep(request=request, facts=known, number=number, judgement=judgement, at=now)
    DIALS_DECIDED.labels(request.purpose, judgement.outcome, judgement.reasons[0].code).inc()
    if judgement.outcome is Outcome.DEFER:
        return Deferred(judgement.until, judgement.reasons)
    return Denied(judgement.reasons)


def assess(request: DialRequest, door: DoorFacts, now: datetime) -> Judgement:
    """What the answer would be. Nothing is kept and nothing permitted."""
    return _decide(request, door, now)[1]


def _decide(request: DialRequest, door: DoorFacts, now: datetime) -> tuple[DialFacts | None, Judgement]:
    try:
        with transaction.atomic():  # a query that fails must not take the caller's transaction with it
            known = facts.gather(request, door)
        return known, rules.decide(request, known, now)
    except Exception as error:
        log.exception("gate could not decide")
        detail = type(error).__name__
        return None, judge([Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail=detail)])


def _allow(request: DialRequest, known: DialFacts, number: str, judgement: Judgement, now: datetime) -> Allowed:
    decision = DialDecision.keep(request=request, facts=known, number=number, judgement=judgement, at=now)
    label = known.door.directory.label if known.door.directory else request.label
    permit = DialPermit.issue(decision=decision, label=label)
    DIALS_DECIDED.labels(request.purpose, judgement.outcome, "").inc()
    return Allowed(permit)
