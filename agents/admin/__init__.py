"""Django admin of the house's people: assistants and their prompts; agents, queues, and where callers may be sent."""

from agents.admin import assistants, people, relay

__all__ = ["assistants", "people", "relay"]
