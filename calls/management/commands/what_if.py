"""What would the gate say? Asked of many cases in a file, for a compliance officer."""

import csv
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from calls.control import dialing
from calls.management import what_if_cases, what_if_rows
from calls.management.what_if_cases import NEEDED, Case, UnableToRead
from calls.management.what_if_rows import BY, NOT_OURS, OURS, SELLER, TOPIC
from compliance.verdict import CampaignFacts, Judgement, Outcome

_ANSWERS = ("case_id", "outcome", "until_utc", "reason", "reasons")
_LONGEST_CELL = 1_000_000


class Command(BaseCommand):
    """`manage.py what_if`."""

    help = (
        "Say what the gate would answer to each case of a CSV file. Nothing is dialled and nothing stays in the "
        "tables. Example: what_if cases.csv > answers.csv"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("cases", help="A CSV file; - reads from standard input.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer row by row, as they are read."""
        csv.field_size_limit(_LONGEST_CELL)
        out = csv.writer(self.stdout, lineterminator="\n")
        out.writerow(_ANSWERS)
        wrong = 0
        try:
            with _opened(options["cases"]) as file:
                for row in _rows(file):
                    answer = _answer(row)
                    wrong += answer[1] == "ERROR"
                    out.writerow(answer)
        except (OSError, UnicodeError, csv.Error) as error:
            raise CommandError(f"The file of cases cannot be read: {error}") from None
        if wrong:
            self.stderr.write(f"{wrong} rows could not be understood. Their lines say why.")


def _opened(name: str) -> TextIO:
    # Standard input is closed with the command; nobody reads more of it.
    return sys.stdin if name == "-" else Path(name).open(encoding="utf-8-sig", newline="")


def _rows(file: TextIO) -> Iterator[Mapping[str | None, Any]]:
    reader = csv.DictReader(what_if_cases.lines_of(file), skipinitialspace=True)
    columns = [(name or "").strip() for name in reader.fieldnames or ()]
    if missing := [name for name in NEEDED if name not in columns]:
        raise CommandError(f"The file has no column {', '.join(missing)}. Its first line names the columns.")
    if doubled := {name for name in columns if name in what_if_cases.COLUMNS and columns.count(name) > 1}:
        raise CommandError(f"The file has the column {', '.join(sorted(doubled))} twice.")
    reader.fieldnames = columns
    return (row for row in reader if any(value for value in row.values()))


def _answer(row: Mapping[str | None, Any]) -> tuple[str, str, str, str, str]:
    name = str(row.get("case_id") or "").strip()
    try:
        case = what_if_cases.read(row)
    except UnableToRead as problem:
        return name, "ERROR", "", "ROW_NOT_UNDERSTOOD", str(problem)
    judgement = _judged(case)
    codes = [reason.code.value for reason in judgement.reasons] or ["OK"]
    until = ""
    if judgement.outcome is Outcome.DEFER:
        until = f"{judgement.until:%Y-%m-%dT%H:%M:%SZ}" if judgement.until else "condition"
    return name, judgement.outcome.upper(), until, codes[0], ";".join(codes)


def _judged(case: Case) -> Judgement:
    """Put the case into the tables, ask, and take it out again."""
    with transaction.atomic():
        what_if_rows.put(case)
        judgement = dialing.assess_out(
            to=case.to,
            purpose=case.purpose,
            voice=case.voice,
            seller=SELLER,
            topic=TOPIC,
            caller_id=OURS if case.is_caller_id_ours else NOT_OURS,
            campaign=CampaignFacts((OURS,), abandoned_pct=case.abandoned_pct),
            has_room="no_capacity" not in case.flags,
            approved_by=f"{BY}: somebody else",
            by=BY,
            now=case.now,
        )
        transaction.set_rollback(True)
    return judgement
