"""Consents in and out as CSV: streamed, row by row, with what was wrong with each row that was not taken.

A row that stands in the books already is not taken again, in whatever file it comes: an import that was cut off is run
once more. What is taken is taken in batches; every row ends as taken, known or refused, and is counted as that.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO, Any

from django.db import transaction

from compliance import audit, consent_check, consent_rows
from compliance.consent_rows import Row
from compliance.models import ConsentRecord

_BATCH = 500
_LONGEST_LINE = 200_000


class UnableToRead(Exception):
    """Nothing of the file was taken; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row. `is_taken`: it was taken, and does not count until it is completed by a better one."""

    row: int
    sentences: tuple[str, ...]
    is_taken: bool = False


@dataclass(slots=True)
class Counts:
    """What became of the rows so far."""

    taken: int = 0
    incomplete: int = 0  # of those taken
    known: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)  # since they were last looked at


def take(
    file: IO[bytes], *, by: str, now: datetime, region: str = "US", is_trial: bool = False, verified: bool = False
) -> Iterator[Counts]:
    """Take a file's consents; after every batch what became of its rows so far.

    `verified`: `by` has checked all of them now. `is_trial`: nothing is kept. Raises UnableToRead before any row is
    taken, when the file is none or its first line is wrong.
    """
    counts = Counts()
    rows = _rows(file)
    for batch in iter(lambda: list(islice(rows, _BATCH)), []):
        _take_batch(batch, counts, by=by, now=now, region=region, is_trial=is_trial, verified=verified)
        yield counts
    if not is_trial:
        audit.note(
            act="import_consents",
            subject="consents:file",
            by=by,
            now=now,
            taken=counts.taken,
            known=counts.known,
            refused=counts.refused,
        )
    yield counts


def _rows(file: IO[bytes]) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Rows by the number of their last line, as a text editor counts; None for one that cannot be told apart."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _rows_of(text)
    finally:
        with suppress(ValueError):  # whoever opened the file has closed it already
            text.detach()


def _rows_of(text: io.TextIOWrapper) -> Iterator[tuple[int, dict[str, str] | None]]:
    reader = csv.reader(_lines(text), strict=True)
    try:
        names = next(reader, [])
    except csv.Error as error:
        raise UnableToRead("This is no CSV file.") from error
    if wrong := consent_rows.header_problems(names):
        raise UnableToRead(" ".join(wrong[:5]))
    heads = [name.strip() for name in names]
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num, None
            continue
        if not any(cell.strip() for cell in cells):
            continue
        yield reader.line_num, dict(zip(heads, cells, strict=True)) if len(cells) == len(heads) else None


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines of a length that fits into memory; of a longer one, its beginning."""
    while line := text.readline(_LONGEST_LINE):
        rest = line
        while rest and not rest.endswith(("\n", "\r")):
            rest = text.readline(_LONGEST_LINE)
        yield line


def _take_batch(
    batch: list[tuple[int, dict[str, str] | None]],
    counts: Counts,
    *,
    by: str,
    now: datetime,
    region: str,
    is_trial: bool,
    verified: bool,
) -> None:
    good: dict[str, tuple[int, Row]] = {}
    for number, cells in batch:
        if cells is None:
            _refuse(counts, number, ("The row does not have as many cells as the first line, or is no CSV.",))
            continue
        row = consent_rows.read(cells, now=now, region=region)
        if row.wrong:
            _refuse(counts, number, tuple(row.wrong))
        elif row.ref in good:
            counts.known += 1
        else:
            good[row.ref] = (number, row)
    known = set(ConsentRecord.objects.filter(import_ref__in=good).values_list("import_ref", flat=True))
    counts.known += len(known)
    with transaction.atomic():
        for ref, (number, row) in good.items():
            if ref in known:
                continue
            fields: dict[str, Any] = row.fields | {"import_ref": ref}
            if verified:
                fields |= {"verified_by_ref": by[:200], "verified_at": now}
            _keep(counts, number, fields, by=by, now=now, is_trial=is_trial)


def _keep(counts: Counts, number: int, fields: dict[str, Any], *, by: str, now: datetime, is_trial: bool) -> None:
    record = ConsentRecord(**fields) if is_trial else ConsentRecord.record(by=by, now=now, **fields)
    counts.taken += 1
    if lacking := consent_check.missing(record.facts()):
        counts.incomplete += 1
        counts.problems.append(Problem(number, lacking, is_taken=True))


def _refuse(counts: Counts, number: int, sentences: tuple[str, ...]) -> None:
    counts.refused += 1
    counts.problems.append(Problem(number, sentences))


# --- out ------------------------------------------------------------------------------------------------------------


def lines(records: Iterable[ConsentRecord]) -> Iterator[str]:
    """The records as lines of CSV, the heads first. Their files of evidence are named by checksum, not written."""
    yield heads()
    yield from map(line_of, records)


def heads() -> str:
    """The first line."""
    return _csv((*consent_rows.COLUMNS, *consent_rows.ALSO_WRITTEN))


def line_of(record: ConsentRecord) -> str:
    """One record as a line."""
    return _csv(consent_rows.write(_values(record)))


def _csv(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _values(record: ConsentRecord) -> dict[str, Any]:
    own = {name: getattr(record, name, None) for name in (*consent_rows.COLUMNS, *consent_rows.ALSO_WRITTEN)}
    return own | {
        "verified_by": record.verified_by_ref,
        "created_by": record.created_by_ref,
        "missing": " ".join(consent_check.missing(record.facts())),
    }
