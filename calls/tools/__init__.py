"""What an assistant may do to a call: one file per tool, each making one control call.

`run` is the only entrance: it checks that the tool was granted and its arguments fit the declared shape, and sees to it
that a tool is run once whatever dies meanwhile. What a supervisor must approve first is carried out by `settle`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from agents.tool_specs import LONGEST_ARGUMENT
from calls.models import Call, ToolApproval, ToolRun
from calls.tools import (
    approval,
    callback,
    end_call,
    in_test_call,
    on_the_line,
    opt_out,
    secure_capture,
    stop_recording,
    transfer,
)
from calls.tools.answer import ToolAnswer

_TOOLS: dict[str, Callable[..., ToolAnswer]] = {
    "callback": callback.run,
    "collect_digits": on_the_line.run,
    "end_call": end_call.run,
    "opt_out": opt_out.run,
    "secure_capture": secure_capture.run,
    "send_digits": on_the_line.run,
    "stop_recording": stop_recording.run,
    "transfer": transfer.run,
}
_STILL_OPEN = (
    "This was begun before the line was interrupted, and it is not known whether it happened. It was not done again. "
    "Tell the caller that a colleague will check it."
)
# What neither the database nor UTF-8 can hold.
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call as the model made it; `arguments` is its JSON text, `epoch` that of the process it was made in."""

    call_id: str
    name: str
    arguments: str
    epoch: int


def run(*, tool_call: ToolCall, call: Call, granted: frozenset[str], now: datetime) -> ToolAnswer:
    """Run a tool for a call. Never raises for what the model did: it is told in words it can act on."""
    tool = _TOOLS.get(tool_call.name)
    if tool is None or tool_call.name not in granted:
        return ToolAnswer("There is no such tool.", is_error=True)
    try:
        arguments = json.loads(tool_call.arguments or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        return ToolAnswer("The arguments are not a JSON object.", is_error=True)
    if not call.is_held_by(tool_call.epoch):
        return ToolAnswer("This call has been taken over.", is_error=True)
    return _run_once(tool, tool_call, _text_values(arguments), call=call, now=now)


def _run_once(
    tool: Callable[..., ToolAnswer], tool_call: ToolCall, arguments: dict[str, str], *, call: Call, now: datetime
) -> ToolAnswer:
    wish = json.dumps(arguments, sort_keys=True)[:500]
    if call.is_test and (instead := in_test_call.instead_of(tool_call.name)) is not None:
        run, _ = ToolRun.begin(
            call=call, ref=tool_call.call_id[:64], tool=tool_call.name, arguments=wish, epoch=tool_call.epoch, now=now
        )
        run.finish(output=instead.output, is_error=instead.is_error, now=now)
        return instead
    if (known := approval.before(call=call, tool=tool_call.name, arguments=arguments)) is not None:
        return known
    if ToolRun.left_open(call=call, tool=tool_call.name, arguments=wish, epoch=tool_call.epoch) is not None:
        return ToolAnswer(_STILL_OPEN, is_error=True)
    patience = approval.patience(call=call, tool=tool_call.name)
    with transaction.atomic():
        run, is_new = ToolRun.begin(
            call=call,
            ref=tool_call.call_id[:64],
            tool=tool_call.name,
            arguments=wish,
            epoch=tool_call.epoch,
            now=now,
        )
        if is_new and patience is not None:
            return approval.ask(run=run, call=call, arguments=arguments, now=now, patience=patience)
    if not is_new:
        return ToolAnswer(run.output or _STILL_OPEN, is_error=run.is_error or run.finished_at is None)
    answer = tool(call=call, arguments=arguments, now=now)
    if not answer.leaves_line:
        run.finish(output=answer.output, is_error=answer.is_error, now=now)
    return answer


def settle(*, approval_id: int, call: Call, epoch: int, now: datetime) -> ToolAnswer | None:
    """What came of a tool that had to be approved, carrying it out if that is due; None while it is not known."""
    asked = ToolApproval.objects.select_related("run").filter(pk=approval_id, call=call).first()
    if asked is None or not call.is_held_by(epoch):
        return None
    return approval.settle(approval=asked, tool=_TOOLS[asked.tool], call=call, now=now)


def _text_values(arguments: dict[str, Any]) -> dict[str, str]:
    return {_clean(name, 60): _clean(value, LONGEST_ARGUMENT) for name, value in arguments.items()}


def _clean(value: Any, limit: int) -> str:
    return _UNSPEAKABLE.sub("", str(value))[:limit]
