"""Compliance as a Django application."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as models
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

from compliance.keeping import DEFAULTS


class ComplianceConfig(AppConfig):
    """What we may dial, say, record and keep."""

    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        """Whoever has tables has the switch, the privacy mode, and a line for each kind of data that is kept."""
        post_migrate.connect(_make_the_switch, sender=self)
        post_migrate.connect(_make_what_is_kept, sender=self)


def _make_the_switch(*, using: str, apps: Apps = models, **_: Any) -> None:
    try:
        switch = apps.get_model("compliance", "OutboundSwitch")
    except LookupError:  # migrated back to before there was one
        return
    switch._default_manager.using(using).get_or_create(name="everything")


def _make_what_is_kept(*, using: str, apps: Apps = models, **_: Any) -> None:
    try:
        mode, rule = apps.get_model("compliance", "PrivacyMode"), apps.get_model("compliance", "RetentionRule")
    except LookupError:  # migrated back to before there were any
        return
    mode._default_manager.using(using).bulk_create([mode(name="everything")], ignore_conflicts=True)
    lines = [rule(data_class=kind.value, days=kept.days, why=kept.why) for kind, kept in DEFAULTS.items()]
    rule._default_manager.using(using).bulk_create(lines, ignore_conflicts=True)
