"""Compliance as a Django application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from compliance import founding


class ComplianceConfig(AppConfig):
    """What we may dial, say, record and keep."""

    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        """Whoever has tables has the switch, the law, the switch-board, and what is kept how long."""
        post_migrate.connect(founding.lay, sender=self)
