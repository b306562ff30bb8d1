"""Tools that a supervisor must approve: the model is told to wait, and later what came of it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from agents import floor
from agents.models import ToolGrant
from calls.control import approvals
from calls.models import Call, ToolApproval, ToolRun
from calls.tools.answer import ToolAnswer

_WAIT = (
    "Nothing has been done yet: a colleague has to approve this first, and has been asked. Tell the caller in one "
    "short sentence that you are asking a colleague, keep them company until you are told what was decided, and "
    "promise nothing, for it may be refused. Do not call this tool for it again."
)
_STILL_WAITING = "A colleague has been asked for exactly this already and has not decided yet. Keep the caller company."
_REFUSED_BEFORE = "A colleague has refused exactly this in this call. It was not done. Do not ask for it again."
_UNKNOWN = (
    "It was approved and begun, and it is not known whether it happened. Do not do it again; tell the caller that a "
    "colleague will check it."
)
OPT_OUT = "opt_out"
# A tool that was begun by a process that is gone may take so long to write down what came of it.
_OUTCOME_PATIENCE = timedelta(seconds=15)


def before(*, call: Call, tool: str, arguments: dict[str, str]) -> ToolAnswer | None:
    """What is to be said of a wish that was brought before a supervisor already; None when it was not."""
    same = ToolApproval.objects.filter(call=call, tool=tool, arguments=arguments).order_by("-pk").first()
    if same is None:
        return None
    if same.is_open:
        return ToolAnswer(_STILL_WAITING, approval=same.pk)
    return ToolAnswer(_REFUSED_BEFORE, is_error=True) if same.decision == ToolApproval.Decision.REFUSED else None


def patience(*, call: Call, tool: str) -> timedelta | None:
    """How long this tool waits for a supervisor; None when it need not be approved.

    Nobody has to approve that somebody is not called any more: that counts at once (47 CFR 64.1200(a)(10)).
    """
    if tool == OPT_OUT:
        return None
    return ToolGrant.patience(assistant_id=call.assistant_id, tool=tool)


def ask(*, run: ToolRun, call: Call, arguments: dict[str, str], now: datetime, patience: timedelta) -> ToolAnswer:
    """Ask the supervisors, and tell the model to wait."""
    with transaction.atomic():
        asked = ToolApproval.ask(run=run, call=call, arguments=arguments, now=now, patience=patience)
        call.note("approval_asked", at=now, source="assistant", tool=run.tool, approval=asked.pk)
        floor.changed("transcript", call.pk)
    return ToolAnswer(_WAIT, approval=asked.pk)


def settle(*, approval: ToolApproval, tool: Callable[..., ToolAnswer], call: Call, now: datetime) -> ToolAnswer | None:
    """Carry out what was approved, once, and say what came of it; None while nothing is decided or known."""
    approvals.expire(approval=approval, now=now)
    if approval.is_open:
        return None
    run, name = approval.run, approval.tool
    if approval.decision == ToolApproval.Decision.REFUSED:
        return ToolAnswer(
            f"A colleague has refused “{name}”. It was not done and will not be. Tell the caller kindly that this is "
            "not possible now, and go on with what you can do for them. Do not ask for it again.",
            is_error=True,
        )
    if approval.decision == ToolApproval.Decision.EXPIRED:
        return ToolAnswer(
            f"Nobody could decide about “{name}” in time, so it was not done. Tell the caller so kindly, and that a "
            "colleague will look into it. Do not promise that it will be done.",
            is_error=True,
        )
    hang_up = False
    if approval.claim(now=now):
        answer = tool(call=call, arguments=approval.wanted(), now=now)
        run.finish(
            output=answer.output, is_error=answer.is_error, now=now, trouble=answer.trouble, sources=answer.sources
        )
        hang_up = answer.hang_up
    run.refresh_from_db()
    if run.finished_at is None and approval.carried_out_at and now < approval.carried_out_at + _OUTCOME_PATIENCE:
        return None  # somebody is at it
    outcome = run.output if run.finished_at is not None else _UNKNOWN
    how = "approved" if approval.edited_arguments is None else f"approved with changes, {_listed(approval)},"
    return ToolAnswer(
        f"“{name}” was {how} by a colleague. What came of it: {outcome} Tell the caller now.",
        is_error=run.is_error or run.finished_at is None,
        hang_up=hang_up,
    )


def _listed(approval: ToolApproval) -> str:
    wanted: dict[str, Any] = approval.wanted()
    return json.dumps(wanted, ensure_ascii=False)[:200]
