"""MCP servers as an admin has set them up, and their tools as a model uses them in a call."""

import json
from typing import Any

from django.utils import timezone

from agents import prompts
from agents.models import McpServer, ToolGrant
from calls import tools
from calls.models import Call, TranscriptTurn
from calls.tools.answer import ToolAnswer
from calls.tools.mcp import reading
from tests import tools_given
from tests.mcp_server import Ledger


def a_server(ledger: Ledger, habit: str = "mcp", **fields: Any) -> McpServer:
    return tools_given.an_mcp_server(**({"url": ledger.url(habit), "timeout_s": 1} | fields))


def read(server: McpServer) -> str:
    trouble = reading.read(server=server, now=timezone.now())
    server.refresh_from_db()
    assert server.trouble == trouble
    return trouble


def granted(call: Call, server: McpServer) -> None:
    """Its tools are read, approved, and all granted."""
    assert read(server) == ""
    tools_given.approve(*server.tools.all())
    for tool in server.tools.all():
        ToolGrant.objects.create(assistant=call.assistant, tool=tool.name)


def declared(call: Call) -> dict[str, Any]:
    return {tool["name"]: tool for tool in prompts.rendered(call.prompt_version).tools}


def use(call: Call, name: str = "crm_find_contact", call_id: str = "c1", /, **arguments: Any) -> ToolAnswer:
    """The model calls a tool that its assistant was granted."""
    call.refresh_from_db()
    wanted = tools.ToolCall(call_id, name, json.dumps(arguments), call.epoch)
    return tools.run(tool_call=wanted, call=call, granted=frozenset(declared(call)), now=timezone.now())


def say(call: Call, text: str, *, item: str) -> None:
    at_ms = int((timezone.now() - call.started_at).total_seconds() * 1000) + 1
    TranscriptTurn.objects.create(call=call, item_id=item, party="customer", started_ms=at_ms, text=text)
