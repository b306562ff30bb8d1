"""Budgets at work: what is spent, and what follows for calls that begin now. One in progress is never touched."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import structlog
from django.utils import timezone

from agents.models import Assistant, PromptVersion, RelayLine
from calls.costs import budget
from calls.costs.budget import Level, Period
from calls.models import Budget, Call, Number
from calls.models.number import NumberDoor
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


@dataclass(frozen=True, slots=True)
class StepDown:
    """How a call begins more cheaply: with this model instead of its prompt's, or by its assistant's line of text."""

    cheaper_model: str = ""
    is_by_text_line: bool = False


def step_down(*, version: PromptVersion, number: Number | None, campaign_id: int | None = None) -> StepDown:
    """How a call of this version begins by what is spent now. What cannot be had more cheaply begins as always.

    A line of text cannot take a prompt that is stored at the model's, nor callers whose number leads there by SIP.
    """
    found = Budget.of(assistant_id=version.assistant_id, campaign_id=campaign_id)
    down = [one for one in found if budget.uses_cheaper(Level(one.level), one.amounts)]
    if not down:
        return StepDown()
    by_sound = not version.instructions.strip() or (number is not None and number.door != NumberDoor.MEDIA_STREAM)
    is_wanted = any(one.uses_text_line for one in down) and not by_sound
    has_line = is_wanted and RelayLine.objects.filter(assistant=version.assistant_id).exists()
    return StepDown(down[0].cheaper_model, has_line and version.assistant.door != Assistant.Door.RELAY)


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
            by_text = " or their assistant's line of text, where it has one" if one.uses_text_line else ""
            return f"Calls that begin from now on use {one.cheaper_model}{by_text}."
        case Level.WARNED:
            return "That is enough for a warning on the Health page; nothing else changes."
        case _:
            return "That is within its limits: nothing changes."


def dollars(amount: Decimal | None) -> str:
    """An amount of dollars as `1.23`."""
    return f"{amount or Decimal(0):,.2f}"
