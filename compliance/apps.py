"""Compliance as a Django application."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """What we may dial, say, record and keep."""

    name = "compliance"
    verbose_name = "Compliance"
