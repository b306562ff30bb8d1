"""One response of the model, from `response.created` to `response.done`, event by event.

The order is that of the API: created, then for each output item: output_item.added, conversation.item.added,
content_part.added, deltas, the *.done events, content_part.done, output_item.done, conversation.item.done; at the
end response.done with usage. A response that is cancelled closes what it had open in the same order.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sandbox.model import delivery, usage
from sandbox.model.conversation import Item, Source
from sandbox.model.formats import Format
from sandbox.model.script import FunctionCall, Reply
from sandbox.model.wire import Wire, new_id

THINK_MS = 250.0
_ARGUMENT_PIECE = 12
_RATE_LIMITS = (("requests", 5000, 0.012), ("tokens", 800_000, 0.2))
_ERROR_TYPES = {"insufficient_quota": "insufficient_quota", "rate_limit_exceeded": "rate_limit_error"}


class Origin(StrEnum):
    """Why there is a response: the client asked for it, the caller's turn ended, or nobody spoke for too long."""

    CLIENT = "client"
    TURN = "turn"
    IDLE = "idle"


class Point(StrEnum):
    """The moments of a response at which its connection can be told to break."""

    BEFORE_AUDIO = "before_audio"
    DELTA = "delta"
    FUNCTION_CALL = "function_call"


@dataclass(frozen=True, slots=True)
class ResponseSettings:
    """What a response was created with. `conversation_id` is None beside the conversation (out of band)."""

    conversation_id: str | None
    modality: str
    audio_format: dict[str, Any]
    voice: Any
    max_output_tokens: int | str
    metadata: dict[str, str] | None
    context: Sequence[usage.ContextPiece]
    cached: Sequence[usage.ContextPiece]
    instructions: str
    origin: Origin


class Host(Protocol):
    """The session around a response."""

    wire: Wire

    def add_output_item(self, response: "Response", item: Item) -> str | None:
        """Put an item into the conversation; the id of the item before it."""

    def reached(self, response: "Response", point: Point) -> None:
        """The response has come to this point; what is emitted after the connection broke here is lost."""

    def response_ended(self, response: "Response") -> None:
        """`response.done` has been sent."""


@dataclass(slots=True)
class _Open:
    """The output item in progress."""

    item: Item
    index: int
    previous_item_id: str | None
    has_part: bool = False
    transcript: str = ""


