"""Look after calls by SIP: the parent of some processes, each of which claims calls and leads them."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError

from calls.control import sidebands

STOPPING_S = 12.0
_AGAIN_S = 0.3
_LONGEST_WAIT_S = 5.0

log = structlog.get_logger("calls.sidebands")


class Command(BaseCommand):
    """`manage.py run_sidebands`."""

    help = "Look after calls that reach the model by SIP. Example: manage.py run_sidebands --count 2"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many processes."""
        parser.add_argument("--count", type=int, help="how many processes (default: SIDEBANDS)")
        parser.add_argument("--alone", action="store_true", help="be one of them, without a parent")

    def handle(self, *args: Any, **options: Any) -> None:
        """Be the parent, or one of its processes."""
        if options["alone"]:
            asyncio.run(_alone(os.getppid()))
            return
        count = settings.SIDEBANDS if options["count"] is None else options["count"]
        _Parent(max(count, 1)).run()


async def _alone(parent: int) -> None:
    """One process: until told to stop, or its parent is gone."""
    from calls.consumers.sideband_process import SidebandProcess  # what the parent need not load

    process, loop = SidebandProcess(), asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, process.stop)

    async def mind_the_parent() -> None:
        while os.getppid() == parent:  # noqa: ASYNC110  a death announces nothing
            await asyncio.sleep(0.5)
        process.stop()

    minding = asyncio.create_task(mind_the_parent())
    await process.run()
    minding.cancel()


def _leave_to_others(pid: int) -> None:
    try:
        sidebands.died(pid)
    except (DatabaseError, InterfaceError) as error:  # the lease runs out by itself
        log.warning("lines not left to others", error=type(error).__name__)


class _Parent:
    """Starts the processes, and one anew that has died: the others have its calls by then."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._stopping = threading.Event()
        self._children: list[subprocess.Popen[bytes] | None] = [None] * count
        self._wait_s = [_AGAIN_S] * count
        self._due = [0.0] * count
        self._started = [0.0] * count

    def run(self) -> None:
        """Until told to stop; then until the last process has ended."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: self._stopping.set())
        while not self._stopping.is_set():
            for slot in range(self._count):
                self._look_after(slot)
            self._stopping.wait(0.1)
        self._end()

    def _look_after(self, slot: int) -> None:
        child, now = self._children[slot], time.monotonic()
        if child is not None and child.poll() is None:
            return
        if child is not None:
            lived_s = now - self._started[slot]
            self._wait_s[slot] = _AGAIN_S if lived_s > 10 else min(self._wait_s[slot] * 2, _LONGEST_WAIT_S)
            self._due[slot] = now + self._wait_s[slot]
            log.error("sidebands process died", code=child.returncode, lived_s=round(lived_s, 1))
            self._children[slot] = None
            _leave_to_others(child.pid)
        if now >= self._due[slot]:
            words = [sys.executable, "manage.py", "run_sidebands", "--alone"]
            self._children[slot] = subprocess.Popen(words, stdin=subprocess.DEVNULL)
            self._started[slot] = now

    def _end(self) -> None:
        children = [child for child in self._children if child is not None]
        for child in children:
            child.terminate()
        end = time.monotonic() + STOPPING_S
        for child in children:
            try:
                child.wait(max(end - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
