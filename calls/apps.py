"""Calls as a Django application."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Everything that happens on a telephone line."""

    name = "calls"
    verbose_name = "Calls"
