"""Django admin of the house's people: assistants, their prompts, tools and documents; agents, queues, destinations."""

from agents.admin import assistants, facts_webhooks, http_tools, knowledge, people, relay

__all__ = ["assistants", "facts_webhooks", "http_tools", "knowledge", "people", "relay"]
