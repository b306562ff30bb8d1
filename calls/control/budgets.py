"""Budgets at work: what is spent, and what follows for calls that begin now. One in progress is never touched."""

from datetime import datetime
from decimal import Decimal

import structlog
from django.utils import timezone

from calls.costs import budget
from calls.costs.budget import Level, Period
from calls.models import Budget, Call
from compliance import audit
from compliance.verdict import BudgetFacts

_SYSTEM = "system"

log = structlog.get_logger(__name__)


def judge_all(*, now: datetime) -> None:
    """See how far each budget in force is used up; whatever has changed is written down and logged."""
    for one in Budget.objects.filter(is_active=True).select_related("assistant", "campaign"):
        judge(one, now=now)


def judge(one: Budget, *, now: datetime) -> None:
    """The same of one budget."""
    before = one.judge(now=now)
    if before is None:
        return
    spent = dollars(one.spent)
    tell = log.info if one.level == Level.FINE else log.warning
    tell("a budget has changed its level", budget=one.name, before=before, level=one.level, spent=spent)
    audit.note(
        act="budget_level", subject=f"budget:{one.pk}", by=_SYSTEM, now=now,
        before=before.value, level=Level(one.level).value, spent_usd=spent,
    )  # fmt: skip


def at_door(*, assistant_id: int | None, campaign_id: int | None = None, now: datetime) -> BudgetFacts | None:
    """How the budgets stand that stop dialling for these; None when there is none, or money left in all of them.

    One whose money has not been counted lately is not known: nobody is dialled on the word of a sweep that died.
    """
    found = Budget.of(assistant_id=assistant_id, campaign_id=campaign_id)
    stopping = [one for one in found if one.stop_at is not None]
    for one in stopping:
        if one.level == Level.STOPPED:
            return BudgetFacts(one.name, until=budget.ends(Period(one.period), timezone.localtime(now)))
    for one in stopping:
        if not budget.is_believed(one.judged_at, now):
            return BudgetFacts(one.name, is_known=False)
    return None


def cheaper_model(*, assistant_id: int | None, campaign_id: int | None = None) -> str:
    """The model with which a call begins instead of its prompt's; empty: with its prompt's."""
    for one in Budget.of(assistant_id=assistant_id, campaign_id=campaign_id):
        if budget.uses_cheaper(Level(one.level), one.amounts):
            return one.cheaper_model
    return ""


def standing(one: Budget, *, now: datetime) -> str:
    """What a budget does now, for the admin who has just changed it."""
    if not one.is_active:
        return f"“{one.name}” is switched off: it stops nothing and says nothing."
    said = f"“{one.name}” ({one.whose}): {dollars(one.spent)} USD are spent this {one.period}. {_follows(one)}"
    live = Call.objects.exclude(phase="closed").filter(pk__in=one.calls(now=now)).count()
    if not live:
        return said
    goes_on = "1 call in progress goes on as it is" if live == 1 else f"{live} calls in progress go on as they are"
    return f"{said} {goes_on}: a budget never ends a call."


def _follows(one: Budget) -> str:
    match Level(one.level):
        case Level.STOPPED:
            reached = f"That is {dollars(one.stop_at)} USD or more"
            return f"{reached}: no outgoing call is dialled until the {one.period} ends."
        case Level.STEPPED_DOWN:
            return f"Calls that begin from now on use {one.cheaper_model}."
        case Level.WARNED:
            return "That is enough for a warning on the Health page; nothing else changes."
        case _:
            return "That is within its limits: nothing changes."


def dollars(amount: Decimal | None) -> str:
    """An amount of dollars as `1.23`."""
    return f"{amount or Decimal(0):,.2f}"
