"""`secure_capture`: the caller keys in a secret, to the carrier and nobody else."""

from datetime import datetime

from calls.control import capture
from calls.models import Call, ToolRun
from calls.tools.answer import ToolAnswer


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Send the caller to it. What comes of it is told when they are back."""
    try:
        capture.begin(
            call=call,
            name=arguments.get("kind", ""),
            amount=arguments.get("amount", ""),
            by="assistant",
            source="assistant",
            tool_run=ToolRun.under_way(call=call, tool="secure_capture"),
            now=now,
        )
    except capture.UnableToCapture as problem:
        return ToolAnswer(str(problem), is_error=True)
    return ToolAnswer("The caller is being asked for it.", leaves_line=True)
