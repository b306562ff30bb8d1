"""What an assistant may do to a call: one file per tool, each making one control call.

`run` is the only entrance: it checks that the tool was granted and its arguments fit the declared shape, and sees to it
that a tool is run once whatever dies meanwhile.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls.models import Call, ToolRun
from calls.tools import callback, end_call, stop_recording, transfer
from calls.tools.answer import ToolAnswer

_TOOLS: dict[str, Callable[..., ToolAnswer]] = {
    "callback": callback.run,
    "end_call": end_call.run,
    "stop_recording": stop_recording.run,
    "transfer": transfer.run,
}
_STILL_OPEN = (
    "This was begun before the line was interrupted, and it is not known whether it happened. It was not done again. "
    "Tell the caller that a colleague will check it."
)


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
    if ToolRun.left_open(call=call, tool=tool_call.name, arguments=wish, epoch=tool_call.epoch) is not None:
        return ToolAnswer(_STILL_OPEN, is_error=True)
    run, is_new = ToolRun.begin(
        call=call,
        ref=tool_call.call_id[:64],
        tool=tool_call.name,
        arguments=wish,
        epoch=tool_call.epoch,
        now=now,
    )
    if not is_new:
        return ToolAnswer(run.output or _STILL_OPEN, is_error=run.is_error or run.finished_at is None)
    answer = tool(call=call, arguments=arguments, now=now)
    run.finish(output=answer.output, is_error=answer.is_error, now=now)
    return answer


def _text_values(arguments: dict[str, Any]) -> dict[str, str]:
    return {str(name)[:60]: str(value)[:500] for name, value in arguments.items()}
