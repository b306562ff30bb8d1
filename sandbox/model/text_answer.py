"""One answer of the Responses API as a stream of events: every event of the real one, in its order.

https://developers.openai.com/api/docs/guides/streaming-responses: created, in_progress; for each output item
output_item.added, its parts or arguments piece by piece, the *.done events, output_item.done; completed, or failed.
Each carries a sequence number; there is no last line of its own.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from sandbox.clock import Clock
from sandbox.model.faults import Faults
from sandbox.model.script import FunctionCall, Reply
from sandbox.model.usage import text_tokens
from sandbox.model.wire import new_id

THINK_MS = 250.0
_PIECE_MS = 15.0
_ARGUMENT_PIECE = 12

Event = dict[str, Any]


class TextAnswer:
    """One answer. Iterate over `events`; what became of it is in `status`."""

    def __init__(
        self, *, clock: Clock, faults: Faults, body: Mapping[str, Any], items: Sequence[Mapping[str, Any]], reply: Reply
    ) -> None:
        self.id = new_id("resp")
        self.status = "in_progress"
        self.breaks_off = False
        self._clock, self._faults, self._body, self._items, self._reply = clock, faults, body, items, reply
        self._output: list[dict[str, Any]] = []
        self._sequence = 0
        self._created_at = int(clock.date().timestamp())
        self._usage: dict[str, Any] | None = None
        self._error: dict[str, Any] | None = None

    async def events(self) -> AsyncIterator[Event]:
        """The events, each when its time has come."""
        yield self._event("response.created", response=self.view())
        yield self._event("response.in_progress", response=self.view())
        think_ms = THINK_MS if self._reply.think_ms is None else self._reply.think_ms
        slow_ms = self._faults.slow_first_audio_ms if self._faults.use_up("slow_responses") else 0
        await self._clock.sleep(think_ms + self._faults.first_audio_delay_ms + slow_ms)
        if self._faults.use_up("response_failures"):
            self.status = "failed"
            self._error = {"code": self._faults.response_failure_code, "message": "The model has failed."}
            yield self._event("response.failed", response=self.view())
            return
        self.breaks_off = self._faults.use_up("close_responses")
        if self._reply.says:
            async for event in self._message(self._reply.says):
                yield event
        for call in self._reply.calls:
            async for event in self._call(call):
                yield event
        self.status = "completed"
        self._usage = self._counted()
        yield self._event("response.completed", response=self.view())

    async def _message(self, text: str) -> AsyncIterator[Event]:
        item_id, index = new_id("msg"), len(self._output)
        at = {"item_id": item_id, "output_index": index, "content_index": 0}
        item = {"id": item_id, "type": "message", "status": "in_progress", "role": "assistant", "content": []}
        yield self._event("response.output_item.added", output_index=index, item=item)
        part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        yield self._event("response.content_part.added", **at, part=part)
        for number, piece in enumerate(_words(text)):
            if self.breaks_off and number == self._faults.close_after_deltas:
                raise ConnectionAbortedError
            yield self._event("response.output_text.delta", **at, delta=piece, logprobs=[])
            await self._clock.sleep(_PIECE_MS)
        yield self._event("response.output_text.done", **at, text=text, logprobs=[])
        yield self._event("response.content_part.done", **at, part=part | {"text": text})
        done = item | {"status": "completed", "content": [part | {"text": text}]}
        self._output.append(done)
        yield self._event("response.output_item.done", output_index=index, item=done)

    async def _call(self, call: FunctionCall) -> AsyncIterator[Event]:
        item_id, index = new_id("fc"), len(self._output)
        at = {"item_id": item_id, "output_index": index}
        arguments = json.dumps(dict(call.arguments))
        item = {
            "id": item_id,
            "type": "function_call",
            "status": "in_progress",
            "arguments": "",
            "call_id": new_id("call"),
            "name": call.tool,
        }
        yield self._event("response.output_item.added", output_index=index, item=item)
        for start in range(0, len(arguments), _ARGUMENT_PIECE):
            piece = arguments[start : start + _ARGUMENT_PIECE]
            yield self._event("response.function_call_arguments.delta", **at, delta=piece)
        yield self._event("response.function_call_arguments.done", **at, arguments=arguments)
        done = item | {"status": "completed", "arguments": arguments}
        self._output.append(done)
        yield self._event("response.output_item.done", output_index=index, item=done)

    def _event(self, kind: str, **fields: Any) -> Event:
        event = {"type": kind, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return event

    def _counted(self) -> dict[str, Any]:
        told = [self._body.get("instructions") or "", json.dumps(self._body.get("tools", []))]
        incoming = sum(text_tokens(text) for text in (*told, *(json.dumps(item) for item in self._items)))
        outgoing = text_tokens(json.dumps(self._output))
        return {
            "input_tokens": incoming,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": outgoing,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": incoming + outgoing,
        }

    def view(self) -> dict[str, Any]:
        """The response object as it stands."""
        body = self._body
        return {
            "id": self.id,
            "object": "response",
            "created_at": self._created_at,
            "status": self.status,
            "error": self._error,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "model": body["model"],
            "output": list(self._output),
            "parallel_tool_calls": body.get("parallel_tool_calls", True),
            "previous_response_id": None,
            "store": body.get("store", True),
            "temperature": body.get("temperature", 1.0),
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": body.get("tools", []),
            "top_p": body.get("top_p", 1.0),
            "truncation": body.get("truncation", "disabled"),
            "usage": self._usage,
            "metadata": body.get("metadata") or {},
        }


def _words(text: str) -> list[str]:
    """A text in pieces of about a word, as tokens come."""
    words = text.split(" ")
    return [word if not number else f" {word}" for number, word in enumerate(words)]
