"""Take a new ruleset into the books: a change of law."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance import law
from compliance.ruleset import UnableToLoad


class Command(BaseCommand):
    """`manage.py adopt_ruleset`."""

    help = (
        "Take a ruleset (a file as in compliance/rulesets) into the books. It decides from its first day on, "
        "in every process at once, and is never changed again. Example: adopt_ruleset 2027-02.toml --by alice@acme.com"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and who stands for it."""
        parser.add_argument("file")
        parser.add_argument("--by", required=True, help="Who has read it and stands for it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check it, and keep it."""
        try:
            text = Path(options["file"]).read_text(encoding="utf-8")
            adopted = law.adopt(text, by=options["by"], now=timezone.now())
        except (OSError, UnicodeError, UnableToLoad) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{adopted} decides from {adopted.effective_from} on. Its hash: {adopted.sha256}")
