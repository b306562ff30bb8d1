"""From the journal to the database: one queue and one thread per process, off the audio path.

Entries of all calls are written in batches. A database that is away makes the thread wait and try again, in order,
while the calls go on; an entry that the database refuses is dropped alone, counted and logged. One that the disk does
not take waits in memory for its turn.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, transaction

from calls.journal.entries import Entry, handler_of, is_job
from calls.journal.spool import Spool
from calls.metrics import JOURNAL_DEPTH, JOURNAL_NOT_ON_DISK, JOURNAL_REFUSED, JOURNAL_WAITING
from calls.models import SpoolMark

_BATCH = 500
# Jobs hold what they have locked until the transaction ends: that must not be long.
_MOST_JOBS = 8
# While others of this process are in a hurry, each batch waits for so long, and has one job in it.
_GIVE_WAY_S = 0.25
_LOOK_AGAIN_S = 0.01
# Entries gather for this long after a batch was written, unless somebody waits for them.
_GATHER_S = 0.1
_LONGEST_WAIT_S = 2.0
_LOOK_FOR_ORPHANS_S = 5.0

log = structlog.get_logger(__name__)
# An entry, and the place behind it in the file; None when the disk did not take it.
_Put = tuple[Entry, int | None]
Place = TypeVar("Place", int, int | None)


class _Line:
    """The journal of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._is_disk_full = False
        self._spool = self._new_spool()
        self._waiting: deque[tuple[_Put, Spool | None]] = deque()
        self._put_count = self._written_count = 0
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._progress = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._task = loop.create_task(self._write_all(), name="journal")

    @property
    def is_alive(self) -> bool:
        return not self._task.done()

    def put(self, entry: Entry) -> None:
        place = self._kept(entry)
        self._waiting.append(((entry, place), None if place is None else self._spool))
        self._put_count += 1
        self._news.set()
        JOURNAL_DEPTH.set(len(self._waiting))

    def _kept(self, entry: Entry) -> int | None:
        """Put it on disk, if that takes it: a call does not end because a disk is full."""
        self._spool = self._spool or self._new_spool()
        if self._spool is not None:
            try:
                place = self._spool.append(entry)
            except OSError as error:
                self._disk_is_full(error)
            else:
                self._is_disk_full = False
                return place
        JOURNAL_NOT_ON_DISK.inc()
        return None

    def _new_spool(self) -> Spool | None:
        try:
            return Spool.create(_folder())
        except OSError as error:
            self._disk_is_full(error)
            return None

    def _disk_is_full(self, error: OSError) -> None:
        if not self._is_disk_full:
            log.error("the disk takes no entry, the journal is in memory only", error=str(error))
        self._is_disk_full = True

    @property
    def depth(self) -> int:
        return len(self._waiting)

    async def settled(self) -> None:
        awaited = self._put_count
        while self._written_count < awaited:
            self._hurry.set()
            self._progress.clear()
            await self._progress.wait()

    async def _write_all(self) -> None:
        while True:
            await self._news_or_orphans()
            self._hurry.clear()
            await self._give_way()
            batch, spool = self._next_batch()
            await self._until_written(batch, "" if spool is None else spool.name)
            self._have_written(len(batch), spool)
            if not self._waiting or (not any(is_job(entry.kind) for entry, _ in batch) and len(batch) < _BATCH):
                with suppress(TimeoutError):
                    async with asyncio.timeout(_GATHER_S):
                        await self._hurry.wait()

    async def _give_way(self) -> None:
        end = self.loop.time() + _GIVE_WAY_S
        while _is_somebody_in_a_hurry() and self.loop.time() < end:  # noqa: ASYNC110  (they tell nobody when it is over)
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _next_batch(self) -> tuple[list[_Put], Spool | None]:
        """The oldest entries, of one file."""
        spool = self._waiting[0][1]
        same = takewhile(lambda waiting: waiting[1] is spool, self._waiting)
        return list(_of_one_batch(put for put, _ in same)), spool

    def _have_written(self, count: int, spool: Spool | None) -> None:
        for _ in range(count):
            self._waiting.popleft()
        self._written_count += count
        JOURNAL_DEPTH.set(len(self._waiting))
        self._progress.set()
        if not self._waiting:
            self._news.clear()
        if self._spool is not None and self._spool.is_large:  # what comes from here goes into another
            self._spool = self._new_spool()
        if spool not in (None, self._spool) and all(other is not spool for _, other in self._waiting):
            self._thread.submit(_forget, spool)

    async def _news_or_orphans(self) -> None:
        """Wait for entries; while there are none, look after what other processes have left."""
        while True:
            try:
                async with asyncio.timeout(_LOOK_FOR_ORPHANS_S):
                    await self._news.wait()
            except TimeoutError:
                self._leave_nothing_lying()
                await self.loop.run_in_executor(self._thread, adopt_orphans)
            else:
                return

    def _leave_nothing_lying(self) -> None:
        """What callers said is in the database: it does not stay on the disk beside it until more has come."""
        if self._spool is not None and self._spool.size and not self._waiting:
            done, self._spool = self._spool, None
            self._thread.submit(_forget, done)

    async def _until_written(self, batch: list[_Put], name: str) -> None:
        wait_s = 0.05
        work = _write
        while not await self.loop.run_in_executor(self._thread, work, name, batch):
            JOURNAL_WAITING.set(1)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            work = _write_again
        JOURNAL_WAITING.set(0)


