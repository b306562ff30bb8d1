"""What single states ask beyond hours: no sales by an assistant, only to customers, none in an emergency; and the
switch-board, by which people switch a state off.
"""

from collections.abc import Iterator
from datetime import datetime

from compliance.rules.question import Question
from compliance.verdict import Code, Refusal


def check(question: Question) -> Iterator[Refusal]:
    """Every candidate state's own rules; a state that is not on the switch-board is a doubt, and switched off."""
    board = {row.state: row for row in question.who.states}
    for state in question.states:
        row = board.get(state)
        if row is None or not row.is_enabled:
            yield Refusal(Code.STATE_DISABLED, "policy: a state can be switched off", detail=state)
        if row is None:
            continue
        if question.is_sale and row.is_suspended and _is_still(row.suspended_until, question):
            clause = "La. RS 45:844.31; N.Y. GBL 399-z; policy: any state"
            yield Refusal(Code.STATE_EMERGENCY_SUSPENSION, clause, detail=state)
    for state, rule in question.rules("ai_blocked"):
        row = board.get(state)
        is_signed_off = row is not None and bool(row.ai_sales_signed_off_by) and _is_still(row.ai_sales_until, question)
        if not is_signed_off:
            yield Refusal(Code.STATE_AI_BLOCKED, rule.row.source, detail=state)
    if not question.is_customer:
        for state, rule in question.rules("relationship"):
            yield Refusal(Code.STATE_EBR_REQUIRED, rule.row.source, detail=state)


def _is_still(until: datetime | None, question: Question) -> bool:
    return until is None or question.now < until
