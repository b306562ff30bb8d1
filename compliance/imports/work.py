"""One worker at one import: a step is a transaction, and begins from what the database says."""

from collections.abc import Callable
from datetime import datetime
from typing import IO

import structlog
from django.db import OperationalError, connection, transaction

from compliance import audit, list_files
from compliance.imports.taking import OWN_PIECE_BYTES, PIECE_BYTES, check_lines, check_size, contents_of, take
from compliance.list_files import Layout, Unreadable
from compliance.list_streams import Stream
from compliance.models import ListImport, ListImportProblem, NumberList, NumberListCopy, listed

log = structlog.get_logger(__name__)

_BIGGEST_TEXT = 16 << 30
_LOCK_CLASS = 0x6C697374  # "list": the advisory locks of imports
_IN_ORDER = -1  # one import is put in order at a time, so that workers are left for everything else
_STATE = ListImport.State


def bring_on(*, import_id: int, clock: Callable[[], datetime], until: datetime | None = None) -> bool:
    """Do what is due for an import, until a moment or its end. True when something is left to do here."""
    with _Work(import_id) as work:
        while work.step(clock()):
            if until is not None and clock() >= until:
                return True
    return False


class _Busy(Exception):
    """Somebody else is at this import, or it is over."""


class _Work:
    """One worker at one import: the open file and what it knows of it, nothing that the database does not say."""

    def __init__(self, import_id: int) -> None:
        self._id = import_id
        self._file: IO[bytes] | None = None
        self._stream: Stream | None = None
        self._at = -1
        self._rest = b""

    def __enter__(self) -> "_Work":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def step(self, now: datetime) -> bool:
        """One transaction of the import. False when there is nothing more to do here and now."""
        try:
            try:
                with transaction.atomic():
                    return self._step(self._turn(), now)
            except Unreadable as problem:
                return self._give_up(str(problem), now)
        except _Busy:
            return False
        except OperationalError:
            log.warning("import goes on later", import_id=self._id, exc_info=True)
            return False

    def _turn(self) -> ListImport:
        _lock(self._id % (1 << 31))
        found = ListImport.objects.select_related("copy", "of", "base").filter(pk=self._id).first()
        if found is None or not found.is_open:
            raise _Busy
        return found

    def _step(self, found: ListImport, now: datetime) -> bool:
        if found.state in (_STATE.WAITING, _STATE.READING):
            self._read(found, now)
            return True
        assert found.copy is not None
        if found.state == _STATE.READ:
            _lock(_IN_ORDER)
            rows = listed.put_in_order(found.copy.pk, base_id=found.base_id)
            NumberListCopy.objects.filter(pk=found.copy.pk).update(row_count=rows)
            _won(found.move(_STATE.ORDERED, now=now))
            return True
        if found.state == _STATE.ORDERED:
            check_size(found)
            listed.join(found.copy.pk)
            _won(found.move(_STATE.JOINED, now=now))
            return True
        return self._come_into_force(found, now)

    def _come_into_force(self, found: ListImport, now: datetime) -> bool:
        assert found.of is not None
        assert found.copy is not None
        of = NumberList.objects.select_for_update().get(pk=found.of.pk)
        held = of.copy_in_force()
        if found.base is not None and held != found.base:
            raise Unreadable("Another copy has come into force meanwhile. Import these changes again.")
        _won(found.copy.come_into_force(row_count=found.copy.row_count, now=now))
        found.end(_STATE.DONE, now=now)
        audit.note(act="list_in_force", subject=f"number_list:{of.pk}", by=found.created_by_ref, now=now,
                   copy=found.copy.pk, version=str(found.copy.version_date), rows=found.copy.row_count)  # fmt: skip
        return False

    # --- reading

    def _read(self, found: ListImport, now: datetime) -> None:
        layout = self._ready(found)
        contents = contents_of(found.into)
        assert self._stream is not None
        size = OWN_PIECE_BYTES if found.into == ListImport.Into.OWN else PIECE_BYTES
        fresh = self._stream.read(size)
        is_last = len(fresh) < size
        block = self._rest + fresh
        whole = list_files.cut(block, layout, is_last=is_last)
        self._rest = block[whole:]
        piece = list_files.read(block[:whole], layout, contents, first_row=found.rows_read + 1, today=now.date())
        place = found.text_read + whole
        if place > _BIGGEST_TEXT:
            raise Unreadable("There is too much text in this file. Send it in parts.")
        take(found, piece, now)
        problems = [
            ListImportProblem(of=found, row=one.row, text=one.text, sentence=one.sentence) for one in piece.problems
        ]
        found.layout = layout.as_json()
        _won(
            found.take_piece(
                text_read=place,
                bytes_read=found.size_bytes if is_last else self._stream.bytes_read,
                rows=piece.rows,
                taken=piece.taken,
                problems=problems,
                now=now,
            )
        )
        self._at = place
        if is_last:
            self._is_read(ListImport.objects.select_related("copy").get(pk=found.pk), now)

    def _ready(self, found: ListImport) -> Layout:
        """The file, open at the checkpoint; and how it is written."""
        if self._stream is None or self._at != found.text_read:
            self._close()
            try:
                self._file = found.file.open("rb").file
            except FileNotFoundError:
                raise Unreadable("The file that was sent is not there any more. Send it again.") from None
            self._stream = Stream(self._file)
            if not found.layout:
                head = self._stream.read(list_files.HEAD_BYTES)
                layout = list_files.find_layout(head, contents_of(found.into))
                found.layout = layout.as_json()
                self._file.seek(0)
                self._stream = Stream(self._file)
            self._stream.go_to(found.text_read)
            self._at = found.text_read
        if found.text_read == 0 and found.copy is not None:
            listed.begin(found.copy.pk)
        return Layout.from_json(found.layout)

    def _is_read(self, found: ListImport, now: datetime) -> None:
        """The last line has been read: is what came of it good enough?"""
        check_lines(found)
        if found.copy is None:
            found.end(_STATE.DONE, now=now)
            return
        if listed.count(found.copy.pk) != found.rows_taken:
            _won(found.restart(now=now))
            self._close()
            return
        _won(found.move(_STATE.READ, now=now))

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._stream, self._at, self._rest = None, None, -1, b""

    def _give_up(self, sentence: str, now: datetime) -> bool:
        with transaction.atomic():
            found = self._turn()
            found.end(_STATE.FAILED, now=now, problem=sentence)
            audit.note(act="import_failed", subject=f"list_import:{found.pk}", by="system", now=now, why=sentence)
        return False


def _lock(key: int) -> None:
    """Nobody else may hold this until the transaction ends; if somebody does, it is not our turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, key])
        _won(cursor.fetchone()[0])


def _won(is_won: bool) -> None:
    if not is_won:
        raise _Busy
