"""Write consents into a CSV file, or to standard output: what `import_consents` reads, and what is missing in each."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance import audit, consent_files
from compliance.models import ConsentRecord
from compliance.numbers import parse_e164


class Command(BaseCommand):
    """`manage.py export_consents`."""

    help = "Write consents as CSV. Example: export_consents --by ada@example.com --number +14155552671 --to carol.csv"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--by", required=True, help="Who wants them: an account's e-mail address.")
        parser.add_argument("--number", default="", help="Only those for this number.")
        parser.add_argument("--to", type=Path, help="Write into this file.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them, newest last, and note who wanted them."""
        records = ConsentRecord.objects.order_by("pk")
        if options["number"]:
            number = parse_e164(options["number"], region=settings.DEFAULT_REGION)
            if not number:
                raise CommandError("This is no complete telephone number.")
            records = records.filter(number=number)
        audit.note(
            act="export_consents", subject="consents:file", by=options["by"], now=timezone.now(), count=records.count()
        )
        out = options["to"].open("w", encoding="utf-8", newline="") if options["to"] else sys.stdout
        try:
            out.writelines(consent_files.lines(records.iterator(chunk_size=500)))
        finally:
            if options["to"]:
                out.close()
