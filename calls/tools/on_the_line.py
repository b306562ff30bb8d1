"""`collect_digits` and `send_digits`: done by whoever holds the line's sound; elsewhere they are not possible."""

from datetime import datetime

from calls.models import Call
from calls.tools.answer import ToolAnswer


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Nothing here can hear or make a tone."""
    return ToolAnswer("This is not possible on this call.", is_error=True)
