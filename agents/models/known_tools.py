"""Every tool there is, wherever it comes from: ours, an admin's over HTTP, those of MCP servers."""

from collections.abc import Iterable

from agents.models.http_tool import HttpTool
from agents.models.mcp import McpTool
from agents.tool_specs import TOOLS, ToolSpec


def spec_of(name: str) -> ToolSpec | None:
    """A tool by its name, if it is in use now."""
    if (known := TOOLS.get(name)) is not None:
        return known
    defined = HttpTool.active(name) or McpTool.usable(name)
    return None if defined is None else defined.spec()


def specs_of(names: Iterable[str]) -> dict[str, ToolSpec]:
    """Those of these names that are in use now. Asks nothing when all of them are ours: a caller waits for it."""
    wanted = set(names)
    found = {name: TOOLS[name] for name in wanted & TOOLS.keys()}
    if others := wanted - TOOLS.keys():
        found |= {tool.name: tool.spec() for tool in HttpTool.objects.filter(is_active=True, name__in=others)}
        found |= {tool.name: tool.spec() for tool in McpTool.all_usable(others)}
    return found


def grantable() -> dict[str, str]:
    """Names of the tools an assistant may be granted, with what an admin reads for them.

    Also those that are not in use just now: whoever saves an assistant's page must not change its grants by that. A
    tool of an MCP server is among them once somebody has approved it.
    """
    http = HttpTool.objects.order_by("name").values_list("name", "is_active")
    words = {name: name for name in TOOLS} | {name: name if is_on else f"{name} (off)" for name, is_on in http}
    for tool in McpTool.objects.filter(approved__isnull=False).select_related("server").order_by("name"):
        words[tool.name] = tool.name if tool.is_usable else f"{tool.name} ({tool.state})"
    return words
