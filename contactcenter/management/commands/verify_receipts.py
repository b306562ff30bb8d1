"""Verify the receipts: the chain holds, every decision is as it was chained, and asked again the answer is the same."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from compliance import receipts, replay


def _head(text: str) -> tuple[int, str]:
    position, colon, sha256 = text.partition(":")
    if not colon or not position.isdigit() or len(sha256) != 64:
        raise ArgumentTypeError("a head is POSITION:HASH, as the audit log and packets name it")
    return int(position), sha256


class Command(BaseCommand):
    """`manage.py verify_receipts`."""

    help = (
        "Verify the chain of receipts and ask the rules every stored question again. Exit code 0: all is as it was; "
        "1: something is not, and it is said what. Examples: verify_receipts; verify_receipts --no-replay; "
        "verify_receipts --head 12840:9f2c…"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--no-replay", action="store_true", help="Only the chain; do not ask the rules again.")
        parser.add_argument(
            "--head",
            type=_head,
            action="append",
            default=[],
            help="An entry's hash that was kept elsewhere; repeatable.",
        )
        parser.add_argument(
            "--most", type=int, default=50, help="Show at most so many findings of a kind (default 50)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, tell, and end with a code."""
        sealed = receipts.seal_all(now=timezone.now())
        if sealed:
            self.stdout.write(f"{sealed} decisions that were waiting are chained now.")
        check = receipts.Check(heads=dict(options["head"]))
        faults = 0
        for finding in check:
            faults += 1
            if faults <= options["most"]:
                self.stdout.write(f"FAULT {finding.sentence}")
        self.stdout.write(f"{check.entries} entries, {check.decisions} decisions looked at, {faults} faults.")
        if check.head is not None:
            self.stdout.write(f"The chain ends with {check.head.position}:{check.head.sha256}")
        if not options["no_replay"]:
            faults += self._replay(options["most"])
        if faults:
            raise SystemExit(1)

    def _replay(self, most: int) -> int:
        same = differing = 0
        not_asked: dict[str, int] = {}
        for one in replay.everything():
            if not one.is_asked:
                not_asked[one.why] = not_asked.get(one.why, 0) + 1
            elif one.why:
                differing += 1
                if differing <= most:
                    self.stdout.write(f"FAULT Decision {one.decision} comes out otherwise: {one.why}")
            else:
                same += 1
        self.stdout.write(f"{same} decisions asked again gave the same answer, {differing} another.")
        for why, count in sorted(not_asked.items()):
            self.stdout.write(f"{count} could not be asked: {why}.")
        return differing
