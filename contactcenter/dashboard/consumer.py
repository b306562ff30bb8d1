"""`wss /live/`: a browser's socket. It only listens; its address says what it shows: `floor`, `call=12`, `desk`."""

import asyncio
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase

from agents.models import Agent
from contactcenter.dashboard import access
from contactcenter.dashboard.metrics import VIEWERS
from contactcenter.dashboard.pusher import Viewer, pusher

# A session that has ended, or a role that was taken away, is noticed this often.
RECHECK_S = 60.0
_FORBIDDEN = 4403


class LiveConsumer(AsyncWebsocketConsumer):
    """One browser that watches the floor or a call."""

    channel_layer_alias = None  # the pusher listens for all browsers of the process

    async def connect(self) -> None:
        """Let in who may watch."""
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        call = query.get("call", [""])[0]
        self._viewer = Viewer(
            shows_floor="floor" in query, call_id=int(call) if call.isdigit() and len(call) < 18 else None
        )
        if "desk" in query:
            self._viewer.agent_id = await database_sync_to_async(_seat_of, thread_sensitive=False)(
                self.scope.get("user")
            )
        self._tasks: list[asyncio.Task[None]] = []
        if not await self._may_watch():
            await self.close(_FORBIDDEN)
            return
        await self.accept()
        VIEWERS.inc()
        pusher.join(self._viewer)
        self._tasks = [asyncio.create_task(self._forward()), asyncio.create_task(self._recheck())]

    async def disconnect(self, code: int) -> None:
        """Forget the browser."""
        if self._tasks:
            VIEWERS.dec()
        pusher.leave(self._viewer)
        for task in self._tasks:
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Browsers have nothing to say here."""

    async def _forward(self) -> None:
        while True:
            await self.send(text_data=await self._viewer.next())

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            if not await self._may_watch():
                await self.close(_FORBIDDEN)
                return

    async def _may_watch(self) -> bool:
        return await database_sync_to_async(may_watch, thread_sensitive=False)(
            self.scope.get("user"), self.scope.get("session")
        )


def _seat_of(user: Any) -> int | None:
    """The seat of whoever looks at their own desk; nobody sees another's."""
    found: int | None = (
        Agent.objects.filter(user_id=getattr(user, "pk", None) or 0).values_list("pk", flat=True).first()
    )
    return found


def may_watch(user: Any, session: SessionBase | None) -> bool:
    """True while this session is good and its account may watch the floor, by what the database says now."""
    if session is None or not session.session_key or not session.exists(session.session_key):
        return False
    if getattr(user, "pk", None) is None:
        return False
    fresh = User.objects.filter(pk=user.pk, is_active=True).first()
    return fresh is not None and fresh.has_perm(access.WATCH)
