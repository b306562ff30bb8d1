"""A tool of an MCP server: ask it, and say what came of it."""

from datetime import datetime

import structlog

from agents import json_shapes
from agents.models import McpTool
from agents.tool_specs import Risk
from calls.models import Call
from calls.tools.answer import ToolAnswer, not_usable
from calls.tools.mcp import wire
from calls.tools.mcp.talk import NotSetUp, Talk
from calls.tools.mcp.told import told
from calls.tools.mcp.wire import Useless
from calls.tools.web.client import Unanswered
from calls.tools.web.request import key_of

log = structlog.get_logger(__name__)


def run(*, tool: McpTool, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Ask, within the time there is. Whatever goes wrong is words, for the model and for people."""
    parameters = tool.spec().parameters
    said = json_shapes.typed(arguments, parameters)
    if problem := json_shapes.problem_with(said, parameters):
        return ToolAnswer(f"The arguments do not fit: {problem} Nothing was done.", is_error=True)
    server, is_sent = tool.server, False
    headers = {"X-Call": str(call.pk), "Idempotency-Key": key_of(call=call.pk, tool=tool.name, said=arguments)}
    if server.sends_caller and call.customer_e164:
        headers["X-Caller"] = call.customer_e164
    try:
        with Talk(server, timeout_s=server.timeout_s, headers=headers) as talk:
            talk.begin()
            is_sent = True
            answer = told(talk.use(tool.original, said))
    except NotSetUp as problem:
        return ToolAnswer("This tool is not set up rightly. Nothing was done.", is_error=True, trouble=str(problem))
    except Useless as useless:
        return _refused(useless, is_unknown=is_sent and tool.risk != Risk.READ)
    except Unanswered as unanswered:
        log.warning("tool unanswered", tool=tool.name, call=call.pk, why=str(unanswered))
        is_unknown = is_sent and unanswered.is_over and tool.risk != Risk.READ
        return not_usable(str(unanswered), is_unknown=is_unknown)
    return ToolAnswer(answer.words, is_error=answer.is_error, trouble=answer.trouble)


def _refused(useless: Useless, *, is_unknown: bool) -> ToolAnswer:
    """An error with a number is about what was asked: nothing was done. Anything else says nothing of that."""
    if useless.code == wire.WRONG_ARGUMENTS:
        return ToolAnswer(
            "The server did not accept this. Ask the caller whether the details are right.",
            is_error=True,
            trouble=str(useless),
        )
    is_known = useless.code in (wire.NO_SUCH_METHOD, wire.UNSUPPORTED_VERSION) or useless.status in (401, 403, 404)
    return not_usable(str(useless), is_unknown=is_unknown and not is_known)
