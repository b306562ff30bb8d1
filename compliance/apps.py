"""Compliance as a Django application."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as models
from django.apps.registry import Apps
from django.db.models.signals import post_migrate


class ComplianceConfig(AppConfig):
    """What we may dial, say, record and keep."""

    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        """Whoever has tables has the switch."""
        post_migrate.connect(_make_the_switch, sender=self)


def _make_the_switch(*, using: str, apps: Apps = models, **_: Any) -> None:
    try:
        switch = apps.get_model("compliance", "OutboundSwitch")
    except LookupError:  # migrated back to before there was one
        return
    switch._default_manager.using(using).get_or_create(name="everything")
