"""The example tools from a terminal: a calendar over HTTP and a customer file over MCP, for the sandbox's business."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from agents import example_tools
from agents.models import Assistant


class Command(BaseCommand):
    """`manage.py load_example_tools`."""

    help = (
        "Define the tools that are shipped as examples, and grant them to assistants. Where they lead must stand in "
        "TOOL_ALLOWED_HOSTS. Example: manage.py load_example_tools http://127.0.0.1:8003 --grant reception"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the business answers, and who may ask it."""
        parser.add_argument("at", help="Where the business answers, without a path.")
        parser.add_argument("--key", default="sandbox-business", help="What it lets in (default: the sandbox's).")
        parser.add_argument("--grant", action="append", default=[], metavar="SLUG", help="An assistant that gets them.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plant them, or say why not."""
        assistants = [self._assistant(slug) for slug in options["grant"]]
        try:
            names = example_tools.load(
                at=options["at"].rstrip("/"), key=options["key"], by=getpass.getuser(), now=timezone.now()
            )
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from None
        for assistant in assistants:
            example_tools.grant(assistant, names)
        self.stdout.write(f"defined: {', '.join(names)}")

    def _assistant(self, slug: str) -> Assistant:
        found = Assistant.objects.filter(slug=slug).first()
        if found is None:
            raise CommandError(f"There is no assistant “{slug}”.")
        return found
