"""A session of the model whose sound comes and goes by SIP: it lives with the call, and sockets come and go.

What the caller hears is played here, in its real time, and told about: `output_audio_buffer.started`, `stopped`,
`cleared`. When the caller cuts in, the rest is dropped and the item cut to what was heard, without anybody asking.
"""

import asyncio
import base64
import contextlib
import json
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from sandbox.audio import BYTES_PER_MS
from sandbox.clock import Clock
from sandbox.model.conversation import Source
from sandbox.model.faults import Faults
from sandbox.model.refusal import Refused, error_object
from sandbox.model.response import Origin
from sandbox.model.script import Script
from sandbox.model.session import Session
from sandbox.model.session_settings import merge_update
from sandbox.model.wire import Close, Frame, Wire

_G711 = {"type": "audio/pcmu"}


class Ear(Protocol):
    """The line's far end as the model's voice reaches it."""

    def put(self, sound: bytes) -> None:
        """Play this after what waits already."""

    def clear(self) -> int:
        """Drop what waits; how many bytes."""

    def pending(self) -> int:
        """Bytes that wait."""


class _Deaf:
    """Nobody listens: sound is over at once."""

    def put(self, sound: bytes) -> None:
        """Heard already."""

    def clear(self) -> int:
        """Nothing waits."""
        return 0

    def pending(self) -> int:
        """Nothing waits."""
        return 0


class SipWire(Wire):
    """Events go to whatever socket is there, and are lost without one; sound goes to the line."""

    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        super().__init__(clock=clock, faults=faults)
        self.output = Output(self)
        self.is_attached = False

    def emit(self, kind: str, **fields: Any) -> None:
        """Send a server event; the end of a response is also the end of its sound to come."""
        super().emit(kind, **fields)
        if kind == "response.done":
            self.output.complete(fields["response"]["id"])

    def emit_audio(self, audio: bytes, **fields: Any) -> None:
        """Play a piece of the model's voice. The control socket does not get it: that is documented nowhere."""
        self.spoken += audio
        self.output.play(fields["response_id"], fields["item_id"], audio)

    def close(self, code: int | None, reason: str = "", *, answer_s: float = 2.0) -> None:
        """End the socket; the session goes on."""
        self.outbox.put_nowait(Close(code, reason, answer_s))

    def finish(self) -> None:
        """The call is over: the socket goes at once, without a word."""
        self.outbox.put_nowait(Close(1000, "", 0.1))
        self._end()

    def key(self, digit: str, *, received_at: int) -> None:
        """The caller pressed a key; the event has no id."""
        event = {"type": "input_audio_buffer.dtmf_event_received", "event": digit, "received_at": received_at}
        self._put(json.dumps(event))
        self.sent.append({"at_ms": round(self.clock.now_ms(), 1), **event})

    def _put(self, frame: Frame) -> bool:
        if self.is_over or self.faults.half_open:
            return False
        if self.is_attached:
            self.outbox.put_nowait(frame)
        return True


class Output:
    """What the caller hears of the model, response by response."""

    def __init__(self, wire: SipWire) -> None:
        self.ear: Ear = _Deaf()
        self._wire = wire
        self._waiting: deque[tuple[str, str, bytes]] = deque()
        self._now = ""  # the response that is being heard
        self._complete: set[str] = set()
        self._put: dict[str, int] = {}  # bytes of an item that were given to the line
        self._order: list[str] = []  # items of the response that is being heard

    @property
    def is_sounding(self) -> bool:
        """Whether the caller hears the model, or is about to."""
        return bool(self._now or self._waiting)

    def play(self, response_id: str, item_id: str, sound: bytes) -> None:
        """Take a piece of a response."""
        self._waiting.append((response_id, item_id, sound))
        self.tick()

    def complete(self, response_id: str) -> None:
        """No more will come of this response."""
        self._complete.add(response_id)

    def tick(self) -> None:
        """Some time has passed on the line."""
        while self._waiting and self._now in ("", self._waiting[0][0]):
            response_id, item_id, sound = self._waiting.popleft()
            if not self._now:
                self._now, self._order = response_id, []
                self._wire.emit("output_audio_buffer.started", response_id=response_id)
            if item_id not in self._order:
                self._order.append(item_id)
            self._put[item_id] = self._put.get(item_id, 0) + len(sound)
            self.ear.put(sound)
        if self._now and self._now in self._complete and not self.ear.pending():
            over, self._now = self._now, ""
            self._wire.emit("output_audio_buffer.stopped", response_id=over)
            if self._waiting:
                self.tick()

    def cut(self) -> tuple[str, int]:
        """Drop what was not heard: the item that was cut, empty for none, and how much of it was heard (ms)."""
        if not self.is_sounding:
            return "", 0
        dropped, cut_id = self.ear.clear(), self._now or self._waiting[0][0]
        item_id = self._order[-1] if self._order else ""
        heard = max(self._put.get(item_id, 0) - dropped, 0)
        self._waiting.clear()
        self._now = ""
        self._wire.emit("output_audio_buffer.cleared", response_id=cut_id)
        return item_id, heard // BYTES_PER_MS


