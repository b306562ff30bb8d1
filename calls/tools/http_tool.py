"""A tool that an admin has defined: ask the server of the business, and say what came of it."""

from datetime import datetime

import structlog

from agents.models import HttpTool
from agents.tool_specs import Risk
from calls.models import Call
from calls.tools.answer import ToolAnswer, not_usable
from calls.tools.web import client, reading
from calls.tools.web.request import UnableToAsk, build, key_of

log = structlog.get_logger(__name__)


def run(*, tool: HttpTool, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Ask, within the time and size there is. Whatever goes wrong is words, for the model and for people."""
    caller = call.customer_e164 if tool.sends_caller else ""
    key = key_of(call=call.pk, tool=tool.name, said=arguments)
    try:
        request = build(tool=tool, said=arguments, call=str(call.pk), caller=caller, key=key, now=now)
        reply = client.ask(request, timeout_s=tool.timeout_s, retries=tool.retries)
    except UnableToAsk as problem:
        return ToolAnswer(str(problem), is_error=True, trouble=problem.trouble)
    except client.Unanswered as problem:
        log.warning("tool unanswered", tool=tool.name, call=call.pk, why=str(problem))
        return not_usable(str(problem), is_unknown=problem.is_over and tool.risk != Risk.READ)
    told = reading.read(reply, schema=tool.answer_schema)
    return ToolAnswer(told.words, is_error=bool(told.trouble), trouble=told.trouble)
