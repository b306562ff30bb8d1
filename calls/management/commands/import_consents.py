"""Take consents out of a CSV file: each row whole or not at all, and what was wrong with the others."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance import consent_files
from compliance.consent_files import Counts


class Command(BaseCommand):
    """`manage.py import_consents`."""

    help = (
        "Take consents out of a CSV file (UTF-8; the columns are in docs/consent.md). Rows that are in the books "
        "already are left out, so an import that was cut off is simply run again. The exit code is 1 when a row was "
        "refused. Example: import_consents leads.csv --by ada@example.com --verified --problems wrong.csv"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="Who takes them in: an account's e-mail address.")
        parser.add_argument("--verified", action="store_true", help="Whoever takes them in has checked every one.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would become of each row.")
        parser.add_argument("--problems", type=Path, help="Write what is wrong with which row into this file.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, take, tell."""
        try:
            file = options["file"].open("rb")
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from error
        problems = options["problems"].open("w", encoding="utf-8", newline="") if options["problems"] else None
        try:
            with file:
                counts = self._take(file, problems, options)
        except consent_files.UnableToRead as error:
            raise CommandError(f"Nothing was taken. {error}") from error
        finally:
            if problems is not None:
                problems.close()
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{counts.taken} {would}taken ({counts.incomplete} of them incomplete), {counts.known} known already, "
            f"{counts.refused} refused."
        )
        if counts.refused:
            raise SystemExit(1)

    def _take(self, file: IO[bytes], problems: IO[str] | None, options: dict[str, Any]) -> Counts:
        table = None if problems is None else csv.writer(problems)
        if table is not None:
            table.writerow(("row", "is taken", "what is wrong"))
        counts = Counts()
        for counts in consent_files.take(
            file,
            by=options["by"],
            now=timezone.now(),
            region=settings.DEFAULT_REGION,
            is_trial=options["dry_run"],
            verified=options["verified"],
        ):
            for problem in counts.problems:
                taken = "yes, but it does not count" if problem.is_taken else "no"
                if table is not None:
                    table.writerow((problem.row, taken, " ".join(problem.sentences)))
                elif not problem.is_taken:
                    self.stderr.write(f"Line {problem.row}: {' '.join(problem.sentences)}")
            counts.problems.clear()
        return counts
