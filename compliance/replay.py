"""Asking the rules again what they were asked then: the stored inputs must give the stored answer, to the byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from compliance import chain, law, rules
from compliance.models import DialDecision
from compliance.rehydrate import UnableToRehydrate, restore
from compliance.ruleset import Ruleset, UnableToLoad
from compliance.verdict import DialFacts, DialRequest, Judgement


@dataclass(frozen=True, slots=True)
class Again:
    """What asking again has shown. `why` says why it could not be asked, or what is different now; empty: the same."""

    decision: int
    is_asked: bool
    why: str = ""


def again(decision: DialDecision) -> Again:
    """Ask the rules the stored question."""
    if decision.erased_at is not None:
        return Again(decision.pk, False, "the person was erased from it")
    if decision.facts is None:
        return Again(decision.pk, False, "the facts were not to be had then")
    if any(reason.get("detail") == "constraint" for reason in decision.reasons):
        return Again(decision.pk, False, "another permit was written at the same moment; the database refused this one")
    try:
        request = restore(DialRequest, decision.request)
        facts = restore(DialFacts, decision.facts)
        judgement = rules.decide(request, facts, decision.at, _law_of(decision))
    except UnableToRehydrate as problem:
        return Again(decision.pk, False, f"stored in a shape of another version ({problem})")
    except UnableToLoad as problem:
        return Again(decision.pk, False, f"its law is not here any more ({problem})")
    if (then := answer_of(decision)) == (now := _answer(judgement)):
        return Again(decision.pk, True)
    return Again(decision.pk, True, f"then {then.decode()}, now {now.decode()}")


def _law_of(decision: DialDecision) -> Ruleset | None:
    """The law that was applied; None where it was none of the law's business. Raises UnableToLoad."""
    if not decision.ruleset_sha256:
        return None
    applied = law.of(decision.ruleset)
    if applied.sha256 != decision.ruleset_sha256:
        raise UnableToLoad(f"The rows of {decision.ruleset} are not those of then.")
    return applied


def answer_of(decision: DialDecision) -> bytes:
    """The stored answer as bytes."""
    codes = [[reason["code"], reason["outcome"]] for reason in decision.reasons]
    return chain.canonical({"outcome": decision.outcome, "codes": codes, "until": decision.until})


def _answer(judgement: Judgement) -> bytes:
    codes = [[str(reason.code), str(reason.outcome)] for reason in judgement.reasons]
    return chain.canonical({"outcome": str(judgement.outcome), "codes": codes, "until": judgement.until})


def everything(*, since: datetime | None = None) -> Iterator[Again]:
    """Ask about every decision, or those since then, one after another."""
    asked = DialDecision.objects.order_by("pk")
    if since is not None:
        asked = asked.filter(at__gte=since)
    for decision in asked.iterator(chunk_size=500):
        yield again(decision)
