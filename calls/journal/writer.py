"""From the journal to the database: one queue and one thread per process, off the audio path.

Entries of all calls are written in batches. A database that is away makes the thread wait and try again, in order,
while the calls go on; an entry that the database refuses is dropped alone, counted and logged.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, transaction

from calls.journal.entries import Entry, handler_of
from calls.journal.spool import Spool
from calls.metrics import JOURNAL_DEPTH, JOURNAL_REFUSED, JOURNAL_WAITING
from calls.models import SpoolMark

_BATCH = 500
_LONGEST_WAIT_S = 2.0
_LOOK_FOR_ORPHANS_S = 5.0

log = structlog.get_logger(__name__)


class _Line:
    """The journal of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._spool = Spool.create(_folder())
        self._waiting: deque[tuple[Entry, int]] = deque()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._task = loop.create_task(self._write_all(), name="journal")

    @property
    def is_alive(self) -> bool:
        return not self._task.done()

    def put(self, entry: Entry) -> None:
        self._waiting.append((entry, self._spool.append(entry)))
        self._idle.clear()
        self._news.set()
        JOURNAL_DEPTH.set(len(self._waiting))

    @property
    def depth(self) -> int:
        return len(self._waiting)

    async def settled(self) -> None:
        await self._idle.wait()

    async def _write_all(self) -> None:
        while True:
            await self._news_or_orphans()
            self._news.clear()
            while self._waiting:
                batch = [self._waiting[n] for n in range(min(_BATCH, len(self._waiting)))]
                await self._until_written(batch)
                for _ in batch:
                    self._waiting.popleft()
                JOURNAL_DEPTH.set(len(self._waiting))
            if self._spool.is_large:
                self._begin_anew()
            self._idle.set()

    async def _news_or_orphans(self) -> None:
        """Wait for entries; while there are none, look after what other processes have left."""
        while True:
            try:
                async with asyncio.timeout(_LOOK_FOR_ORPHANS_S):
                    await self._news.wait()
            except TimeoutError:
                await self.loop.run_in_executor(self._thread, adopt_orphans)
            else:
                return

    async def _until_written(self, batch: list[tuple[Entry, int]]) -> None:
        wait_s = 0.05
        while not await self.loop.run_in_executor(self._thread, _write, self._spool.name, batch):
            JOURNAL_WAITING.set(1)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        JOURNAL_WAITING.set(0)

    def _begin_anew(self) -> None:
        old, self._spool = self._spool, Spool.create(_folder())
        self._thread.submit(_forget, old)


def _folder() -> Path:
    return Path(settings.SPOOL_DIR)


def _write(name: str, batch: Sequence[tuple[Entry, int]]) -> bool:
    """Write a batch and the place behind it; False when the database is away and it must be tried again."""
    close_old_connections()
    try:
        with transaction.atomic():
            for kind, group in groupby((entry for entry, _ in batch), key=lambda entry: entry.kind):
                handler = handler_of(kind)
                if handler is None:
                    log.error("journal entry of an unknown kind", kind=kind)
                    JOURNAL_REFUSED.inc()
                else:
                    handler(list(group))
            SpoolMark.reach(name=name, place=batch[-1][1])
    except (OperationalError, InterfaceError) as error:
        log.warning("journal waits for the database", entries=len(batch), error=type(error).__name__)
        return False
    except Exception:  # an entry that is bad in whatever way must not hold up those behind it
        if len(batch) > 1:
            return all(_write(name, [one]) for one in batch)
        log.exception("journal entry refused", kind=batch[0][0].kind)
        JOURNAL_REFUSED.inc()
        return _skip(name, batch[0][1])
    finally:
        close_old_connections()
    return True


def _skip(name: str, place: int) -> bool:
    try:
        SpoolMark.reach(name=name, place=place)
    except (OperationalError, InterfaceError):
        return False
    return True


def _forget(spool: Spool) -> None:
    """The file is written down to its end: it goes, and then its mark."""
    spool.remove()
    try:
        SpoolMark.objects.filter(name=spool.name).delete()
    except DatabaseError as error:
        log.warning("mark of a finished journal stays", error=type(error).__name__)
    finally:
        close_old_connections()


_lock = threading.Lock()


def adopt_orphans() -> int:
    """Write what processes that are gone have left on this machine; how many files it were. Runs in a thread."""
    adopted = 0
    with _lock:
        for spool in Spool.orphans(_folder()):
            try:
                place = SpoolMark.place_of(spool.name)
            except (OperationalError, InterfaceError) as error:
                log.warning("orphans wait for the database", error=type(error).__name__)
                spool.close()
                return adopted
            while batch := _some(spool, place):
                if not _write(spool.name, batch):
                    spool.close()
                    return adopted
                place = batch[-1][1]
            _forget(spool)
            adopted += 1
    return adopted


def _some(spool: Spool, place: int) -> list[tuple[Entry, int]]:
    batch = []
    for entry in spool.entries(place):
        batch.append(entry)
        if len(batch) == _BATCH:
            break
    return batch


_line: _Line | None = None


def put(kind: str, **data: Any) -> None:
    """Put an entry: it is on disk when this returns, and in the database soon. Call it from the event loop."""
    global _line  # noqa: PLW0603  (one per process)
    loop = asyncio.get_running_loop()
    if _line is None or _line.loop is not loop or not _line.is_alive:
        _line = _Line(loop)
    _line.put(Entry(kind, data, time.time()))


def soon(work: Callable[..., None], **arguments: Any) -> None:
    """Have a `job` done soon, in order, and until it is done. Call it from the event loop."""
    put(work.kind, **arguments)  # type: ignore[attr-defined]  # set by `job`


async def settled() -> None:
    """Wait until everything put so far is in the database."""
    if _line is not None and _line.loop is asyncio.get_running_loop():
        await _line.settled()


def depth() -> int:
    """How many entries of this process are not in the database yet."""
    return 0 if _line is None else _line.depth
