"""`wss /listen/<call>/`: a live call's sound for one browser, as long as its person may hear it.

The process that holds the call is asked again and again to copy its sound; when the call moves to another process, that
one is asked. For a caller who is with people the carrier is asked for a copy. Sound goes out as binary messages: four
bytes with the place on the call's clock in milliseconds, then the caller's side and then ours, equally long, mu-law.
Text messages say how it stands: `waiting`, `listening`, `over`.
"""

import asyncio
import json
import time
from typing import Any

import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from redis.exceptions import RedisError

from calls.control import bridges, room_sound, supervision
from calls.control.bridges import Place
from calls.models import Call, Supervision
from contactcenter.dashboard import access
from contactcenter.dashboard.consumer import FORBIDDEN, RECHECK_S, person_who_may
from contactcenter.dashboard.presence import Presence

# Nothing was heard for so long: there is nothing to hear, or somebody else must be asked.
SILENT_AFTER_S = 1.0
_ASK_ANEW_S = 0.5
# Who holds the call is looked up so often also while it is heard: the caller may go from one to another.
_LOOK_EVERY_S = 2.0
# A copy of the carrier's that brings nothing for so long is lost: another one is asked for.
_LOST_AFTER_S = 10.0
# Of two who copy the same call for a moment, each piece is heard once; clocks of two machines differ by so much.
_OVERLAP_MS = 60
_BYTES_PER_MS = 8
_BACKLOG = 20  # pieces; what a browser does not take in time it does not hear

log = structlog.get_logger(__name__)


class ListenConsumer(AsyncWebsocketConsumer):
    """One browser that listens to one call."""

    channel_layer_alias = None  # sound is taken from the layer by a loop of its own

    async def connect(self) -> None:
        """Let in who may listen; that they do is in the books before they hear anything."""
        self._call_id = int(self.scope["url_route"]["kwargs"]["call_id"])
        self._tasks: list[asyncio.Task[None]] = []
        self._presence = Presence()
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue(_BACKLOG)
        self._heard_at = 0.0
        self._heard_until_ms = 0
        self._began_at = time.monotonic()
        self._state = ""
        person = await self._person()
        if person is None:
            await self.close(FORBIDDEN)
            return
        await self.accept()
        if not await self._presence.begin(call_id=self._call_id, user=person, mode=Supervision.Mode.LISTENING):
            await self._say("over")
            await self.close()
            return
        await self._say("waiting")
        self._tasks = [
            asyncio.create_task(job(), name=job.__name__)
            for job in (self._hear, self._forward, self._ask, self._recheck)
        ]

    async def disconnect(self, code: int) -> None:
        """The browser is gone: nobody asks for the sound any more."""
        for task in self._tasks:
            task.cancel()
        await self._presence.end()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Browsers have nothing to say here."""

    # --- sound ---

    async def _hear(self) -> None:
        while True:
            layer = get_channel_layer()
            try:
                channel = await layer.new_channel()
                await layer.group_add(supervision.sound_group(self._call_id), channel)
                try:
                    while True:
                        self._take(await layer.receive(channel))
                finally:
                    await layer.group_discard(supervision.sound_group(self._call_id), channel)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("listener does not hear, joining again", error=type(error).__name__)
                await asyncio.sleep(1)

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("type") != "call.sound":
            return
        at_ms = max(int(message["at_ms"]), 0)
        if at_ms + _OVERLAP_MS < self._heard_until_ms:
            return
        self._heard_until_ms = at_ms + len(message["caller"]) // _BYTES_PER_MS
        if self._pieces.full():
            self._pieces.get_nowait()
        self._pieces.put_nowait(at_ms.to_bytes(4, "big") + message["caller"] + message["assistant"])

    async def _forward(self) -> None:
        while True:
            piece = await self._pieces.get()
            self._heard_at = time.monotonic()
            await self._say("listening")
            await self.send(bytes_data=piece)

    # --- asking for it ---

    async def _ask(self) -> None:
        place: Place | None = None
        looked_at = 0.0
        while True:
            is_heard = time.monotonic() - self._heard_at < SILENT_AFTER_S
            if not is_heard or time.monotonic() - looked_at >= _LOOK_EVERY_S:
                looked_at = time.monotonic()
                try:
                    is_live, place = await database_sync_to_async(self._look, thread_sensitive=False)()
                except (DatabaseError, InterfaceError):
                    is_live = True  # whoever held the call is asked on
                if not is_live:
                    await self._say("over")
                    await self.close()
                    return
                if self._heard_at and not is_heard:
                    await self._say("waiting")
            if place is not None:
                await bridges.ask_for_sound(place, call_id=self._call_id)
            await asyncio.sleep(supervision.LISTEN_EVERY_S if is_heard else _ASK_ANEW_S)

    def _look(self) -> tuple[bool, Place | None]:
        call = Call.objects.filter(pk=self._call_id).first()
        if call is None or not call.is_live:
            return False, None
        place = bridges.holding(call) or room_sound.holding(call)
        if bridges.holding(call) is None:
            is_lost = time.monotonic() - max(self._heard_at, self._began_at) > _LOST_AFTER_S
            room_sound.ask(call=call, now=timezone.now(), is_lost=is_lost)
        return True, place

    # --- words ---

    async def _say(self, state: str) -> None:
        if state != self._state:
            self._state = state
            await self.send(text_data=json.dumps({"state": state}))

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            if await self._person() is None:
                await self.close(FORBIDDEN)
                return

    async def _person(self) -> Any:
        return await database_sync_to_async(person_who_may, thread_sensitive=False)(
            access.LISTEN, self.scope.get("user"), self.scope.get("session")
        )
