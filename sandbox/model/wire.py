"""One session's side of its socket: what is to be sent, in order, and a log of what went both ways."""

import asyncio
import base64
import json
import secrets
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.model.faults import Faults, OddEvent
from sandbox.model.refusal import Refused, error_object


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection: with a close frame, or (code None) by dropping it.

    `answer_s` is how long the client may take to answer a close frame, in seconds of the machine.
    """

    code: int | None
    reason: str = ""
    answer_s: float = 2.0


Frame = str | bytes | Close


def new_id(prefix: str) -> str:
    """An id as the API makes them: a prefix and something unguessable, at most 32 characters in all."""
    return f"{prefix}_{secrets.token_hex(10)}"


class Wire:
    """Where a session puts its server events. The socket takes the frames from `outbox`."""

    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self.clock = clock
        self.faults = faults
        self.outbox: asyncio.Queue[Frame] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        """Server events with `at_ms`; of audio deltas the number of bytes stands for the audio."""
        self.received: list[dict[str, Any]] = []
        """Client events with `at_ms`, but appended audio, which is only counted."""
        self.append_times_ms = array("d")
        self.first_append_at_ms: float | None = None
        self.last_append_at_ms: float | None = None
        self.longest_append_gap_ms = 0.0
        self.errors: list[dict[str, Any]] = []
        self.spoken = bytearray()
        self.is_over = False
        """Nothing can be sent any more: the connection ends, or has stalled."""
        self.is_stalled = False
        self.on_over: Callable[[], None] = lambda: None

    def emit(self, kind: str, **fields: Any) -> None:
        """Send a server event."""
        event = {"type": kind, "event_id": new_id("event"), **fields}
        if self._put(json.dumps(event)):
            self.sent.append({"at_ms": round(self.clock.now_ms(), 1), **event})

    def emit_audio(self, audio: bytes, **fields: Any) -> None:
        """Send a piece of the model's voice."""
        event = {"type": "response.output_audio.delta", "event_id": new_id("event"), **fields}
        if self._put(json.dumps({**event, "delta": base64.b64encode(audio).decode()})):
            self.spoken += audio
            self.sent.append({"at_ms": round(self.clock.now_ms(), 1), **event, "bytes": len(audio)})

    def emit_error(self, error: dict[str, Any], *, event_id: str | None = None) -> None:
        """Send an `error` event; `event_id` is that of the client event to blame."""
        self.errors.append({"at_ms": round(self.clock.now_ms(), 1), **error, "event_id": event_id})
        self.emit("error", error={**error, "event_id": event_id})

    def refuse(self, refused: Refused, *, event_id: str | None) -> None:
        """Tell the client that its event was not accepted."""
        self.emit_error(error_object(refused.message, code=refused.code, param=refused.param), event_id=event_id)

    def emit_odd(self, odd: OddEvent) -> None:
        """Send what no server should."""
        frames: dict[OddEvent, Frame] = {
            OddEvent.NOT_JSON: "this is {not JSON",
            OddEvent.NOT_OBJECT: "[1, 2, 3]",
            OddEvent.UNKNOWN_TYPE: json.dumps(
                {"type": "response.telepathy.delta", "event_id": new_id("event"), "x": 1}
            ),
            OddEvent.MISSING_FIELDS: json.dumps({"type": "response.output_audio.delta", "event_id": new_id("event")}),
            OddEvent.BINARY: b"\x00\x01\x02\xff",
        }
        self._put(frames[odd])

    def close(self, code: int | None, reason: str = "", *, answer_s: float = 2.0) -> None:
        """End the connection after what was sent before."""
        self.outbox.put_nowait(Close(code, reason, answer_s))
        self._end()

    def stall(self) -> None:
        """Send nothing any more, after what was sent before, and leave the connection open."""
        self.is_stalled = True
        self._end()

    def break_off(self) -> None:
        """End or stall the connection in the manner the faults ask for."""
        faults = self.faults
        if faults.close_stalls:
            self.stall()
        else:
            self.close(None if faults.close_abruptly else faults.close_code, "server error")

    def log_received(self, event: dict[str, Any]) -> None:
        """Note a client event."""
        if event.get("type") == "input_audio_buffer.append":
            self._time_append()
        else:
            self.received.append({"at_ms": round(self.clock.now_ms(), 1), **event})

    def _time_append(self) -> None:
        now_ms = self.clock.now_ms()
        self.append_times_ms.append(now_ms)
        if self.last_append_at_ms is None:
            self.first_append_at_ms = self.last_append_at_ms = now_ms
        self.longest_append_gap_ms = max(self.longest_append_gap_ms, now_ms - self.last_append_at_ms)
        self.last_append_at_ms = now_ms

    def _end(self) -> None:
        self.is_over = True
        self.on_over()

    def _put(self, frame: Frame) -> bool:
        if self.faults.half_open or self.is_over:
            return False
        self.outbox.put_nowait(frame)
        return True
