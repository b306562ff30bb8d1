"""This process as a bridge: the calls it holds, that it says it is there, what it is told, and how it stops.

A process without a BRIDGE_NAME holds calls too when no bridge is there; it says nothing of itself, and all of its kind
are told the same: who holds the call acts.
"""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import structlog
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError, InterfaceError, ProgrammingError
from django.utils import timezone
from redis.exceptions import RedisError

from calls import intake, journal, metrics
from calls.consumers import warmed
from calls.consumers.asking import in_turn
from calls.consumers.supervisors import Supervisors
from calls.control import bridges, rescue
from calls.models import BridgeWorker
from calls.realtime import warm
from calls.tools import workshop
from calls.voice import messages as m

_REPORT_EVERY_S = 1.0
_REPORTS_TO_JUDGE = 10
_FAILURES_TO_TELL = 3
# The tables are being made, beside processes that have begun already: on a slow machine that takes a while.
_ABSENCES_TO_TELL = 30
# After the drain, calls are handed over in their next pause; after this long, without one.
_PAUSE_PATIENCE_S = 5.0
_CLOSE_PATIENCE_S = 5.0

log = structlog.get_logger(__name__)


class Bridge(Protocol):
    """A call that this process holds, by sound or by text."""

    call_id: int
    supervisors: Supervisors

    def listen(self) -> None:
        """Somebody listens for a few seconds from now."""

    async def hand_over(self, *, at_once: bool) -> None:
        """Leave the call to another process."""


class Copied(Protocol):
    """A copy of a call's sound that comes from the carrier, for those who listen."""

    call_id: int

    def listen(self) -> None:
        """Somebody listens for a few seconds from now."""


