"""`wss /live/`: a browser's socket. It only listens; its address says what it shows: `floor`, `call=12`, `desk`.

Who has a live call open watches it: that is in the books, and on the screens of the others.
"""

import asyncio
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase

from agents.models import Agent
from calls.models import Supervision
from contactcenter.dashboard import access
from contactcenter.dashboard.metrics import VIEWERS
from contactcenter.dashboard.presence import Presence
from contactcenter.dashboard.pusher import Viewer, pusher

# A session that has ended, or a role that was taken away, is noticed this often.
RECHECK_S = 60.0
FORBIDDEN = 4403


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
        self._presence = Presence()
        person = await self._person()
        if person is None:
            await self.close(FORBIDDEN)
            return
        await self.accept()
        VIEWERS.inc()
        pusher.join(self._viewer)
        if self._viewer.call_id is not None:
            await self._presence.begin(call_id=self._viewer.call_id, user=person, mode=Supervision.Mode.WATCHING)
        self._tasks = [asyncio.create_task(self._forward()), asyncio.create_task(self._recheck())]

    async def disconnect(self, code: int) -> None:
        """Forget the browser."""
        if self._tasks:
            VIEWERS.dec()
        pusher.leave(self._viewer)
        for task in self._tasks:
            task.cancel()
        await self._presence.end()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Browsers have nothing to say here."""

    async def _forward(self) -> None:
        while True:
            await self.send(text_data=await self._viewer.next())

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            if await self._person() is None:
                await self.close(FORBIDDEN)
                return

    async def _person(self) -> User | None:
        return await database_sync_to_async(person_who_may, thread_sensitive=False)(
            access.WATCH, self.scope.get("user"), self.scope.get("session")
        )


def _seat_of(user: Any) -> int | None:
    """The seat of whoever looks at their own desk; nobody sees another's."""
    found: int | None = (
        Agent.objects.filter(user_id=getattr(user, "pk", None) or 0).values_list("pk", flat=True).first()
    )
    return found


def who_may_test(user: Any, session: SessionBase | None) -> User | None:
    """The person of this session, if they may hold test calls now."""
    return person_who_may(access.TEST_CALL, user, session)


def person_who_may(permission: str, user: Any, session: SessionBase | None) -> User | None:
    """The person of this session, if it is good and their account may do this, by what the database says now."""
    if session is None or not session.session_key or not session.exists(session.session_key):
        return None
    if getattr(user, "pk", None) is None:
        return None
    fresh = User.objects.filter(pk=user.pk, is_active=True).first()
    return fresh if fresh is not None and fresh.has_perm(permission) else None
