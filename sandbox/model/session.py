"""A Realtime session without its socket: client events in, server events out through the wire."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from sandbox.clock import Clock
from sandbox.model.client_events import check_event, parse_event
from sandbox.model.conversation import Conversation, Item
from sandbox.model.faults import Faults
from sandbox.model.formats import Format, from_mulaw
from sandbox.model.listening import Listening
from sandbox.model.refusal import Refused, error_object
from sandbox.model.script import Script
from sandbox.model.session_settings import merge_update, new_session
from sandbox.model.speaking import Speaking, item_from_client
from sandbox.model.wire import Wire, new_id

LIFE_MS = 60 * 60 * 1000


class Session:
    """One client's session. `start` it when the socket is open, `stop` it when it is gone."""

    def __init__(self, *, clock: Clock, script: Script, faults: Faults, model: str, wire: Wire | None = None) -> None:
        self.id = new_id("sess")
        self.clock = clock
        self.wire = wire or Wire(clock=clock, faults=faults)
        self.conversation = Conversation(new_id("conv"))
        self.opened_at_ms = clock.now_ms()
        self.closed_at_ms: float | None = None
        self.closed_by = ""  # client or model
        self.close_code: int | None = None
        life_ms = LIFE_MS if faults.session_expires_in_ms is None else faults.session_expires_in_ms
        self.expires_at_ms = self.opened_at_ms + life_ms
        expires_at = int(clock.date(self.expires_at_ms).timestamp())
        self.settings = new_session(session_id=self.id, model=model, expires_at=expires_at)
        self.speaking = Speaking(
            wire=self.wire,
            script=script,
            conversation=self.conversation,
            settings=lambda: self.settings,
            on_response=self._follow_response,
        )
        self.listening = Listening(
            wire=self.wire,
            conversation=self.conversation,
            settings=lambda: self.settings["audio"]["input"],
            answering=self.speaking,
        )
        self.wire.on_over = self._freeze
        self._expiry: asyncio.Task[None] | None = None
        self._do: dict[str, Callable[[dict[str, Any]], object]] = {
            "session.update": self._update,
            "input_audio_buffer.append": lambda event: self.listening.append(event["audio"]),
            "input_audio_buffer.commit": lambda _: self.listening.commit(),
            "input_audio_buffer.clear": lambda _: self.listening.clear(),
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": lambda event: self.speaking.create(event.get("response", {})),
            "response.cancel": lambda event: self.speaking.cancel(event.get("response_id")),
        }

    def start(self) -> None:
        """Greet the client with `session.created`."""
        self.listening.configure()
        self.wire.emit("session.created", session=self.settings)
        self._expiry = asyncio.get_running_loop().create_task(self._expire())

    def stop(self) -> None:
        """The socket is gone: everything that runs ends."""
        self.closed_at_ms = self.clock.now_ms()
        self._freeze()

    def stall(self) -> None:
        """The connection stays open and nothing comes out of it any more, no answer to a ping either."""
        self.wire.stall()

    def receive(self, text: str) -> None:
        """One text frame from the client. What is wrong with it is answered with an `error` event."""
        if self.wire.faults.half_open or self.wire.is_over:
            return
        event_id = None
        try:
            event = parse_event(text)
            given_id = event.get("event_id")
            event_id = given_id if isinstance(given_id, str) else None
            self.wire.log_received(event)
            self._do[check_event(event)](event)
        except Refused as refused:
            self.wire.refuse(refused, event_id=event_id)

    def receive_binary(self) -> None:
        """A binary frame, which this API does not have."""
        if self.wire.is_over:
            return
        self.wire.refuse(Refused("invalid_json", "The event is not valid JSON: it came as binary."), event_id=None)

    # --- client events ------------------------------------------------------------------------------------------

    def _update(self, event: dict[str, Any]) -> None:
        merged = merge_update(self.settings, event["session"])
        before, after = self.settings["audio"]["output"], merged["audio"]["output"]
        if after["voice"] != before["voice"]:
            self.speaking.check_voice_may_change()
        if after["speed"] != before["speed"] and self.speaking.is_active:
            message = "The speed can only be changed between responses, not while one is in progress."
            raise Refused("invalid_value", message, param="session.audio.output.speed")
        self.settings = merged
        self.listening.configure()
        self.wire.emit("session.updated", session=self.settings)

    def _create_item(self, event: dict[str, Any]) -> None:
        item = item_from_client(event["item"], self._input_format())
        item.at_ms = self.clock.now_ms()
        previous_item_id = self.conversation.add(item, previous_item_id=event.get("previous_item_id"))
        self.wire.emit("conversation.item.added", item=item.view(), previous_item_id=previous_item_id)
        self.wire.emit("conversation.item.done", item=item.view(), previous_item_id=previous_item_id)

    def _retrieve_item(self, event: dict[str, Any]) -> None:
        item = self.conversation.find(event["item_id"], verb="retrieve")
        self.wire.emit("conversation.item.retrieved", item=self._with_audio(item))

    def _delete_item(self, event: dict[str, Any]) -> None:
        self.conversation.delete(event["item_id"])
        self.wire.emit("conversation.item.deleted", item_id=event["item_id"])

    def _truncate_item(self, event: dict[str, Any]) -> None:
        cut = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        self.conversation.truncate(**cut)
        self.wire.emit("conversation.item.truncated", **cut)

    def _with_audio(self, item: Item) -> dict[str, Any]:
        view = item.view()
        for part in view.get("content", []):
            if part["type"] == "output_audio":
                part["audio"] = base64.b64encode(item.audio).decode()
            elif part["type"] == "input_audio":
                part["audio"] = base64.b64encode(from_mulaw(bytes(item.audio), self._input_format())).decode()
        return view

    def _input_format(self) -> Format:
        return Format(self.settings["audio"]["input"]["format"]["type"])

    # --- time ---------------------------------------------------------------------------------------------------

    def _follow_response(self, speech_ms: int | None) -> None:
        self.listening.follow_response(speech_ms)

    def _freeze(self) -> None:
        self.listening.stop()
        self.speaking.stop()
        if self._expiry is not None:
            self._expiry.cancel()

    async def _expire(self) -> None:
        await self.clock.until(self.expires_at_ms)
        message = "Your session hit the maximum duration of 60 minutes."
        self.wire.emit_error(error_object(message, code="session_expired"))
        self.wire.close(1001, "session expired")