def _of_one_batch(puts: Iterable[tuple[Entry, Place]]) -> Iterator[tuple[Entry, Place]]:
    """As many of these as are written in one transaction."""
    jobs = 0
    for n, put in enumerate(puts, 1):
        jobs += is_job(put[0].kind)
        yield put
        if n == _BATCH or jobs == (1 if _is_somebody_in_a_hurry() else _MOST_JOBS):
            return


def _folder() -> Path:
    return Path(settings.SPOOL_DIR)


def _write(name: str, batch: Sequence[_Put]) -> bool:
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
            _reach(name, batch)
    except (OperationalError, InterfaceError) as error:
        log.warning("journal waits for the database", entries=len(batch), error=type(error).__name__)
        return False
    except Exception:  # an entry that is bad in whatever way must not hold up those behind it
        if len(batch) > 1:
            return all(_write(name, [one]) for one in batch)
        log.exception("journal entry refused", kind=batch[0][0].kind)
        JOURNAL_REFUSED.inc()
        return _skip(name, batch)
    finally:
        close_old_connections()
    return True


def _write_again(name: str, batch: Sequence[_Put]) -> bool:
    """Write what is not written of a batch that was tried before: the place reached tells how far that came."""
    close_old_connections()
    try:
        reached = SpoolMark.place_of(name)
    except (OperationalError, InterfaceError):
        return False
    finally:
        close_old_connections()
    done = max((n for n, (_, place) in enumerate(batch, 1) if place is not None and place <= reached), default=0)
    return done == len(batch) or _write(name, batch[done:])


def _reach(name: str, batch: Sequence[_Put]) -> None:
    places = [place for _, place in batch if place is not None]
    if places:
        SpoolMark.reach(name=name, place=places[-1])


def _skip(name: str, batch: Sequence[_Put]) -> bool:
    try:
        _reach(name, batch)
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


def adopt_orphans(*, within_s: float = 3600.0) -> int:
    """Write what processes that are gone have left on this machine; how many files it were. Runs in a thread.

    What cannot be written within the time is left to whoever comes next.
    """
    adopted, end = 0, time.monotonic() + within_s
    if not _lock.acquire(timeout=within_s):
        return 0
    try:
        for spool in Spool.orphans(_folder()):
            if not _write_down(spool, end=end):
                spool.close()
                break
            _forget(spool)
            adopted += 1
    finally:
        _lock.release()
    return adopted


def _write_down(spool: Spool, *, end: float) -> bool:
    """Write a file to its end; False when the database is away, or the time is up."""
    try:
        place = SpoolMark.place_of(spool.name)
    except (OperationalError, InterfaceError) as error:
        log.warning("orphans wait for the database", error=type(error).__name__)
        return False
    while batch := _some(spool, place):
        if time.monotonic() > end or not _write(spool.name, batch):
            return False
        place = batch[-1][1]
    return True


def _some(spool: Spool, place: int) -> list[tuple[Entry, int]]:
    return list(_of_one_batch(spool.entries(place)))


_line: _Line | None = None
_is_somebody_in_a_hurry: Callable[[], bool] = lambda: False  # noqa: E731  (until somebody says who)


def give_way_while(is_anybody_in_a_hurry: Callable[[], bool]) -> None:
    """Have the journal of this process take its time while this is so: what waits for it has been answered."""
    global _is_somebody_in_a_hurry  # noqa: PLW0603  (one per process)
    _is_somebody_in_a_hurry = is_anybody_in_a_hurry


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
