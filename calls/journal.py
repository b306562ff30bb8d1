"""Bookkeeping that must not be lost and must not be waited for.

A job is a plain function that writes to the database. It runs at once in a thread of its own; while the database is
away it is tried again, in order, until it is done. The caller on the line feels nothing of it.
"""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections

from calls.metrics import JOURNAL_DEPTH

_LONGEST_QUEUE = 10_000
_LONGEST_WAIT_S = 5.0

log = structlog.get_logger(__name__)


class _Line:
    """The jobs of one event loop, done one after another."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._queue: asyncio.Queue[Callable[[], None]] = asyncio.Queue(_LONGEST_QUEUE)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._task = loop.create_task(self._work(), name="journal")

    def put(self, job: Callable[[], None]) -> None:
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            log.error("bookkeeping lost, the queue is full")
        JOURNAL_DEPTH.set(self._queue.qsize())

    async def settled(self) -> None:
        await self._queue.join()

    async def _work(self) -> None:
        while True:
            job = await self._queue.get()
            wait_s = 0.1
            while not await self.loop.run_in_executor(self._thread, _try, job):
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            self._queue.task_done()
            JOURNAL_DEPTH.set(self._queue.qsize())


def _try(job: Callable[[], None]) -> bool:
    close_old_connections()
    try:
        job()
    except (OperationalError, InterfaceError) as error:
        log.warning("bookkeeping waits for the database", error=type(error).__name__)
        return False
    except DatabaseError:
        log.exception("bookkeeping refused by the database")
    finally:
        close_old_connections()
    return True


_line: _Line | None = None


def soon(job: Callable[..., None], **arguments: Any) -> None:
    """Do this soon, in order, and until it is done. Call it from the event loop."""
    global _line  # noqa: PLW0603  (one per process)
    loop = asyncio.get_running_loop()
    if _line is None or _line.loop is not loop:
        _line = _Line(loop)
    _line.put(functools.partial(job, **arguments))


async def settled() -> None:
    """Wait until everything asked for so far is done."""
    if _line is not None and _line.loop is asyncio.get_running_loop():
        await _line.settled()
