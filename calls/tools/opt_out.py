"""`opt_out`: the caller does not want to be called any more."""

from datetime import datetime

from calls.control import opting_out
from calls.models import Call
from calls.tools.answer import ToolAnswer


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Take the number off our lists, at once and for every kind of call; the answer is what is to be said of it."""
    done = opting_out.by_tool(call=call, said=arguments.get("said", ""), now=now)
    return ToolAnswer(done.words, hang_up=True)
