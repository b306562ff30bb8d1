"""Money and the gate: customers are not dialled without it, our own people and emergencies are."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from compliance import rules
from compliance.rules import budget
from compliance.verdict import BudgetFacts, Code, DialRequest, Outcome, Purpose, judge
from tests.unit.compliance.test_rules import FACTS, NOW, REQUEST

MIDNIGHT = datetime(2026, 12, 2, tzinfo=UTC)
SPENT, UNKNOWN = BudgetFacts("Today", until=MIDNIGHT), BudgetFacts("Today", is_known=False)


def codes(request: DialRequest, facts: BudgetFacts | None) -> set[Code]:
    known = replace(FACTS, door=replace(FACTS.door, budget=facts))
    return {reason.code for reason in rules.decide(request, known, NOW).reasons}


def test_a_spent_budget_puts_off_until_its_period_is_over() -> None:
    known = replace(FACTS, door=replace(FACTS.door, budget=SPENT))
    found = judge(list(budget.check(REQUEST, known, NOW)))
    assert (found.outcome, found.until) == (Outcome.DEFER, MIDNIGHT)
    assert [reason.code for reason in found.reasons] == [Code.BUDGET_SPENT]


def test_money_that_nobody_has_counted_is_no_money() -> None:
    known = replace(FACTS, door=replace(FACTS.door, budget=UNKNOWN))
    assert judge(list(budget.check(REQUEST, known, NOW))).outcome is Outcome.DENY


@pytest.mark.parametrize("facts", [SPENT, UNKNOWN], ids=["spent", "unknown"])
def test_our_own_people_are_rung_for_callers_whatever_is_spent(facts: BudgetFacts) -> None:
    assert codes(REQUEST, facts) == codes(REQUEST, None) == set()
    emergency = replace(REQUEST, purpose=Purpose.EMERGENCY)
    assert codes(emergency, facts) == codes(emergency, None)
