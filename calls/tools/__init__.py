"""What an assistant may do to a call: one file per tool, each making one control call.

`run` is the only entrance: it checks that the tool was granted and its arguments fit the declared shape.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls.models import Call
from calls.tools import end_call, stop_recording
from calls.tools.answer import ToolAnswer

_TOOLS: dict[str, Callable[..., ToolAnswer]] = {
    "end_call": end_call.run,
    "stop_recording": stop_recording.run,
}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call as the model made it; `arguments` is its JSON text."""

    name: str
    arguments: str


def run(*, tool_call: ToolCall, call: Call, granted: frozenset[str], now: datetime) -> ToolAnswer:
    """Run a tool for a call. Never raises: whatever goes wrong is told to the model in words it can act on."""
    tool = _TOOLS.get(tool_call.name)
    if tool is None or tool_call.name not in granted:
        return ToolAnswer("There is no such tool.", is_error=True)
    try:
        arguments = json.loads(tool_call.arguments or "{}")
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        return ToolAnswer("The arguments are not a JSON object.", is_error=True)
    return tool(call=call, arguments=_text_values(arguments), now=now)


def _text_values(arguments: dict[str, Any]) -> dict[str, str]:
    return {str(name)[:60]: str(value)[:500] for name, value in arguments.items()}