class BridgeProcess:
    """The one of this process."""

    def __init__(self) -> None:
        self.name: str = settings.BRIDGE_NAME
        self.is_draining = False
        self._held: set[Bridge] = set()
        self._copies: set[Copied] = set()
        self._began_at = timezone.now()  # whatever was opened before is not ours
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_empty = asyncio.Event()
        self._first: list[Callable[[], None]] = []
        if self.name:
            signal.signal(signal.SIGUSR1, self._asked_to_stop)

    def when_started(self, job: Callable[[], None]) -> None:
        """Have this done once, in the event loop, when the process starts to work."""
        self._first.append(job)

    def ensure_started(self) -> None:
        """Begin to say that this process is there, if it is a bridge. Call it from the event loop, again and again."""
        if self._loop is not None:
            return
        self._loop = asyncio.get_running_loop()
        for job in self._first:
            job()
        self._tasks.append(self._loop.create_task(workshop.open_up(), name="workshop"))
        self._tasks.append(self._loop.create_task(warmed.look_after(), name="warmed"))
        jobs = (self._report, self._listen) if self.name else (self._listen,)
        self._tasks += [self._loop.create_task(job(), name=job.__name__) for job in jobs]

    # --- calls ---

    def hold(self, bridge: Bridge) -> None:
        """A call begins here."""
        self._held.add(bridge)
        self._is_empty.clear()

    def let_go(self, bridge: Bridge) -> None:
        """A call has left."""
        self._held.discard(bridge)
        if not self._held:
            self._is_empty.set()

    @contextmanager
    def copying(self, copied: Copied) -> Iterator[None]:
        """While inside, whoever listens to this call is passed on."""
        self._copies.add(copied)
        try:
            yield
        finally:
            self._copies.discard(copied)

    # --- saying and listening ---

    async def _report(self) -> None:
        reports = 0  # in a row: who was cut off from the database himself cannot say that others are silent
        failures = 0  # in a row; more than one need not be told
        while True:
            try:
                await database_sync_to_async(BridgeWorker.report, thread_sensitive=False)(
                    name=self.name,
                    machine=socket.gethostname(),
                    pid=os.getpid(),
                    started_at=self._began_at,
                    calls=len(self._held),
                    capacity=settings.BRIDGE_CALLS,
                    is_draining=self.is_draining,
                    model_share_left=metrics.tightest_share(now=time.monotonic()),
                    journal_depth=journal.depth(),
                )
                reports, failures = reports + 1, 0
            except (DatabaseError, InterfaceError) as error:
                reports, failures = 0, failures + 1
                if failures == (_ABSENCES_TO_TELL if isinstance(error, ProgrammingError) else _FAILURES_TO_TELL):
                    log.warning("bridge not reported", error=type(error).__name__)
            if reports >= _REPORTS_TO_JUDGE:
                await self._look_after_others()
            await asyncio.sleep(_REPORT_EVERY_S)

    async def _look_after_others(self) -> None:
        try:
            await database_sync_to_async(rescue.rescue, thread_sensitive=False)()
        except (DatabaseError, InterfaceError) as error:
            log.warning("other bridges not looked after", error=type(error).__name__)

    async def _listen(self) -> None:
        """Take what other processes say, for ever; a layer that is away is joined again."""
        while True:
            layer = get_channel_layer()
            try:
                channel = await layer.new_channel()
                await layer.group_add(bridges.group_of(self.name), channel)
                while True:
                    await self._take(await layer.receive(channel))
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("bridge does not hear, joining again", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _take(self, message: dict[str, Any]) -> None:
        call_id = int(message.get("call", 0))
        match message.get("type"):
            case "bridge.warm":
                await self._make_ready(call_id, nonce=str(message["nonce"]))
            case "bridge.listen":
                for copied in (*self._of(call_id), *(one for one in self._copies if one.call_id == call_id)):
                    copied.listen()
            case "bridge.advise":
                advice = m.Advice(str(message["ref"]), str(message["text"]), aloud=bool(message["aloud"]))
                for bridge in self._of(call_id):
                    bridge.supervisors.advise(advice)
            case "bridge.swap":
                for bridge in self._of(call_id):
                    bridge.supervisors.swap_prompt()
            case "bridge.decided":
                for bridge in self._of(call_id):
                    bridge.supervisors.decided(int(message["approval"]))

    def _of(self, call_id: int) -> list[Bridge]:
        return [bridge for bridge in self._held if bridge.call_id == call_id]

    async def _make_ready(self, call_id: int, *, nonce: str) -> None:
        try:
            conversation = await in_turn(intake.conversation_by_id)(call_id)
        except (DatabaseError, InterfaceError):
            return
        if conversation is not None:
            warm.begin(nonce, conversation.settings, context=conversation)

    # --- stopping ---

    def _asked_to_stop(self, *_: object) -> None:
        if self._loop is None:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            self._loop.call_soon_threadsafe(self._begin_to_stop)

    def _begin_to_stop(self) -> None:
        if not self.is_draining:
            self.is_draining = True
            assert self._loop is not None
            self._tasks.append(self._loop.create_task(self._stop(), name="drain"))

    async def _stop(self) -> None:
        """Take no more calls; when none is left, or all are handed over, end the process."""
        log.info("bridge drains", calls=len(self._held))
        if not await self._empty_within(settings.DRAIN_S):
            await self._hand_over(at_once=False)
            if not await self._empty_within(_PAUSE_PATIENCE_S):
                await self._hand_over(at_once=True)
                await self._empty_within(_CLOSE_PATIENCE_S)
        os.kill(os.getpid(), signal.SIGTERM)

    async def _empty_within(self, seconds: float) -> bool:
        if not self._held:
            return True
        self._is_empty.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._is_empty.wait()
        except TimeoutError:
            return False
        return True

    async def _hand_over(self, *, at_once: bool) -> None:
        await asyncio.gather(
            *(bridge.hand_over(at_once=at_once) for bridge in list(self._held)), return_exceptions=True
        )

    async def settle(self) -> None:
        """The process goes: close what waits for calls that will not come, and write what the calls left behind."""
        await warm.close_all()
        await journal.settled()
        if self.name and self._loop is not None:
            try:
                await database_sync_to_async(BridgeWorker.leave, thread_sensitive=False)(name=self.name)
            except (DatabaseError, InterfaceError) as error:
                log.warning("bridge left without a word", error=type(error).__name__)


process = BridgeProcess()
