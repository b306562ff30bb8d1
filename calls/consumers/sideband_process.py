"""This process as one that looks after calls by SIP: which it claims, that it is there, what it is told, how it stops.

Any number of such processes may run. A line to the model is leased for a moment and renewed as long as the process
lives; when it dies, another finds the line and joins the model's session within seconds. Nobody is told to: whoever
looks finds it in the books.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from channels.layers import get_channel_layer
from django.utils import timezone
from redis.exceptions import RedisError

from agents import floor
from calls import journal
from calls.consumers.line_books import BOOKS_AWAY, in_books
from calls.consumers.sideband import SidebandCall
from calls.control import bridges, sidebands
from calls.lifecycle.sideband import OVER
from calls.models import Sideband, SidebandWorker
from calls.realtime import sdk
from calls.tools import workshop
from calls.voice import messages as m

LOOK_EVERY_S = 0.2
RENEW_EVERY_S = 0.4
REPORT_EVERY_S = 1.0
MOST_AT_ONCE = 20
STOPPING_S = 5.0

log = structlog.get_logger(__name__)


class SidebandProcess:
    """The one of this process. `run` it until it is told to `stop`."""

    def __init__(self) -> None:
        self.name = sidebands.holder(os.getpid())
        self._began_at = timezone.now()
        self._calls: dict[int, SidebandCall] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Take nothing new, and leave what is here to others."""
        self._stopping.set()

    async def run(self) -> None:
        """Look after calls until told to stop."""
        floor.attach_loop()
        await workshop.open_up(with_library=sdk.LIBRARY)  # a caller is sent on with it, and would wait while it loads
        jobs: tuple[Callable[[], Awaitable[None]], ...] = (self._claim, self._renew, self._report, self._listen)
        tasks = [asyncio.create_task(self._for_ever(job), name=job.__name__) for job in jobs]
        await self._stopping.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._leave_all()

    async def _for_ever(self, job: Callable[[], Awaitable[None]]) -> None:
        """Again and again; while the books are away, later."""
        while True:
            try:
                await job()
            except (*BOOKS_AWAY, RedisError, OSError, TimeoutError) as error:
                log.warning("sidebands wait", error=type(error).__name__)
                await asyncio.sleep(1.0)

    # --- which calls ---

    async def _claim(self) -> None:
        for line in await in_books(Sideband.claim, holder=self.name, most=MOST_AT_ONCE):
            if line.pk in self._running:
                continue  # our own lease had run out for a moment
            held = self._calls[line.pk] = SidebandCall(line)
            task = self._running[line.pk] = asyncio.create_task(self._hold(held), name=f"line {line.pk}")
            task.add_done_callback(lambda _, pk=line.pk: self._let_go(pk))  # type: ignore[misc]
        await asyncio.sleep(LOOK_EVERY_S)

    async def _hold(self, held: SidebandCall) -> None:
        try:
            await held.run()
        except BOOKS_AWAY as error:  # the lease runs out, and it is tried again
            log.warning("call by SIP not taken up", line=held.line.pk, error=type(error).__name__)
        except Exception:  # whatever it is, the others' calls go on
            log.exception("call by SIP failed", line=held.line.pk)

    def _let_go(self, pk: int) -> None:
        self._calls.pop(pk, None)
        self._running.pop(pk, None)

    async def _renew(self) -> None:
        before = set(self._calls)
        mine = await in_books(Sideband.renew, holder=self.name)
        for pk in before - mine:
            if (held := self._calls.get(pk)) is None:
                continue
            state = await in_books(_state_of, pk=pk)
            if state in OVER:
                held.line_over()
            else:
                held.leave()
        await asyncio.sleep(RENEW_EVERY_S)

    # --- saying and listening ---

    async def _report(self) -> None:
        await in_books(
            SidebandWorker.report, name=self.name, pid=os.getpid(), started_at=self._began_at, calls=len(self._calls)
        )
        await asyncio.sleep(REPORT_EVERY_S)

    async def _listen(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(bridges.group_of(self.name), channel)
        while True:
            self._take(await layer.receive(channel))

    def _take(self, message: dict[str, Any]) -> None:
        call_id = int(message.get("call", 0))
        told = [held.supervisors for held in self._calls.values() if held.call_id == call_id and held.supervisors]
        match message.get("type"):
            case "bridge.advise":
                advice = m.Advice(str(message["ref"]), str(message["text"]), aloud=bool(message["aloud"]))
                for supervisors in told:
                    supervisors.advise(advice)
            case "bridge.swap":
                for supervisors in told:
                    supervisors.swap_prompt()
            case "bridge.decided":
                for supervisors in told:
                    supervisors.decided(int(message["approval"]))

    # --- stopping ---

    async def _leave_all(self) -> None:
        for held in list(self._calls.values()):
            held.leave()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=STOPPING_S)
        await journal.settled()
        try:
            await in_books(Sideband.leave, holder=self.name)
            await in_books(SidebandWorker.gone, name=self.name)
        except BOOKS_AWAY as error:
            log.warning("sidebands left without a word", error=type(error).__name__)


def _state_of(*, pk: int) -> str:
    return Sideband.objects.filter(pk=pk).values_list("state", flat=True).first() or "ended"
