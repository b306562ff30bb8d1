"""Delete what is older than it should be, or only count it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from compliance.keeping import DEFAULTS, DataClass
from compliance.models import RetentionRule
from contactcenter.privacy import retention


class Command(BaseCommand):
    """`manage.py retention`."""

    help = (
        "Delete what is older than it should be, kind after kind; what a legal hold is on stays. So it is done every "
        "night too. Exit code 1: a kind could not be cleared. Examples: retention --dry-run; retention"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--dry-run", action="store_true", help="Only count.")
        parser.add_argument("--by", default="system", help="Who did it, for the audit log.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what was done."""
        run = retention.run(is_dry=options["dry_run"], by=options["by"], now=timezone.now())
        days = RetentionRule.all_days()
        for kind in DataClass:
            count = run.counts.get(kind.value)
            kept = "for ever" if days[kind] is None else f"{days[kind]} days"
            if count is None:
                self.stdout.write(f"{DEFAULTS[kind].words}: kept {kept}")
            else:
                done = f"{count['due']} due" if run.is_dry else f"{count['deleted']} of {count['due']} deleted"
                self.stdout.write(f"{DEFAULTS[kind].words}: kept {kept}; {done}, {count['held']} on hold")
        if run.problem:
            self.stdout.write(f"Not cleared: {run.problem}")
            raise SystemExit(1)
