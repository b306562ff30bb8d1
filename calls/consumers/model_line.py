"""The model's side of one call: the session in use, the next one when it is lost, and the spare that relieves it.

It opens, reads, sends and closes as it is told, and decides nothing. What goes out goes out in the order it was put, at
once; what was meant for a session that is gone is dropped with it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from calls import metrics
from calls.realtime import session_config, wire
from calls.realtime.client import ModelUnavailable, RealtimeClient
from calls.realtime.session_config import SessionSettings
from calls.realtime.socket import Events
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.transcoding import transcoder

Take = Callable[[list[wire.Decoded]], Awaitable[None]]
TakeNow = Callable[[list[wire.Decoded]], None]
log = structlog.get_logger(__name__)


class ModelLine:
    """`take` is given every message of the session in use, and what becomes of sessions. `take_now` does not wait."""

    def __init__(
        self,
        *,
        settings: SessionSettings,
        listening: dict[str, Any],
        opening: "asyncio.Task[RealtimeClient]",
        take: Take,
        take_now: TakeNow,
    ) -> None:
        self._settings = self._opened_with = settings
        self._listening = listening
        self._transcoder = transcoder(settings.model_audio)
        self._take, self._take_now = take, take_now
        self._client: RealtimeClient | None = None
        self._spare: RealtimeClient | None = None
        self._reader = asyncio.create_task(self._begin(opening), name="model")
        self._others: set[asyncio.Task[None]] = set()

    # --- opening and closing ------------------------------------------------------------------------------------

    def open(self, after_ms: int) -> None:
        """Another session takes the place of the one in use, whatever became of that."""
        self._retire(self._reader, self._client)
        self._client = None
        opening = asyncio.create_task(self._open_after(after_ms), name="model, again")
        self._reader = asyncio.create_task(self._begin(opening), name="model")

    async def _open_after(self, after_ms: int) -> RealtimeClient:
        if after_ms:
            await asyncio.sleep(after_ms / 1000)
        self._opened_with = self._settings
        return await RealtimeClient.open(self._opened_with)

    async def _begin(self, opening: "asyncio.Task[RealtimeClient]") -> None:
        try:
            self._client = await opening
        except ModelUnavailable as error:
            log.warning("model not reached", error=str(error))
            await self._take([m.ModelLost(unreachable=True, is_permanent=error.is_permanent, why=str(error)[:80])])
            return
        except asyncio.CancelledError:
            opening.cancel()
            raise
        metrics.MODEL_SESSIONS_OPENED.inc()
        if self._settings is not self._opened_with:  # they were changed while it was being opened
            self._client.send(session_config.changed(self._settings, before=self._opened_with))
        await self._take([m.ModelReady(self._client.left_ms())])
        await self._read(self._client)

    async def _read(self, client: RealtimeClient) -> None:
        if client.listen(self._hear, lambda: self._aside(self._lost(client))):
            return
        async for events in client:
            await self._take(self._decoded(events))
        await self._lost(client)

    def _hear(self, events: Events) -> None:
        self._take_now(self._decoded(events))

    async def _lost(self, client: RealtimeClient) -> None:
        await client.close()
        await self._take([m.ModelLost()])

    def _decoded(self, events: Events) -> list[wire.Decoded]:
        messages = [message for event in events for message in wire.decode(event)]
        return messages if self._transcoder is None else [self._heard(message) for message in messages]

    def _heard(self, message: wire.Decoded) -> wire.Decoded:
        """A piece of the model's voice as the line wants it; anything else as it is."""
        assert self._transcoder is not None
        return self._transcoder.on_the_line(message) if type(message) is m.AudioDelta else message

    def open_spare(self) -> None:
        """Open a second session beside the one in use."""
        self._aside(self._open_spare())

    async def _open_spare(self) -> None:
        try:
            self._spare = await RealtimeClient.open(self._settings)
        except ModelUnavailable as error:
            log.warning("spare model session not had", error=str(error))
            await self._take([m.SpareLost()])
            return
        metrics.MODEL_SESSIONS_OPENED.inc()
        await self._take([m.SpareReady(self._spare.left_ms())])

    def _switch(self) -> None:
        if self._spare is None:  # it died while nobody looked; reading will tell us of the other one
            return
        self._retire(self._reader, self._client)
        self._client, self._spare = self._spare, None
        self._reader = asyncio.create_task(self._read(self._client), name="model")

    def _retire(self, reader: "asyncio.Task[None]", client: RealtimeClient | None) -> None:
        if reader is not asyncio.current_task():
            reader.cancel()
        if client is not None:
            client.deafen()
            self._aside(client.close())

    def _aside(self, job: Awaitable[None]) -> None:
        task = asyncio.ensure_future(job)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def close(self) -> None:
        """Close every session; nothing more is taken."""
        for client in (self._client, self._spare):
            if client is not None:
                client.deafen()
        tasks = [self._reader, *self._others]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for client in (self._client, self._spare):
            if client is not None:
                await client.close()

    # --- sending ------------------------------------------------------------------------------------------------

    def append(self, payload: str) -> None:
        """Pass one frame of the caller on, as it is."""
        if self._client is not None and self._transcoder is None:
            self._client.send(wire.append(payload))
        else:
            self.put(e.AppendAudio(payload))

    def reshape(self, settings: SessionSettings) -> None:
        """Go on with other settings, in this session and in those after it."""
        before, self._settings = self._settings, settings
        if self._client is not None:
            self._client.send(session_config.changed(settings, before=before))

    def put(self, order: e.ToModel | e.ToModelLine) -> None:
        """Send an order, after those before it; one that is meant for a session that is gone is dropped."""
        if isinstance(order, e.SwitchModel):
            self._switch()
        elif isinstance(order, e.SpeakLanguage):
            self.reshape(session_config.in_language(self._settings, order.language, order.voice))
        elif self._client is not None:
            if self._transcoder is not None:
                order = self._transcoder.for_the_model(order)
            self._client.send(wire.encode(order, listening=self._listening))
