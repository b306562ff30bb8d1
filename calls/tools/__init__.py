"""What an assistant may do to a call: one file per tool, each making one control call.

`run` is the only entrance: it checks that the tool was granted and its arguments fit the declared shape, and sees to it
that a tool is run once whatever dies meanwhile. What a supervisor must approve first is carried out by `settle`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction

from agents.models import HttpTool, McpTool
from agents.tool_specs import LONGEST_ARGUMENT, Risk
from calls.models import Call, ToolApproval, ToolRun
from calls.models.tool_run import LONGEST_WISH
from calls.tools import (
    approval,
    callback,
    end_call,
    http_tool,
    in_test_call,
    look_up_contact,
    mcp_tool,
    on_the_line,
    opt_out,
    record_fact,
    search_knowledge,
    secure_capture,
    set_disposition,
    stop_recording,
    take_note,
    transfer,
    yes,
)
from calls.tools.answer import ToolAnswer

_TOOLS: dict[str, Callable[..., ToolAnswer]] = {
    "callback": callback.run,
    "collect_digits": on_the_line.run,
    "end_call": end_call.run,
    "look_up_contact": look_up_contact.run,
    "opt_out": opt_out.run,
    "record_fact": record_fact.run,
    "search_knowledge": search_knowledge.run,
    "secure_capture": secure_capture.run,
    "send_digits": on_the_line.run,
    "set_disposition": set_disposition.run,
    "stop_recording": stop_recording.run,
    "take_note": take_note.run,
    "transfer": transfer.run,
}
_STILL_OPEN = (
    "This was begun before the line was interrupted, and it is not known whether it happened. It was not done again. "
    "Tell the caller that a colleague will check it."
)
# How the session names runs that a key of the caller's has begun; the model's ids look otherwise.
BY_KEY = "key-"
# What neither the database nor UTF-8 can hold.
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")


log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call as the model made it; `arguments` is its JSON text, `epoch` that of the process it was made in."""

    call_id: str
    name: str
    arguments: str
    epoch: int


def run(*, tool_call: ToolCall, call: Call, granted: frozenset[str], now: datetime) -> ToolAnswer:
    """Run a tool for a call. Never raises for what the model did: it is told in words it can act on."""
    tool = _tool(tool_call.name) if tool_call.name in granted else None
    if tool is None:
        return _refused(tool_call, call=call, now=now)
    try:
        arguments = json.loads(tool_call.arguments or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        return ToolAnswer("The arguments are not a JSON object.", is_error=True)
    if not call.is_held_by(tool_call.epoch):
        return ToolAnswer("This call has been taken over.", is_error=True)
    return _run_once(tool, tool_call, _text_values(arguments), call=call, now=now)


def _tool(name: str) -> Callable[..., ToolAnswer] | None:
    """What a tool does: one of ours, one that an admin has defined, or one of an MCP server as it was approved."""
    if (known := _TOOLS.get(name)) is not None:
        return known
    if (defined := HttpTool.active(name)) is not None:
        return partial(http_tool.run, tool=defined)
    offered = McpTool.usable(name)
    return None if offered is None else partial(mcp_tool.run, tool=offered)


def _refused(tool_call: ToolCall, *, call: Call, now: datetime) -> ToolAnswer:
    """Nobody has granted it, whoever talked the model into asking for it. Kept, so that somebody can look."""
    name = _clean(tool_call.name, 60)
    log.warning("tool not granted", call=call.pk, tool=name)
    call.note("tool_refused", at=now, source="assistant", key=f"refused:{_clean(tool_call.call_id, 64)}", name=name)
    return ToolAnswer("There is no such tool.", is_error=True)


def _run_once(
    tool: Callable[..., ToolAnswer], tool_call: ToolCall, arguments: dict[str, str], *, call: Call, now: datetime
) -> ToolAnswer:
    wish = json.dumps(arguments, sort_keys=True)[:LONGEST_WISH]
    begun = partial(
        ToolRun.begin,
        call=call,
        ref=tool_call.call_id[:64],
        tool=tool_call.name,
        arguments=wish,
        epoch=tool_call.epoch,
        now=now,
    )
    if call.is_test and (instead := in_test_call.instead_of(tool_call.name)) is not None:
        run, _ = begun()
        _finish(run, instead, now=now)
        return instead
    if (known := approval.before(call=call, tool=tool_call.name, arguments=arguments)) is not None:
        return known
    if ToolRun.left_open(call=call, tool=tool_call.name, arguments=wish, epoch=tool_call.epoch) is not None:
        return ToolAnswer(_STILL_OPEN, is_error=True)
    if (owed := _first(tool_call, arguments, call=call, now=now)) is not None:
        run, _ = begun()
        run.finish(output=owed.output, is_error=True, now=now)  # (it was not done: asking again is no repetition)
        return owed
    patience = approval.patience(call=call, tool=tool_call.name)
    with transaction.atomic():
        run, is_new = begun()
        if is_new and patience is not None:
            return approval.ask(run=run, call=call, arguments=arguments, now=now, patience=patience)
    if not is_new:
        return ToolAnswer(run.output or _STILL_OPEN, is_error=run.is_error or run.finished_at is None)
    if isinstance(tool, partial) and (again := _again(tool.keywords["tool"], run)) is not None:
        run.finish(output=again.output, is_error=True, now=now)
        return again
    answer = tool(call=call, arguments=arguments, now=now)
    if not answer.leaves_line:
        _finish(run, answer, now=now)
    return answer


def _first(tool_call: ToolCall, arguments: dict[str, str], *, call: Call, now: datetime) -> ToolAnswer | None:
    """What has to be said or asked before this is done; None when it may be. A key the caller has pressed is a yes."""
    if tool_call.call_id.startswith(BY_KEY):
        return None
    if tool_call.name == "transfer" and (nudge := record_fact.before_transfer(call=call, now=now)) is not None:
        return nudge
    return yes.before(call=call, tool=tool_call.name, arguments=arguments, now=now)


def _again(tool: HttpTool | McpTool, run: ToolRun) -> ToolAnswer | None:
    """What is to be said of a wish that this call has had already, with a tool that changes something."""
    if tool.risk == Risk.READ or (before := run.before()) is None:
        return None
    if before.finished_at is None:
        return ToolAnswer("This is under way already, or it is not known what came of it. It was not done again.")
    return ToolAnswer(f"This was done in this call already, and was not done again. {before.output}")


def _finish(run: ToolRun, answer: ToolAnswer, *, now: datetime) -> None:
    run.finish(output=answer.output, is_error=answer.is_error, now=now, trouble=answer.trouble, sources=answer.sources)


def settle(*, approval_id: int, call: Call, epoch: int, now: datetime) -> ToolAnswer | None:
    """What came of a tool that had to be approved, carrying it out if that is due; None while it is not known."""
    asked = ToolApproval.objects.select_related("run").filter(pk=approval_id, call=call).first()
    if asked is None or not call.is_held_by(epoch):
        return None
    return approval.settle(approval=asked, tool=_tool(asked.tool) or _gone, call=call, now=now)


def _gone(**_: Any) -> ToolAnswer:
    return ToolAnswer("There is no such tool any more. Nothing was done.", is_error=True)


def _text_values(arguments: dict[str, Any]) -> dict[str, str]:
    return {_clean(name, 60): _clean(value, LONGEST_ARGUMENT) for name, value in arguments.items()}


def _clean(value: Any, limit: int) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _UNSPEAKABLE.sub("", text)[:limit]
