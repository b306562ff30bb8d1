"""A page in the carrier's place: what it sends is looked at before the bridge sees it, and its end is our business.

A carrier ends a stream with a message when we have asked it to; to a page nobody speaks but us. So when the books say
that the call is to end, the bridge is given that message here, and cannot tell the difference.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from calls import metrics
from calls.carrier.page_stream import Guard, Refused
from calls.consumers.carrier_line import Receive, Send
from calls.control import test_calls

# A wish to end is seen this soon; that somebody may not test any more, a little later.
_LOOK_EVERY_S = 0.3
_LOOKS_PER_CHECK = 30
_BACKLOG = 100
POLICY, FORBIDDEN = 1008, 4403

log = structlog.get_logger(__name__)


class PageLine:
    """`receive` and `send` are what the bridge reads and writes. `code` and `why`: how the socket is to be closed."""

    def __init__(
        self, receive: Receive, send: Send, *, stream_sid: str, call_id: int, may_stay: Callable[[], object]
    ) -> None:
        self._from_page, self._to_page = receive, send
        self._guard = Guard(stream_sid=stream_sid, now_s=time.monotonic())
        self._call_id = call_id
        self._may_stay = may_stay
        self._passed: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_BACKLOG)
        self._tasks: list[asyncio.Task[None]] = []
        self.code, self.why = 1000, ""

    def open(self) -> None:
        """Begin to read."""
        self._tasks = [asyncio.create_task(job(), name=job.__name__) for job in (self._read, self._watch)]

    def close(self) -> None:
        """Read nothing more."""
        for task in self._tasks:
            task.cancel()

    async def receive(self) -> dict[str, Any]:
        """The next message that may pass."""
        return await self._passed.get()

    async def send(self, message: dict[str, Any]) -> None:
        """Send something to the page."""
        self._guard.sent(message["text"])
        await self._to_page(message)

    async def _read(self) -> None:
        while True:
            message = await self._from_page()
            if message["type"] != "websocket.receive":
                await self._passed.put(message)
                return
            try:
                text = self._guard.passed(message.get("text") or "", now_s=time.monotonic())
            except Refused as error:
                metrics.PAGES_REFUSED.labels(str(error)).inc()
                log.warning("page refused", call=self._call_id, reason=str(error))
                self.code, self.why = POLICY, str(error)
                await self._passed.put({"type": "websocket.receive", "text": ""})  # which the bridge cannot read
                return
            await self._passed.put({"type": "websocket.receive", "text": text})

    async def _watch(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            looks += 1
            try:
                is_over = await database_sync_to_async(test_calls.is_to_end, thread_sensitive=False)(self._call_id)
                if not is_over and looks % _LOOKS_PER_CHECK == 0:
                    is_over = not await database_sync_to_async(self._may_stay, thread_sensitive=False)()
                    self.code = FORBIDDEN if is_over else self.code
            except (DatabaseError, InterfaceError) as error:
                log.warning("test call goes on without the books", call=self._call_id, error=type(error).__name__)
                continue
            if is_over:
                await self._passed.put({"type": "websocket.receive", "text": self._guard.stop()})
                return
