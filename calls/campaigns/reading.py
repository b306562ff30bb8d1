"""The worker's part of an import: piece by piece from the file into the books, in memory that does not grow."""

import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

import structlog
from django.db import transaction
from django.utils import timezone

from calls.campaigns import importing
from calls.campaigns.contact_files import ContactRow, Problem
from calls.campaigns.file_rows import Unreadable
from calls.models import Contact, ContactImport, ImportProblem
from compliance.models import Person

PIECE = 2000
# After this a task ends and another goes on: other work waits for the worker too.
LONGEST_S = 20.0

log = structlog.get_logger(__name__)
_Row = tuple[int, list[str]]


def read(*, import_id: int, longest_s: float = LONGEST_S) -> bool:
    """Read on from where the reading has come to. True when there is more to read and a next task should go on."""
    of = ContactImport.take(import_id, by=uuid.uuid4().hex, now=timezone.now())
    if of is None:
        return False
    try:
        with importing.opened(of) as file:
            return _read_on(of, importing.rows_after(of, file, of.rows_read), longest_s=longest_s)
    except (Unreadable, importing.UnableToImport) as problem:
        of.fail(str(problem), now=timezone.now())
        log.warning("an import cannot be read on", of=of.pk)
        return False


def _read_on(of: ContactImport, rows: Iterator[_Row], *, longest_s: float) -> bool:
    end = time.monotonic() + longest_s
    while piece := list(islice(rows, PIECE)):
        if of.rows_read + len(piece) > importing.MOST_ROWS:
            of.fail(f"This file has more than {importing.MOST_ROWS:,} rows. Cut it into several.", now=timezone.now())
            return False
        if not _write(of, piece, now=timezone.now()):
            return False  # it was cancelled, or another worker goes on
        if time.monotonic() > end:
            of.let_go()
            return True
    of.finish(now=timezone.now())
    return False


def _write(of: ContactImport, piece: Sequence[_Row], *, now: datetime) -> bool:
    """A piece and how far the reading has come, together. False when it is somebody else's by now."""
    good: dict[str, tuple[int, ContactRow]] = {}
    refused: list[ImportProblem] = []
    doubled: list[ImportProblem] = []
    cells_of = dict(piece)

    def put(into: list[ImportProblem], row: int, problem: Problem) -> None:
        into.append(of.problem_of(row=row, column=problem.column, sentence=problem.sentence, values=cells_of[row]))

    for row, cells in piece:
        found = importing.read_row(of, cells)
        if isinstance(found, Problem):
            put(refused, row, found)
        elif found.number in good:
            put(doubled, row, Problem(f"The number stands in row {good[found.number][0]} already."))
        else:
            good[found.number] = row, found
    with transaction.atomic():
        if not of.hold():
            return False
        for number, why in _known(of, good).items():
            put(doubled, good.pop(number)[0], Problem(why))
        taken = Contact.take_in([_contact(of, row, found, now=now) for row, found in good.values()])
        _keep_addresses(of, [found for _, found in good.values()], now=now)
        ImportProblem.keep([*refused, *doubled])
        of.advance(
            read=len(piece), taken=taken, doubled=len(piece) - len(refused) - taken, refused=len(refused), now=now
        )
    return True


def _contact(of: ContactImport, row: int, found: ContactRow, *, now: datetime) -> Contact:
    return Contact(
        campaign_id=of.campaign_id,
        number=found.number,
        name=found.name,
        address_state=found.state,
        address_zone=found.zone,
        fields=found.fields,
        of_import=of,
        row=row,
        due_at=now,
    )


def _known(of: ContactImport, good: dict[str, tuple[int, ContactRow]]) -> dict[str, str]:
    """Numbers that are not taken again, each with the sentence for it."""
    numbers = list(good)
    found = {
        number: f"The number stands in row {row} already." if import_id == of.pk and row else
        "The number is in this campaign already."
        for number, row, import_id in Contact.of_campaign(of.campaign_id, numbers)
    }  # fmt: skip
    if of.doubles == ContactImport.Doubles.SKIP:
        for number, name in Contact.under_way(numbers, but_not=of.campaign_id):
            found.setdefault(number, f"The number is in the campaign “{name}”, which is under way.")
    return found


def _keep_addresses(of: ContactImport, rows: Sequence[ContactRow], *, now: datetime) -> None:
    """Where somebody lives narrows when they may be called: the gate looks at the person, not at the campaign."""
    Person.learn_addresses(
        [(row.number, row.state, row.zone) for row in rows if row.state or row.zone],
        source=f"contacts, file {of.pk}",
        now=now,
    )
