"""A file is sent: whether it is taken, and that it is not wanted any more."""

import hashlib
from datetime import date, datetime
from typing import IO

from django.core.files import File
from django.db import IntegrityError, transaction

from compliance import audit, list_files
from compliance.imports.taking import contents_of
from compliance.list_files import Unreadable
from compliance.list_streams import Stream
from compliance.models import ListImport, NumberList, NumberListCopy

BIGGEST_FILE = 2 << 30
_INTO = ListImport.Into


class Refused(Exception):
    """The file is not taken; the words are for the person who sent it."""


def accept(
    *,
    file: IO[bytes],
    name: str,
    size: int,
    into: str,
    of: NumberList | None,
    version_date: date | None,
    now: datetime,
    by: str,
    scope: str = "all",
    may_shrink: bool = False,
) -> ListImport:
    """Keep a file that is to be read, after a look at its beginning. Raises Refused with a sentence."""
    base = _check(into=into, of=of, version_date=version_date, size=size, now=now)
    try:
        stream = Stream(file)
        list_files.find_layout(stream.read(list_files.HEAD_BYTES), contents_of(into))
    except Unreadable as problem:
        raise Refused(str(problem)) from None
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any readable file will do
    file.seek(0)
    try:
        with transaction.atomic():
            made = ListImport.open(
                file=File(file),
                file_name=name[-200:],
                size_bytes=size,
                sha256=digest,
                into=into,
                of=of,
                base=base,
                version_date=version_date if of is not None else None,
                scope=scope,
                may_shrink=may_shrink,
                now=now,
                by=by,
            )
            of_what = "own" if of is None else of.name
            audit.note(act="import_numbers", subject=f"list_import:{made.pk}", by=by, now=now, into=into, of=of_what,
                       file=made.file_name, sha256=digest, size=size)  # fmt: skip
    except IntegrityError:
        raise Refused("An import of this list is under way. Wait for it, or cancel it.") from None
    return made


def _check(
    *, into: str, of: NumberList | None, version_date: date | None, size: int, now: datetime
) -> NumberListCopy | None:
    """Whether such a file may be taken now; the copy that changes would build upon."""
    if into not in _INTO.values:
        raise Refused("Say what the file holds.")
    if size > BIGGEST_FILE:
        raise Refused("The file is larger than 2 GB. Pack it with gzip, or send it in parts.")
    if into not in (_INTO.LIST, _INTO.CHANGES):
        return None
    if of is None:
        raise Refused("Say which list this is a copy of.")
    if version_date is None:
        raise Refused("Say of which day this copy is. Its age is counted from there.")
    if version_date > now.date():
        raise Refused("The copy cannot be of a day to come.")
    held = of.copy_in_force()
    if held is not None and version_date < held.version_date:
        raise Refused(f"The copy in force is of {held.version_date}, later than this one.")
    if into == _INTO.CHANGES and held is None:
        raise Refused("There is no copy that these could be changes of. Import the whole list first.")
    return held if into == _INTO.CHANGES else None


def cancel(*, found: ListImport, by: str, now: datetime) -> bool:
    """Stop an import. What was in force stays in force. False when it is too late."""
    with transaction.atomic():
        current = ListImport.objects.select_for_update(of=("self",)).select_related("copy").get(pk=found.pk)
        if not current.may_be_cancelled:
            return False
        current.end(ListImport.State.CANCELLED, now=now)
        audit.note(act="cancel_import", subject=f"list_import:{found.pk}", by=by, now=now)
    return True
