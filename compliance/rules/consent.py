"""What they agreed to and took back. 47 CFR 64.1200(a)(1)-(3), (a)(10), (f)(9), and states that ask for more."""

from collections.abc import Iterator
from datetime import timedelta

from compliance.customer import HeldConsent
from compliance.rules.question import SIGNED, Question
from compliance.ruleset import EVERYWHERE
from compliance.verdict import Code, Refusal


def check(question: Question) -> Iterator[Refusal]:
    """A revocation is the one reason where there is one; else each consent that is asked for and missing."""
    if question.is_revoked:
        yield Refusal(Code.CONSENT_REVOKED, "47 CFR 64.1200(a)(10), (a)(11)")
        return
    for strength, place, clause in question.needs:
        if strength == SIGNED and question.signed is None:
            yield from _no_signature(question, place, clause)
        elif question.consent is None:
            codes = _wrong_with(question, ("written", "express", "oral")) or (Code.CONSENT_EXPRESS_REQUIRED,)
            yield from (Refusal(code, clause) for code in codes)


def _no_signature(question: Question, place: str, clause: str) -> Iterator[Refusal]:
    if place != EVERYWHERE:
        yield Refusal(Code.CONSENT_WRITTEN_REQUIRED_STATE, clause, detail=place)
        return
    codes = _wrong_with(question, ("written",)) or (Code.CONSENT_WRITTEN_REQUIRED,)
    yield from (Refusal(code, clause) for code in codes)


def _wrong_with(question: Question, kinds: tuple[str, ...]) -> tuple[Code, ...]:
    """What is wrong with the newest record of such a kind; nothing when there is no record."""
    for consent in question.candidates:
        if consent.kind in kinds:
            is_past = consent.captured_at is not None and consent.captured_at <= question.now
            return consent.problems if is_past else (*consent.problems, Code.CONSENT_RECORD_INCOMPLETE)
    return ()


def check_reassigned(question: Question) -> Iterator[Refusal]:
    """Whether the number still belongs to who agreed: 47 CFR 64.1200(m), and Maine, which wants it asked each time."""
    clause = "47 CFR 64.1200(m); FCC 18-177"
    mandatory = [rule.row.source for _, rule in question.rules("reassigned_check")]
    if not question.needs and not mandatory:
        return
    answer = question.who.reassigned
    if answer is not None and answer.answer == "yes":
        yield Refusal(Code.NUMBER_REASSIGNED, "; ".join([clause, *mandatory]))
        return
    if not mandatory and (question.relied_on is None or not _is_old(question.relied_on, question)):
        return
    if not _is_good(question):
        yield Refusal(Code.RND_CHECK_REQUIRED, "; ".join([clause, *mandatory]))


def _is_old(consent: HeldConsent, question: Question) -> bool:
    limit = timedelta(days=question.law.limit("consent without a check, days", question.today))
    return consent.captured_at is None or question.now - consent.captured_at > limit


def _is_good(question: Question) -> bool:
    """A "no", fresh, and about the time since they agreed; "no data", errors and silence are none."""
    answer = question.who.reassigned
    if answer is None or answer.answer != "no" or answer.answered_at > question.now:
        return False
    limit = timedelta(days=question.law.limit("answer about reassignment, days", question.today))
    if question.now - answer.answered_at > limit:
        return False
    consent = question.relied_on
    return consent is None or consent.captured_at is None or answer.asked_date <= consent.captured_at.date()
