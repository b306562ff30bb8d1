"""Holds the rules against the second reading of the law, over cases drawn by lot, and both ways."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from calls.management.what_if_cases import Case
from compliance import rules
from compliance.verdict import Judgement, Outcome
from tests.unit.compliance import oracle, random_cases
from tests.unit.compliance.case_facts import LAW, of_case

MINUTE = timedelta(minutes=1)


@dataclass
class Agreement:
    """What came of a run. `broken` holds the cases on which anything was wrong, with what; `unlawful` counts those that
    may not be called by the second reading, and may by the rules.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    sought: int = 0
    unlawful: int = 0
    broken: list[tuple[str, Case]] = field(default_factory=list)

    @property
    def allowed_share(self) -> float:
        """How many of them may be called."""
        return self.outcomes["allow"] / max(1, self.outcomes.total())


def judged(case: Case) -> Judgement:
    """What the rules say."""
    request, facts = of_case(case)
    return rules.decide(request, facts, case.now, LAW)


def run(dice: random.Random, count: int, *, seek_every: int) -> Agreement:
    """So many cases; of the deferred ones every so many is sought minute by minute, all others at both sides."""
    found = Agreement()
    for _ in range(count):
        case = random_cases.draw(dice)
        try:
            problem = _wrong_with(case, found, seek_every)
        except Exception as error:  # noqa: BLE001  (a rule that fails is what is looked for)
            problem = f"{type(error).__name__}: {error}"
        if problem:
            found.broken.append((problem, case))
    return found


def of_seed(seed: str, count: int, *, seek_every: int) -> Agreement:
    """The same, with dice that another process can throw alike."""
    return run(random.Random(seed), count, seek_every=seek_every)


def _wrong_with(case: Case, found: Agreement, seek_every: int) -> str:
    judgement = judged(case)
    found.outcomes[judgement.outcome.value] += 1
    is_sought = judgement.outcome is Outcome.DEFER and found.outcomes["defer"] % seek_every == 0
    wanted = oracle.answer(case, seeks=is_sought)
    found.unlawful += judgement.outcome is Outcome.ALLOW and wanted.outcome != "allow"
    codes = sorted({reason.code.value for reason in judgement.reasons}, key=oracle.ORDER.index)
    if (judgement.outcome.value, codes) != (wanted.outcome, wanted.codes):
        return f"{judgement.outcome} {codes} instead of {wanted}"
    if judgement.outcome is not Outcome.DEFER:
        return "" if judgement.until is None else "a time where there is none"
    if is_sought:
        found.sought += 1
        if judgement.until != wanted.until:
            return f"until {judgement.until} instead of {wanted.until}"
    return _wrong_about_until(case, judgement, wanted)


def _wrong_about_until(case: Case, judgement: Judgement, wanted: oracle.Answer) -> str:
    until = judgement.until
    if not set(wanted.codes) <= oracle.TIMED:
        return "" if until is None else "a time although something else is waited for"
    if until is None:
        return ""  # none in two weeks: found wrong only by seeking
    if until.second or until.microsecond or not case.now <= until <= case.now + timedelta(days=14):
        return f"{until} is no whole minute of the next two weeks"
    if not oracle.is_right_time(case, until):
        return f"{until} is not right"
    if until - MINUTE >= case.now and oracle.is_right_time(case, until - MINUTE):
        return f"a minute before {until} is right"
    # Nothing else changes: what is so old now is so old then.
    if _timing(replace(case, now=until)) or (
        until - MINUTE >= case.now and not _timing(replace(case, now=until - MINUTE))
    ):
        return f"asked again, the rules say something else about {until}"
    return ""


def _timing(case: Case) -> bool:
    return any(reason.code.value in oracle.TIMED for reason in judged(case).reasons)
