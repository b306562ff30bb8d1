"""Assistants with their prompts and tools; departments, queues, and the people who take calls."""

from agents.models.assistant import Assistant
from agents.models.destination import TransferDestination
from agents.models.disposition import Disposition
from agents.models.facts import FactToCollect
from agents.models.facts_webhook import FactsWebhook
from agents.models.guardrail import Guardrail
from agents.models.http_tool import HttpTool, HttpToolHeader
from agents.models.keys import KeyBinding, SecureField
from agents.models.knowledge import KnowledgeChunk, KnowledgeDocument
from agents.models.mcp import McpServer, McpTool
from agents.models.music import HoldMusic
from agents.models.prompt_version import PromptVersion
from agents.models.queue import Membership, Queue
from agents.models.relay import RelayLanguage, RelayLine
from agents.models.staff import Agent, Department, Skill
from agents.models.tool_grant import ToolGrant

__all__ = [
    "Agent",
    "Assistant",
    "Department",
    "Disposition",
    "FactToCollect",
    "FactsWebhook",
    "Guardrail",
    "HoldMusic",
    "HttpTool",
    "HttpToolHeader",
    "KeyBinding",
    "KnowledgeChunk",
    "KnowledgeDocument",
    "McpServer",
    "McpTool",
    "Membership",
    "PromptVersion",
    "Queue",
    "RelayLanguage",
    "RelayLine",
    "SecureField",
    "Skill",
    "ToolGrant",
    "TransferDestination",
]
