"""Deciding about tools that wait for a supervisor. Whoever is first decides; the others are told who was, and what."""

from collections.abc import Mapping
from datetime import datetime

from asgiref.sync import async_to_sync
from django.db import transaction

from agents import floor
from agents.models.known_tools import spec_of
from calls.control import bridges
from calls.lifecycle import Phase
from calls.models import Call, ToolApproval
from compliance import audit

Decision = ToolApproval.Decision
_ACTS = {Decision.APPROVED: "approve_tool", Decision.EDITED: "edit_tool", Decision.REFUSED: "refuse_tool"}
_DONE = {Decision.APPROVED: "approved", Decision.EDITED: "approved, with changes,", Decision.REFUSED: "refused"}


class UnableToDecide(Exception):
    """It is decided, over or wrong; `str()` says what, for a person."""


def decide(
    *,
    approval: ToolApproval,
    is_approved: bool,
    by: str,
    now: datetime,
    edited: Mapping[str, str] | None = None,
) -> None:
    """Approve, with the arguments as they are or as `edited`, or refuse; whoever holds the call carries it out.

    Raises UnableToDecide when somebody was faster, nobody waits any more, or the arguments do not fit the tool.
    """
    arguments = None
    if edited is not None and is_approved and _stripped(edited) != _stripped(approval.arguments):
        arguments = _stripped(edited)
        if problem := _problem(approval.tool, arguments):
            raise UnableToDecide(problem)
    call = Call.objects.get(pk=approval.call_id)
    if call.is_live and call.phase not in (Phase.RINGING, Phase.WITH_ASSISTANT):
        raise UnableToDecide("The caller is not with the assistant now: nothing was decided.")
    decision = Decision.REFUSED if not is_approved else Decision.APPROVED if arguments is None else Decision.EDITED
    with transaction.atomic():
        is_mine = call.is_live and approval.decide(decision, by=by, now=now, edited=arguments)
        if is_mine:
            _note(approval, now=now, source="supervisor")
            audit.note(act=_ACTS[decision], subject=f"call:{call.pk}", by=by, now=now, tool=approval.tool)
    if not is_mine:
        expire(approval=approval, now=now)
        raise UnableToDecide(_too_late(approval))
    _tell(call, approval)


def _problem(tool: str, arguments: Mapping[str, str]) -> str:
    spec = spec_of(tool)
    return f"There is no tool “{tool}” any more." if spec is None else spec.problem_with(arguments)


def _stripped(arguments: Mapping[str, str]) -> dict[str, str]:
    """Arguments without those that are empty, and without what a browser makes of white space."""
    plain = {name: "\n".join(value.splitlines()).strip() for name, value in arguments.items()}
    return {name: value for name, value in plain.items() if value}


def expire(*, approval: ToolApproval, now: datetime) -> None:
    """If nobody has decided in time, or the call is over, it is refused."""
    with transaction.atomic():
        if approval.expire(now=now):
            _note(approval, now=now, source="system")


def expire_overdue(*, now: datetime) -> int:
    """The same for all that nobody looks after any more, also for what was approved too late to be done; how many."""
    overdue = ToolApproval.overdue(now=now)
    for approval in overdue:
        expire(approval=approval, now=now)
        _tell(approval.call, approval)
    return len(overdue) + sum(_came_too_late(approval, now=now) for approval in ToolApproval.left_over())


def _came_too_late(approval: ToolApproval, *, now: datetime) -> bool:
    with transaction.atomic():
        is_mine = approval.claim(now=now)
        if is_mine:
            approval.run.finish(output="The call was over before it could be done.", is_error=True, now=now)
            approval.call.note("approval_too_late", at=now, source="system", tool=approval.tool)
    return is_mine


def _note(approval: ToolApproval, *, now: datetime, source: str) -> None:
    approval.call.note(
        "approval_decided",
        at=now,
        source=source,
        key=f"approval:{approval.pk}",
        tool=approval.tool,
        decision=approval.decision,
        by=approval.by,
    )
    floor.changed("transcript", approval.call_id)
    if approval.decision in (Decision.REFUSED, Decision.EXPIRED):
        words = "A colleague has refused it." if approval.by else "Nobody could decide about it in time."
        approval.run.finish(output=f"{words} It was not done.", is_error=True, now=now)


def _too_late(approval: ToolApproval) -> str:
    if approval.decision == Decision.EXPIRED:
        return "It was not decided in time, or the call is over: nothing was done."
    return f"{approval.by} has {_DONE[Decision(approval.decision)]} this already."


def _tell(call: Call, approval: ToolApproval) -> None:
    place = bridges.holding(call)
    if place is not None:
        async_to_sync(bridges.tell_decided)(place, call_id=call.pk, approval_id=approval.pk)
