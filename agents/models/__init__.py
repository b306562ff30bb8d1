"""Assistants with their prompts and tools, and the departments of people."""

from agents.models.assistant import Assistant, PromptVersion, ToolGrant
from agents.models.staff import Department

__all__ = ["Assistant", "Department", "PromptVersion", "ToolGrant"]
