"""Assistants with their prompts and tools, the departments of people, and where callers may be handed to."""

from agents.models.assistant import Assistant, PromptVersion, ToolGrant
from agents.models.destination import TransferDestination
from agents.models.staff import Department

__all__ = ["Assistant", "Department", "PromptVersion", "ToolGrant", "TransferDestination"]
