"""After a backup was restored: erase those again who were erased since it was made, by their certificates."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls.models import Call, Callback, Contact, Leg, WhatsAppMessage
from compliance.encrypted import keyed_hash
from compliance.models import (
    ConsentRecord,
    DialDecision,
    ErasedNumber,
    Person,
    ReassignedAnswer,
    Revocation,
    SuppressionEntry,
    WhatsAppFact,
)
from contactcenter.privacy import certificates, erasing
from contactcenter.privacy.erasing import UnableToErase

_NUMBERS = (
    *((Call, "customer_e164"), (Leg, "to_address"), (Leg, "from_address"), (Callback, "customer_e164")),
    *((Contact, "number"), (Person, "number"), (ConsentRecord, "number"), (Revocation, "number")),
    *((SuppressionEntry, "number"), (ReassignedAnswer, "number"), (DialDecision, "number")),
    *((WhatsAppFact, "person"), (WhatsAppMessage, "person")),
)


class Command(BaseCommand):
    """`manage.py erase_again`."""

    help = (
        "After a backup was restored, and before calls are taken: erase those again who were erased since it was made. "
        "Give their certificates, which are kept outside the database. Exit code 1: somebody could not be erased yet. "
        "Example: erase_again certificates/*.json"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("file", nargs="+", type=Path, help="Certificates of erasure.")
        parser.add_argument("--key", default="", help="Our public key of then, if it was another.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find them by their hashes, bar them, erase them."""
        hashes = {self._hash_of(path, key=options["key"]) for path in options["file"]}
        now = timezone.now()
        for number_hash in hashes:
            ErasedNumber.keep(number_hash=number_hash, bars_everything=True, now=now)
        waiting = 0
        found = {number for number in _numbers() if keyed_hash(number) in hashes}
        for number in sorted(found):
            try:
                erasure = erasing.ask(number=number, why="a backup was restored", by="system", now=now)
                if erasure.state == erasure.State.ASKED:
                    erasing.confirm(erasure=erasure, typed=number, by="system", now=now)
                erasing.go_on(erasure=erasure, now=now)
            except UnableToErase as problem:
                self.stdout.write(f"Not erased: {problem}")
                waiting += 1
                continue
            waiting += erasure.state != erasure.State.DONE
            self.stdout.write(f"erasure {erasure.pk}: {erasure.get_state_display()} {erasure.waits_for}".rstrip())
        self.stdout.write(f"{len(hashes)} certificates, {len(found)} of them with data here, {waiting} not done yet.")
        if waiting:
            raise SystemExit(1)

    def _hash_of(self, path: Path, *, key: str) -> str:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} is no certificate: {error}") from error
        if not isinstance(document, dict) or not certificates.is_genuine(document, key=key):
            raise CommandError(f"{path} is not genuine. Nothing was erased.")
        return str(document["certificate"]["number_hash"])


def _numbers() -> Iterator[str]:
    """Every number that stands anywhere."""
    for model, field in _NUMBERS:
        for address in model._default_manager.order_by().values_list(field, flat=True).distinct().iterator():
            yield address.removeprefix("whatsapp:")