class Response:
    """A running response. `start` it once; `cancel` it at any time; it tells its host when it has ended."""

    def __init__(self, host: Host, settings: ResponseSettings, reply: Reply) -> None:
        self.id = new_id("resp")
        self.settings = settings
        self.status = "in_progress"
        self.output: list[Item] = []
        self.usage: dict[str, Any] | None = None
        self.deltas_sent = 0
        self.created_at_ms = host.wire.clock.now_ms()
        self.first_audio_at_ms: float | None = None
        self.ended_at_ms: float | None = None
        self._host = host
        self._wire = host.wire
        self._reply = reply
        self._status_details: dict[str, Any] | None = None
        self._open: _Open | None = None
        self._output_text_tokens = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def is_out_of_band(self) -> bool:
        """Whether it stands beside the conversation."""
        return self.settings.conversation_id is None

    @property
    def audio_ms(self) -> int:
        """Speech sent so far."""
        return sum(item.audio_ms for item in self.output)

    def start(self) -> None:
        """Announce the response and begin to think."""
        self._wire.emit("response.created", response=self.view())
        limits = [
            {"name": name, "limit": limit, "remaining": limit - 1, "reset_seconds": reset}
            | next((given for given in self._wire.faults.rate_limits if given["name"] == name), {})
            for name, limit, reset in _RATE_LIMITS
        ]
        self._wire.emit("rate_limits.updated", rate_limits=limits)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def cancel(self, reason: str) -> None:
        """Stop at once, as `turn_detected` or `client_cancelled`."""
        self.abandon()
        self._finish("cancelled", {"type": "cancelled", "reason": reason})

    def abandon(self) -> None:
        """Stop without a word: the socket is gone."""
        if self._task is not None:
            self._task.cancel()

    def view(self) -> dict[str, Any]:
        """The response as it appears in events."""
        settings = self.settings
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status,
            "status_details": self._status_details,
            "output": [item.view() for item in self.output],
            "conversation_id": settings.conversation_id,
            "output_modalities": [settings.modality],
            "max_output_tokens": settings.max_output_tokens,
            "audio": {"output": {"format": settings.audio_format, "voice": settings.voice}},
            "usage": self.usage,
            "metadata": settings.metadata,
        }

    def record(self) -> dict[str, Any]:
        """What a checker wants to know beside the view; times on the sandbox clock."""
        return {
            "origin": self.settings.origin,
            "instructions": self.settings.instructions,
            "created_at_ms": _rounded(self.created_at_ms),
            "first_audio_at_ms": _rounded(self.first_audio_at_ms),
            "ended_at_ms": _rounded(self.ended_at_ms),
            "audio_ms": self.audio_ms,
        }

    async def _run(self) -> None:
        faults, clock = self._wire.faults, self._wire.clock
        think_ms = THINK_MS if self._reply.think_ms is None else self._reply.think_ms
        if self._will_speak and faults.use_up("slow_responses"):
            think_ms += faults.slow_first_audio_ms
        await clock.sleep(think_ms + faults.first_audio_delay_ms)
        if faults.use_up("response_failures"):
            code = faults.response_failure_code
            error = {"type": _ERROR_TYPES.get(code, "server_error"), "code": code, "message": "The response failed."}
            self._finish("failed", {"type": "failed", "error": error})
            return
        if (self._reply.says or self._reply.audio) and not await self._send_message():
            self._finish("incomplete", {"type": "incomplete", "reason": "max_output_tokens"})
            return
        for call in self._reply.calls:
            self._send_function_call(call)
            self._host.reached(self, Point.FUNCTION_CALL)
            await asyncio.sleep(0)  # here a broken connection ends the response
        self._finish("completed", None)

    @property
    def _will_speak(self) -> bool:
        is_said = bool(self._reply.says or self._reply.audio)
        return is_said and self.settings.modality == "audio" and not self.is_out_of_band

    async def _send_message(self) -> bool:
        """Speak (or write) the reply. False when the output tokens ran out before its end."""
        is_spoken = self.settings.modality == "audio"
        opened = self._open_item(self._new_item("message", role="assistant"))
        opened.item.audio_format = Format(self.settings.audio_format["type"])
        opened.item.content.append(_content(is_spoken, ""))
        opened.has_part = True
        part = _part(is_spoken, "")
        self._wire.emit("response.content_part.added", **self._place(opened), content_index=0, part=part)
        steps = delivery.spoken(self._reply, opened.item.audio_format) if is_spoken else delivery.written(self._reply)
        pause_ms = delivery.burst_ms(self._reply) / max(len(steps), 1)
        if self._will_speak:
            self._host.reached(self, Point.BEFORE_AUDIO)
            await asyncio.sleep(0)  # here a broken connection ends the response
        for words, audio in steps:
            if not self._may_send(opened, words, audio):
                return False
            self._send_delta(opened, words, audio)
            await self._wire.clock.sleep(pause_ms)
        self._close_item("completed")
        return True

    def _may_send(self, opened: _Open, words: str, audio: bytes) -> bool:
        limit = self.settings.max_output_tokens
        if isinstance(limit, str):
            return True
        audio_ms = opened.item.audio_ms + len(audio) // opened.item.audio_format.bytes_per_ms
        return usage.text_tokens(opened.transcript + words) + usage.spoken_tokens(audio_ms) <= limit

    def _send_delta(self, opened: _Open, words: str, audio: bytes) -> None:
        opened.transcript += words
        is_spoken = self.settings.modality == "audio"
        kind = "response.output_audio_transcript.delta" if is_spoken else "response.output_text.delta"
        for word in delivery.words_of(words):
            self._wire.emit(kind, **self._place(opened), content_index=0, delta=word)
        if audio:
            opened.item.audio += audio
            self._wire.emit_audio(audio, **self._place(opened), content_index=0)
            self.deltas_sent += 1
            if self.first_audio_at_ms is None:
                self.first_audio_at_ms = self._wire.clock.now_ms()
            self._host.reached(self, Point.DELTA)

    def _send_function_call(self, call: FunctionCall) -> None:
        arguments = json.dumps(call.arguments)
        item = self._new_item("function_call", name=call.tool, arguments="")
        item.call_id = new_id("call")
        place = self._place(self._open_item(item))
        for start in range(0, len(arguments), _ARGUMENT_PIECE):
            piece = arguments[start : start + _ARGUMENT_PIECE]
            self._wire.emit("response.function_call_arguments.delta", **place, call_id=item.call_id, delta=piece)
        item.arguments = arguments
        self._output_text_tokens += usage.text_tokens(call.tool + arguments)
        self._close_item("completed")

    def _new_item(self, kind: str, **fields: Any) -> Item:
        item = Item(new_id("item"), kind, status="in_progress", source=Source.MODEL, **fields)
        item.at_ms = self._wire.clock.now_ms()
        return item

    def _open_item(self, item: Item) -> _Open:
        opened = self._open = _Open(item, len(self.output), self._host.add_output_item(self, item))
        self.output.append(item)
        self._wire.emit("response.output_item.added", response_id=self.id, output_index=opened.index, item=item.view())
        if not self.is_out_of_band:
            self._wire.emit("conversation.item.added", previous_item_id=opened.previous_item_id, item=item.view())
        return opened

    def _close_item(self, status: str) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        item = opened.item
        if item.type == "function_call":
            done = {"call_id": item.call_id, "name": item.name, "arguments": item.arguments}
            self._wire.emit("response.function_call_arguments.done", **self._place(opened), **done)
        elif opened.has_part:
            self._close_part(opened)
        item.status = status
        self._wire.emit("response.output_item.done", response_id=self.id, output_index=opened.index, item=item.view())
        if not self.is_out_of_band:
            self._wire.emit("conversation.item.done", previous_item_id=opened.previous_item_id, item=item.view())

    def _close_part(self, opened: _Open) -> None:
        place, text = self._place(opened), opened.transcript
        is_spoken = self.settings.modality == "audio"
        if opened.item.transcript_is_known:
            opened.item.content[0] = _content(is_spoken, text)
        self._output_text_tokens += usage.text_tokens(text)
        if is_spoken:
            self._wire.emit("response.output_audio.done", **place, content_index=0)
            self._wire.emit("response.output_audio_transcript.done", **place, content_index=0, transcript=text)
        else:
            self._wire.emit("response.output_text.done", **place, content_index=0, text=text)
        self._wire.emit("response.content_part.done", **place, content_index=0, part=_part(is_spoken, text))

    def _finish(self, status: str, details: dict[str, Any] | None) -> None:
        self._close_item("incomplete")
        self.status = status
        self._status_details = details
        self.usage = usage.response_usage(
            context=self.settings.context,
            cached=self.settings.cached,
            output_text=self._output_text_tokens,
            output_audio=usage.spoken_tokens(self.audio_ms),
        )
        self.ended_at_ms = self._wire.clock.now_ms()
        self._wire.emit("response.done", response=self.view())
        self._host.response_ended(self)

    def _place(self, opened: _Open) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": opened.item.id, "output_index": opened.index}


def _content(is_spoken: bool, text: str) -> dict[str, Any]:
    return {"type": "output_audio", "transcript": text} if is_spoken else {"type": "output_text", "text": text}


def _part(is_spoken: bool, text: str) -> dict[str, Any]:
    return {"type": "audio", "transcript": text} if is_spoken else {"type": "text", "text": text}


def _rounded(at_ms: float | None) -> float | None:
    return None if at_ms is None else round(at_ms, 1)
