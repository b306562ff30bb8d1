"""May this number be rung now? The gate asks every rule, writes down the answer, and issues the permit.

Any doubt is a refusal: a rule that fails, a fact that cannot be had, a book that cannot be written. Only the door asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from compliance import facts, law, rules
from compliance.metrics import DIALS_DECIDED
from compliance.models import DialDecision, DialPermit
from compliance.numbers import read_address
from compliance.ruleset import Ruleset
from compliance.verdict import Code, DialFacts, DialRequest, DoorFacts, Judgement, Outcome, Purpose, Refusal, judge

# Our own people are rung by our own rules.
_LAWLESS = frozenset({Purpose.STAFF, Purpose.TRANSFER})

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
    found = _decide(request, door, now)
    judgement = found.judgement
    if judgement.outcome is Outcome.ALLOW:
        try:
            with transaction.atomic():
                return _allow(request, found, number, now)
        except IntegrityError:
            judgement = judge([Refusal(Code.IN_FLIGHT, "one open permit per number", detail="constraint")])
    DialDecision.keep(
        request=request, facts=found.known, number=number, judgement=judgement, at=now, **found.law_named()
    )
    DIALS_DECIDED.labels(request.purpose, judgement.outcome, judgement.reasons[0].code).inc()
    if judgement.outcome is Outcome.DEFER:
        return Deferred(judgement.until, judgement.reasons)
    return Denied(judgement.reasons)


def assess(request: DialRequest, door: DoorFacts, now: datetime) -> Judgement:
    """What the answer would be. Nothing is kept and nothing permitted."""
    return _decide(request, door, now).judgement


def assess_each(asked: Sequence[tuple[DialRequest, DoorFacts]], now: datetime) -> list[Judgement]:
    """What the answer to each would be, in their order: some hundred at once, in as many queries as one of them."""
    return [found.judgement for found in _decide_each(asked, now)]


@dataclass(frozen=True, slots=True)
class _Found:
    """An answer with its grounds; what could not be had is None."""

    judgement: Judgement
    known: DialFacts | None = None
    by: Ruleset | None = None

    def law_named(self) -> dict[str, str]:
        return {} if self.by is None else {"ruleset": self.by.id, "ruleset_sha256": self.by.sha256}


def _decide(request: DialRequest, door: DoorFacts, now: datetime) -> _Found:
    try:
        with transaction.atomic():  # a query that fails must not take the caller's transaction with it
            known = facts.gather(request, door, now)
            in_force = None if request.purpose in _LAWLESS else law.in_force(now)
    except Exception as error:  # whatever it is: in doubt no dial leaves
        log.exception("gate could not decide")
        return _in_doubt(error)
    return _judged(request, known, in_force, now)


def _decide_each(asked: Sequence[tuple[DialRequest, DoorFacts]], now: datetime) -> list[_Found]:
    """As `_decide`, with the facts of all read at once. What cannot be read together is read one by one: what is wrong
    with one of them is said of that one.
    """
    try:
        with transaction.atomic():
            known = facts.gather_each(asked, now)
            are_lawless = all(request.purpose in _LAWLESS for request, _ in asked)
            in_force = None if are_lawless else law.in_force(now)
    except Exception as error:  # noqa: BLE001  (each is asked about alone, and says what is wrong)
        log.warning("the gate reads one by one", error=type(error).__name__, numbers=len(asked))
        return [_decide(request, door, now) for request, door in asked]
    return [
        _judged(request, of_it, None if request.purpose in _LAWLESS else in_force, now)
        for (request, _), of_it in zip(asked, known, strict=True)
    ]


def _judged(request: DialRequest, known: DialFacts, in_force: Ruleset | None, now: datetime) -> _Found:
    try:
        return _Found(rules.decide(request, known, now, in_force), known, in_force)
    except Exception as error:  # whatever it is: in doubt no dial leaves
        log.exception("gate could not decide")
        return _in_doubt(error)


def _in_doubt(error: Exception) -> _Found:
    detail = type(error).__name__
    return _Found(judge([Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail=detail)]))


def _allow(request: DialRequest, found: _Found, number: str, now: datetime) -> Allowed:
    known, judgement = found.known, found.judgement
    assert known is not None
    decision = DialDecision.keep(
        request=request, facts=known, number=number, judgement=judgement, at=now, **found.law_named()
    )
    label = known.door.directory.label if known.door.directory else request.label
    permit = DialPermit.issue(decision=decision, label=label)
    DIALS_DECIDED.labels(request.purpose, judgement.outcome, "").inc()
    return Allowed(permit)
