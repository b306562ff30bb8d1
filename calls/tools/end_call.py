"""`end_call`: the assistant wants to end the call; the session lets the goodbye be heard first."""

from datetime import datetime

from calls.models import Call
from calls.tools.answer import ToolAnswer

_REASONS = frozenset({"caller_done", "wrong_number", "abuse", "other"})


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Keep that the assistant decided to end the call, and why."""
    reason = arguments.get("reason", "other")
    call.note("end_decided", at=now, source="assistant", reason=reason if reason in _REASONS else "other")
    return ToolAnswer("The call ends as soon as the caller has heard your goodbye.", hang_up=True)