class _Answering:
    """The speaking side as the listening side moves it: who is cut short is also silenced."""

    def __init__(self, session: "SipSession") -> None:
        self._session = session

    def interrupt(self) -> None:
        """The caller speaks."""
        self._session.speaking.interrupt()
        self._session.silence()

    def create_automatically(self, origin: Origin) -> None:
        """The caller has spoken."""
        self._session.speaking.create_automatically(origin)


class SipSession(Session):
    """One call's session."""

    wire: SipWire

    def __init__(self, *, clock: Clock, script: Script, faults: Faults, model: str) -> None:
        super().__init__(
            clock=clock, script=script, faults=faults, model=model, wire=SipWire(clock=clock, faults=faults)
        )
        self.listening._answering = _Answering(self)
        self.attachments = 0
        self.has_had_socket = asyncio.Event()
        self.on_expired: Callable[[], None] = lambda: None
        for side in self.settings["audio"].values():
            side["format"] = dict(_G711)

    def configure(self, given: dict[str, Any]) -> None:
        """Take the (checked) session object of an accept."""
        self.settings = merge_update(self.settings, {name: value for name, value in given.items() if name != "model"})
        self.listening.configure()

    def start(self) -> None:
        """The call is let in."""
        super().start()
        self.wire.outbox = asyncio.Queue()

    def attach(self) -> None:
        """A control socket is there; one before it gets nothing more."""
        self.wire.outbox = asyncio.Queue()
        self.wire.is_attached = True
        self.attachments += 1
        self.wire.emit("session.created", session=self.settings)
        self.has_had_socket.set()

    def detach(self) -> None:
        """A control socket has gone."""
        self.wire.is_attached = False

    def receive(self, text: str) -> None:
        """One text frame from whoever holds the socket."""
        kind = None
        with contextlib.suppress(ValueError, AttributeError):
            kind = json.loads(text).get("type")
        if kind == "output_audio_buffer.clear":
            self.wire.log_received({"type": kind})
            self.silence()
        elif kind == "input_audio_buffer.append":
            refused = Refused("invalid_value", "The sound of this session comes by SIP.", param="type")
            self.wire.refuse(refused, event_id=None)
        else:
            super().receive(text)

    async def _expire(self) -> None:
        """After an hour the call ends with its session."""
        await self.clock.until(self.expires_at_ms)
        message = "Your session hit the maximum duration of 60 minutes."
        self.wire.emit_error(error_object(message, code="session_expired"))
        self.wire.close(1001, "session expired")
        self.on_expired()

    def hear(self, sound: bytes) -> None:
        """The caller's voice, mu-law."""
        if not self.wire.is_over:
            self.listening.append(base64.b64encode(sound).decode())

    def silence(self) -> None:
        """Drop what the caller has not heard yet, and cut the item to what they have."""
        item_id, heard_ms = self.wire.output.cut()
        item = next((each for each in self.conversation.items if each.id == item_id), None)
        if item is None or item.source is not Source.MODEL or item.audio_ms <= heard_ms:
            return
        self.conversation.truncate(item_id, content_index=0, audio_end_ms=heard_ms)
        self.wire.emit("conversation.item.truncated", item_id=item_id, content_index=0, audio_end_ms=heard_ms)
