"""Tools over HTTP, documents and facts, as an admin has set them up."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from agents import knowledge
from agents.mcp_offers import Offer
from agents.models import (
    Assistant,
    FactsWebhook,
    FactToCollect,
    HttpTool,
    KnowledgeDocument,
    McpServer,
    McpTool,
    ToolGrant,
)
from calls.models import Call, CallResult, CollectedFact, FactsDelivery, LookUp

ORDER = {
    "type": "object",
    "properties": {"order": {"type": "string", "description": "The order number."}},
    "required": ["order"],
}
RETURNS = """# Returns
Goods come back within thirty days, with the receipt, in the shop or by post.

# Tents
The Ridge tent sleeps three and weighs two kilograms. It costs four hundred dollars.
"""


def an_http_tool(assistant: Assistant | None = None, *, name: str = "order_status", **fields: Any) -> HttpTool:
    """A tool that asks for an order, granted to the assistant."""
    made = {"description": "Looks an order up.", "url": "https://api.example.com/orders/{order}", "parameters": ORDER}
    tool = HttpTool(name=name, **(made | fields))
    tool.full_clean()
    tool.save()
    if assistant is not None:
        ToolGrant.objects.create(assistant=assistant, tool=name)
    return tool


def an_mcp_server(slug: str = "crm", **fields: Any) -> McpServer:
    """A server whose tools nobody has read yet."""
    server = McpServer(slug=slug, **({"name": "Customer file", "url": "https://crm.example.com/mcp"} | fields))
    server.full_clean()
    server.save()
    return server


def an_mcp_tool(server: McpServer, assistant: Assistant | None = None, *, original: str = "find_contact") -> McpTool:
    """A tool that was read of the server and approved, granted to the assistant."""
    offer = Offer(original, f"{server.slug}_{original}", "Finds the caller.", is_read_only=True)
    server.keep([offer], protocol="2025-11-25", trouble="", now=timezone.now())
    tool = server.tools.get(original=original)
    approve(tool)
    if assistant is not None:
        ToolGrant.objects.create(assistant=assistant, tool=tool.name)
    return tool


def approve(*tools: McpTool) -> None:
    """Ada approves them as they are."""
    for tool in tools:
        tool.refresh_from_db()
        assert tool.approve(fingerprint=tool.fingerprint, by="ada", now=timezone.now())
        tool.refresh_from_db()


def a_document(
    assistant: Assistant, text: str = RETURNS, *, title: str = "Shop rules", **fields: Any
) -> KnowledgeDocument:
    """A document of the assistant, ready to be found."""
    document = KnowledgeDocument.objects.create(
        assistant=assistant, title=title, text=text, added_at=timezone.now(), **fields
    )
    knowledge.index(document)
    return document


def a_fact(assistant: Assistant, name: str = "order_number", *, label: str = "order number", **fields: Any) -> Any:
    """Something the assistant is to find out."""
    return FactToCollect.objects.create(assistant=assistant, name=name, label=label, **fields)


def a_webhook(assistant: Assistant, url: str = "https://crm.example.com/facts", **fields: Any) -> FactsWebhook:
    """Somebody who wants to be told what the assistant's calls have found out, since long ago."""
    made = {"since": timezone.now() - timedelta(days=30)} | fields
    return FactsWebhook.objects.create(assistant=assistant, url=url, **made)


def a_row_of_each(call: Call) -> None:
    """A row in each of these tables."""
    assert call.assistant is not None
    an_http_tool(call.assistant).headers.create(name="X-Key", value="k-1234")
    an_mcp_tool(an_mcp_server(secret="Bearer k-1234"), call.assistant)
    a_document(call.assistant)
    wanted = a_fact(call.assistant)
    CollectedFact.record(call=call, wanted=wanted, value="74411", now=call.started_at)
    CallResult.objects.create(call=call, disposition="resolved", at=call.started_at)
    LookUp.keep(call=call, tool="crm", values={"name": "Carol Baker"}, trouble="", now=call.started_at)
    a_webhook(call.assistant)
    FactsDelivery.objects.create(call=call, key=f"msg_{call.pk}", began_at=call.started_at)
