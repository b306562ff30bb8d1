"""Run the bridges of this machine under their parent."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from contactcenter import bridges


class Command(BaseCommand):
    """`manage.py run_bridges`."""

    help = "Run this machine's bridges and watch over them. Example: manage.py run_bridges --count 4 --base-port 9001"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The parent's own."""
        bridges.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Become the parent, which has no use for what Django has loaded by now."""
        known = {name: options[name] for name in ("count", "host", "base_port", "metrics_port")}
        words = [
            word
            for name, value in known.items()
            if value is not None
            for word in (f"--{name.replace('_', '-')}", str(value))
        ]
        os.execv(sys.executable, [sys.executable, "-m", "contactcenter.bridges", *words])  # noqa: S606  (no shell is wanted)
