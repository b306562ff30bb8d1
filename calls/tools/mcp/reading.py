"""Reading the tools of an MCP server into our books, where an admin looks at them before anything is used."""

from datetime import datetime

import structlog

from agents import mcp_offers
from agents.models import HttpTool, McpServer
from agents.tool_specs import TOOLS
from calls.tools.mcp import wire
from calls.tools.mcp.talk import NotSetUp, Talk
from calls.tools.mcp.wire import Useless
from calls.tools.web.client import Unanswered

READ_S = 10.0  # somebody waits for the page

log = structlog.get_logger(__name__)


def read(*, server: McpServer, now: datetime) -> str:
    """Read what the server offers now; what was wrong, as a sentence for an admin, or nothing.

    What was read and approved before stays as it is when the server does not answer.
    """
    try:
        with Talk(server, timeout_s=READ_S) as talk:
            talk.find_a_way()
            entries, trouble = talk.tools()
            version = talk.version
    except (Unanswered, Useless, NotSetUp) as problem:
        log.warning("tools of an MCP server not read", server=server.slug, why=str(problem))
        server.note_trouble(str(problem), now=now)
        return str(problem)
    taken = {*TOOLS, *HttpTool.objects.values_list("name", flat=True)}
    offers = mcp_offers.read(entries, slug=server.slug, is_sessionless=version == wire.SESSIONLESS, taken=taken)
    if not offers and not trouble:
        trouble = "It offers no tools."
    server.keep(offers, protocol=version, trouble=trouble, now=now)
    return trouble


def read_all(*, now: datetime) -> None:
    """Read every server that is in use, so that a tool which has changed is not used for long."""
    for server in McpServer.objects.filter(is_active=True).order_by("pk"):
        read(server=server, now=now)
