"""Agents as a Django application."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """Who may take a call."""

    name = "agents"
    verbose_name = "Assistants and people"
