"""Check a certificate of erasure: that it is one of ours, and that nothing of it was changed."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance import signing
from contactcenter.privacy import certificates


class Command(BaseCommand):
    """`manage.py verify_certificate`."""

    help = (
        "Check a certificate of erasure against our key, or say which key that is. Exit code 1: it is not genuine. "
        "Examples: verify_certificate erasure-7.json; verify_certificate --public-key; "
        "verify_certificate erasure-7.json --key 3b6a…"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("file", nargs="?", type=Path, help="The certificate.")
        parser.add_argument("--key", default="", help="Our public key of then, if it was another.")
        parser.add_argument("--public-key", action="store_true", help="Only say our public key.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check it, or say the key."""
        if options["public_key"]:
            self.stdout.write(signing.public_key())
            return
        if options["file"] is None:
            raise CommandError("Name the file of a certificate, or ask for the key with --public-key.")
        try:
            document = json.loads(options["file"].read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"This is no certificate: {error}") from error
        if not isinstance(document, dict) or not certificates.is_genuine(document, key=options["key"]):
            self.stdout.write("Not genuine: it was not signed with this key, or was changed since.")
            raise SystemExit(1)
        known = document["certificate"]
        self.stdout.write(f"Genuine: erasure {known['erasure']}, finished {known['finished_at']}.")
