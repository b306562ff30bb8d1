"""Load a file of numbers from this machine: a list that others keep, our own list, or answers about reassignment."""

import getpass
import time
from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance import imports
from compliance.models import ListImport, NumberList, SuppressionEntry

_TELL_EVERY = timedelta(seconds=1)
_AGAIN_S = 0.2


class Command(BaseCommand):
    """`manage.py load_numbers`."""

    help = (
        "Load a file of telephone numbers, as the page of lists does, and wait for it. Examples: "
        'load_numbers registry.txt.gz --list "National registry" --as-of 2026-11-20; '
        'load_numbers changes.txt --list "National registry" --changes --as-of 2026-11-21; load_numbers own.csv --own'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and what it is."""
        parser.add_argument("file", type=Path, help="CSV or text, also packed by gzip or zip")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--list", help="the list, by its name, that this is a copy of")
        where.add_argument("--own", action="store_true", help="numbers for our own list")
        where.add_argument("--answers", action="store_true", help="answers of the Reassigned Numbers Database")
        parser.add_argument("--kind", choices=NumberList.Kind.values, help="set the list up, as one of this kind")
        parser.add_argument("--state", default="", help="with --kind state: which, by its two letters")
        parser.add_argument("--changes", action="store_true", help="the file holds changes since the last copy")
        parser.add_argument("--as-of", type=date.fromisoformat, help="the day of the version (default: today)")
        parser.add_argument("--scope", choices=SuppressionEntry.Scope.values, default="all", help="with --own")
        parser.add_argument("--may-shrink", action="store_true", help="it may be much smaller than the copy before")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send it, and do a worker's work here."""
        of = self._list(options) if options["list"] else None
        into = "answers" if options["answers"] else "own" if options["own"] else "list"
        try:
            with options["file"].open("rb") as file:
                made = imports.accept(
                    file=file,
                    name=options["file"].name,
                    size=options["file"].stat().st_size,
                    into="changes" if options["changes"] and of is not None else into,
                    of=of,
                    version_date=(options["as_of"] or timezone.now().date()) if of is not None else None,
                    scope=options["scope"],
                    may_shrink=options["may_shrink"],
                    now=timezone.now(),
                    by=getpass.getuser(),
                )
        except OSError as problem:
            raise CommandError(f"The file cannot be read: {problem.strerror}.") from None
        except imports.Refused as problem:
            raise CommandError(str(problem)) from None
        self._wait(made)

    def _list(self, options: dict[str, Any]) -> NumberList:
        if options["kind"]:
            made, _ = NumberList.objects.get_or_create(
                name=options["list"], defaults={"kind": options["kind"], "state": options["state"].upper()}
            )
            return made
        found = NumberList.objects.filter(name=options["list"]).first()
        if found is None:
            known = ", ".join(NumberList.objects.order_by("name").values_list("name", flat=True)) or "none"
            raise CommandError(f"There is no such list (known: {known}). Set it up with --kind.")
        return found

    def _wait(self, made: ListImport) -> None:
        while made.is_open:
            imports.bring_on(import_id=made.pk, clock=timezone.now, until=timezone.now() + _TELL_EVERY)
            made.refresh_from_db()
            self.stdout.write(f"{made.get_state_display()}: {made.percent} %, {made.rows_taken:,} numbers")
            if made.is_open and made.state != ListImport.State.READING:
                time.sleep(_AGAIN_S)  # a worker may be at it
        for problem in made.problems.order_by("row")[:10]:
            self.stdout.write(f"line {problem.row}: {problem.sentence}")
        if made.state != ListImport.State.DONE:
            raise CommandError(made.problem or "The import was cancelled.")
        self.stdout.write(f"{made.rows_taken:,} numbers taken, {made.rows_refused:,} lines not.")
