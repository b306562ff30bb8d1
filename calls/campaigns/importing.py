"""Contacts from files: taken in, mapped, looked at, and read in pieces by a worker that may die and go on.

A piece of rows is written together with how far the reading has come, so that after a kill the next worker goes on
with the first row that is not in the books. A row that is not taken is kept with the reason, for a person.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import transaction

from calls.campaigns import contact_files, file_rows, launching
from calls.campaigns.contact_files import ContactRow, Problem
from calls.campaigns.file_rows import Shape, Unreadable
from calls.lifecycle.campaign import CampaignState
from calls.models import Campaign, ContactImport
from compliance import audit

LARGEST_BYTES = 250 << 20
MOST_ROWS = 2_000_000
SHOWN_ROWS = 8
_TAKES = (CampaignState.DRAFT, CampaignState.WAITING, CampaignState.APPROVED, CampaignState.PAUSED,
          CampaignState.FINISHED)  # fmt: skip


class UnableToImport(Exception):
    """It cannot be done; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One of the first rows: its place in the file, its cells, and what is wrong with it."""

    row: int
    cells: tuple[str, ...]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file under a mapping; `wrong` is what is wrong with the mapping itself."""

    columns: tuple[str, ...]
    mapping: dict[str, str]
    rows: tuple[ShownRow, ...]
    wrong: tuple[str, ...] = ()


def upload(*, campaign: Campaign, file: File, name: str, by: str, now: datetime) -> ContactImport:
    """Take in a file. Raises UnableToImport with what is wrong with it as a whole."""
    if campaign.state not in _TAKES:
        raise UnableToImport("People can be added to a campaign before it begins, or while it is paused.")
    size = file.size or 0
    if size > LARGEST_BYTES:
        raise UnableToImport(f"This file is larger than {LARGEST_BYTES >> 20} MB. Cut it into several.")
    sent: IO[bytes] = file.file  # type: ignore[assignment]
    try:
        shape = file_rows.shape_of(sent, size=size)
        columns = contact_files.headers(next(file_rows.rows_of(sent, shape), []))
    except Unreadable as problem:
        raise UnableToImport(str(problem)) from problem
    if not columns:
        raise UnableToImport("This file has no row with the names of its columns.")
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    with transaction.atomic():
        made = ContactImport.begin(
            campaign=campaign,
            file=file,
            file_name=_name_of(name),
            size_bytes=size,
            sha256=digest.hexdigest(),
            encoding=shape.encoding,
            delimiter=shape.delimiter,
            columns=columns,
            mapping=contact_files.suggest(columns),
            rows_expected=min(shape.rows, MOST_ROWS),
            by=by,
            now=now,
        )
        audit.note(act="upload_contacts", subject=launching.subject_of(campaign), by=by, now=now, file=made.file_name)
    return made


def _name_of(name: str) -> str:
    return contact_files.clean(name.replace("\\", "/").rpartition("/")[2])[-200:] or "contacts"


def preview(of: ContactImport, *, mapping: Mapping[str, str] | None = None) -> Preview:
    """The first rows as they would be read. Raises UnableToImport when the file is gone or cannot be read."""
    chosen = dict(of.mapping if mapping is None else mapping)
    wrong = tuple(contact_files.wrong_with(chosen, of.columns))
    shown = []
    with opened(of) as file:
        for number, cells in islice(_numbered(of, file), SHOWN_ROWS):
            found = None if wrong else _read(cells, of.columns, chosen)
            problem = found if isinstance(found, Problem) else None
            shown.append(ShownRow(number, tuple(contact_files.clean(cell)[:200] for cell in cells), problem))
    return Preview(tuple(of.columns), chosen, tuple(shown), wrong)


def begin(*, of: ContactImport, mapping: Mapping[str, str], doubles: str, by: str, now: datetime) -> None:
    """Have it read with this mapping; `doubles` is what is done with people of other campaigns that are under way.

    You must hand it to a worker afterwards; should you not come to that, a sweep does. Raises UnableToImport.
    """
    if wrong := contact_files.wrong_with(mapping, of.columns):
        raise UnableToImport(" ".join(wrong))
    if doubles not in ContactImport.Doubles.values:
        raise UnableToImport("Say what is done with people who are in another campaign already.")
    with transaction.atomic():
        campaign = Campaign.objects.get(pk=of.campaign_id)
        if campaign.state not in _TAKES:
            raise UnableToImport("People can be added to a campaign before it begins, or while it is paused.")
        if not of.start(mapping=dict(mapping), doubles=doubles, now=now):
            raise UnableToImport("This file is being read already, or it was.")
        launching.contacts_changed(campaign=campaign, by=by, now=now)
        audit.note(act="import_contacts", subject=launching.subject_of(campaign), by=by, now=now, file=of.file_name)


def cancel(*, of: ContactImport, by: str, now: datetime) -> None:
    """Read no further; whoever was taken stays. Raises UnableToImport when there is nothing to cancel."""
    with transaction.atomic():
        if not of.cancel(now=now):
            raise UnableToImport("This file is not being read.")
        audit.note(act="cancel_import", subject=launching.subject_of(of.campaign), by=by, now=now, file=of.file_name)


def opened(of: ContactImport) -> IO[bytes]:
    """The file as it was sent. Raises UnableToImport when it is gone."""
    try:
        return of.file.storage.open(of.file.name or "", "rb")
    except OSError as error:
        raise UnableToImport("The file is gone from our storage. Send it again.") from error


def rows_after(of: ContactImport, file: IO[bytes], done: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file with their places in it, the first `done` of them left out. Raises Unreadable."""
    return islice(_numbered(of, file), done, None)


def _numbered(of: ContactImport, file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number a spreadsheet shows beside them, if none is blank; the headers are row 1."""
    rows = file_rows.rows_of(file, Shape(of.encoding, of.delimiter))
    return islice(enumerate(rows, start=1), 1, None)


def _read(cells: Sequence[str], columns: Sequence[str], mapping: Mapping[str, str]) -> ContactRow | Problem:
    return contact_files.read(cells, columns=columns, mapping=mapping, region=settings.DEFAULT_REGION)


def read_row(of: ContactImport, cells: Sequence[str]) -> ContactRow | Problem:
    """A row of this file as it is mapped."""
    return _read(cells, of.columns, of.mapping)


def problems(of: ContactImport) -> Iterator[list[Any]]:
    """Every row that was not taken, for a file: its number, the column, what is wrong, and its cells."""
    yield ["Row", "Column", "What is wrong", *of.columns]
    for one in of.problems.order_by("row").iterator(chunk_size=2000):
        yield [one.row, one.column, one.sentence, *one.values]
