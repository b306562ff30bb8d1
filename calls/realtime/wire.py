"""The Realtime API's JSON events, to and from the voice session's vocabulary (general-availability shapes only).

Total in both directions: an event type that is not known, or one whose fields are not as documented, becomes a
`Skipped` that the shell counts; nothing raises in the audio path. Always switched on `type`.

Source: https://developers.openai.com/api/docs/guides/realtime-conversations.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from calls.realtime.item_events import item_event
from calls.voice import effects
from calls.voice import line_messages as lm
from calls.voice import messages as m


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event nothing is done with. `is_known`: a documented type that the conversation does not need."""

    kind: str
    is_known: bool


Decoded = m.ModelMessage | Skipped

# Documented events that carry nothing the session acts on.
_IDLE = frozenset(
    {
        "conversation.created",
        "conversation.item.added",
        "conversation.item.created",
        "conversation.item.deleted",
        "conversation.item.done",
        "conversation.item.retrieved",
        "conversation.item.truncated",
        "conversation.item.input_audio_transcription.segment",
        "input_audio_buffer.cleared",
        "input_audio_buffer.committed",
        "input_audio_buffer.timeout_triggered",
        "response.content_part.added",
        "response.content_part.done",
        "response.function_call_arguments.delta",
        "response.output_audio.done",
        "response.output_item.added",
        "response.output_text.delta",
        "response.output_text.done",
        "session.created",
        "session.updated",
    }
)

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_LONGEST_RESET_S = 7 * 86_400
# What neither the database nor UTF-8 can hold.
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")
# Ten days of one session; no real moment lies beyond.
_LONGEST_MS = 10**9


def _parsed(text: str | bytes) -> Any:
    """The fast parser first; what that refuses (half of a letter, a number without end) the tolerant one may take."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def decode(text: str | bytes) -> list[Decoded]:
    """One server event as messages; most are one message, a finished response may carry tool calls as well."""
    try:
        event = _parsed(text)
    except (ValueError, RecursionError):
        return [Skipped("not json", is_known=False)]
    kind = event.get("type") if isinstance(event, dict) else None
    if not isinstance(kind, str):
        return [Skipped("no type", is_known=False)]
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return [Skipped(kind, is_known=kind in _IDLE)]
    try:
        return decoder(event)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        return [Skipped(kind, is_known=False)]


def decode_on_line(text: str | bytes) -> list[Decoded]:
    """The same for the control socket of a call by SIP, where it also matters in what order items stand."""
    if b"conversation.item." in text if isinstance(text, bytes) else "conversation.item." in text:
        placed = _placed(text)
        if placed is not None:
            return [placed]
    return decode(text)


def _placed(text: str | bytes) -> "lm.ItemPlaced | lm.ItemRetrieved | None":
    try:
        event = json.loads(text)
        kind, item = event["type"], event["item"]
        if kind in ("conversation.item.added", "conversation.item.done"):
            return lm.ItemPlaced(_text(item["id"]), _text(event.get("previous_item_id") or ""))
        if kind == "conversation.item.retrieved":
            parts = item.get("content") or []
            words = " ".join(_text(part.get("transcript") or part.get("text") or "") for part in parts)
            return lm.ItemRetrieved(_text(item["id"]), _text(item.get("role") or ""), words.strip())
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        pass
    return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value if value.isascii() and "\0" not in value else _UNSPEAKABLE.sub("\ufffd", value)


def _ms(value: Any) -> int:
    number = int(value)
    if not 0 <= number <= _LONGEST_MS:
        raise ValueError
    return number


def _usage(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _audio_delta(e: dict[str, Any]) -> list[Decoded]:
    payload = _text(e["delta"])
    # It is passed on as it is: nothing but base64 may be in it. Deleting the letters is the fastest way to see.
    if len(payload) % 4 or payload.encode().rstrip(b"=").translate(None, _ALPHABET):
        raise ValueError
    return [m.AudioDelta(_text(e["response_id"]), _text(e["item_id"]), payload)]


def _words_delta(e: dict[str, Any]) -> list[Decoded]:
    return [m.AssistantWords(_text(e["response_id"]), _text(e["item_id"]), _text(e["delta"]), is_final=False)]


def _words_done(e: dict[str, Any]) -> list[Decoded]:
    return [m.AssistantWords(_text(e["response_id"]), _text(e["item_id"]), _text(e["transcript"]), is_final=True)]


def _caller_delta(e: dict[str, Any]) -> list[Decoded]:
    return [m.CallerWords(_text(e["item_id"]), _text(e.get("delta") or ""), is_final=False)]


def _caller_done(e: dict[str, Any]) -> list[Decoded]:
    item_id = _text(e["item_id"])
    messages: list[Decoded] = [m.CallerWords(item_id, _text(e["transcript"]), is_final=True)]
    usage = e.get("usage")
    if isinstance(usage, dict):
        messages.append(m.TranscriptionUsage(item_id, usage))
    return messages


def _caller_failed(e: dict[str, Any]) -> list[Decoded]:
    error = e.get("error") or {}
    return [m.CallerWordsFailed(_text(e["item_id"]), _code(error))]


def _speech_started(e: dict[str, Any]) -> list[Decoded]:
    return [m.SpeechStarted(_text(e["item_id"]), _ms(e["audio_start_ms"]))]


def _speech_stopped(e: dict[str, Any]) -> list[Decoded]:
    return [m.SpeechStopped(_text(e["item_id"]), _ms(e["audio_end_ms"]))]


def _code(error: dict[str, Any]) -> str:
    return _text(str(error.get("code") or error.get("type") or "unknown"))


def _is_aside(response: dict[str, Any]) -> bool:
    """True for a response beside the conversation."""
    return response.get("conversation_id", "") is None


def _response_created(e: dict[str, Any]) -> list[Decoded]:
    response = e["response"]
    if _is_aside(response):
        return [Skipped("response.created", is_known=True)]
    return [m.ResponseStarted(_text(response["id"]))]


def _tool_call(item: dict[str, Any], response_id: str) -> list[Decoded]:
    if item.get("type") != "function_call" or item.get("status") == "incomplete":
        return []
    return [m.ToolCalled(response_id, _text(item["call_id"]), _text(item["name"]), _text(item.get("arguments") or ""))]


def _item_done(e: dict[str, Any]) -> list[Decoded]:
    return _tool_call(e["item"], _text(e["response_id"])) or [Skipped("response.output_item.done", is_known=True)]


def _arguments_done(e: dict[str, Any]) -> list[Decoded]:
    if not e.get("name"):  # older servers leave the name to the item
        return [Skipped("response.function_call_arguments.done", is_known=True)]
    return [m.ToolCalled(_text(e["response_id"]), _text(e["call_id"]), _text(e["name"]), _text(e["arguments"]))]


def _response_done(e: dict[str, Any]) -> list[Decoded]:
    response = e["response"]
    response_id, status = _text(response["id"]), _text(response["status"])
    usage = _usage(response.get("usage"))
    if _is_aside(response):
        return [m.SummaryWritten(_written(response)), m.AsideEnded(response_id, usage)]
    messages: list[Decoded] = []
    if status == "completed":
        for item in response.get("output") or []:
            messages += _tool_call(item, response_id)
    details = response.get("status_details") or {}
    error = details.get("error") or {}
    reason = _text(str(details.get("reason") or error.get("code") or error.get("type") or ""))
    messages.append(m.ResponseEnded(response_id, status, reason, usage))
    return messages


def _written(response: dict[str, Any]) -> str:
    """The text of a written response; empty when it failed."""
    parts = [part for item in response.get("output") or [] for part in item.get("content") or []]
    return " ".join(_text(part.get("text") or "") for part in parts if part.get("type") == "output_text").strip()


def _reset_s(value: Any) -> float:
    """When a limit is back, in seconds; a minute, for most are by the minute, where it is not said or cannot be."""
    return float(value) if isinstance(value, int | float) and 0 <= value <= _LONGEST_RESET_S else 60.0


def _rate_limits(e: dict[str, Any]) -> list[Decoded]:
    limits = tuple(
        (_text(str(r["name"])), int(r["remaining"]), int(r["limit"]), _reset_s(r.get("reset_seconds")))
        for r in e["rate_limits"]
    )
    return [m.RateLimits(limits)]


def _output_started(e: dict[str, Any]) -> list[Decoded]:
    return [lm.OutputStarted(_text(e["response_id"]))]


def _output_stopped(e: dict[str, Any]) -> list[Decoded]:
    return [lm.OutputStopped(_text(e["response_id"]))]


def _output_cleared(e: dict[str, Any]) -> list[Decoded]:
    return [lm.OutputCleared(_text(e.get("response_id") or ""))]


def _dtmf(e: dict[str, Any]) -> list[Decoded]:
    key = _text(e["event"])
    if len(key) != 1 or key not in "0123456789*#ABCD":
        raise ValueError
    return [lm.LineKey(key)]


def _error(e: dict[str, Any]) -> list[Decoded]:
    error = e["error"]
    code = _code(error)
    return [m.ModelFault(code, _text(str(error.get("param") or "")), is_expiry=code == "session_expired")]


_DECODERS: dict[str, Callable[[dict[str, Any]], list[Decoded]]] = {
    "response.output_audio.delta": _audio_delta,
    "response.output_audio_transcript.delta": _words_delta,
    "response.output_audio_transcript.done": _words_done,
    "conversation.item.input_audio_transcription.delta": _caller_delta,
    "conversation.item.input_audio_transcription.completed": _caller_done,
    "conversation.item.input_audio_transcription.failed": _caller_failed,
    "input_audio_buffer.speech_started": _speech_started,
    "input_audio_buffer.speech_stopped": _speech_stopped,
    "response.created": _response_created,
    "response.function_call_arguments.done": _arguments_done,
    "response.output_item.done": _item_done,
    "response.done": _response_done,
    "rate_limits.updated": _rate_limits,
    # By SIP only, where the model's side plays to the caller itself.
    "output_audio_buffer.started": _output_started,
    "output_audio_buffer.stopped": _output_stopped,
    "output_audio_buffer.cleared": _output_cleared,
    "input_audio_buffer.dtmf_event_received": _dtmf,
    "error": _error,
}


def append(payload: str) -> str:
    """One frame of the caller as its client event. Base64 needs no escaping: the bytes go through as they came."""
    return f'{{"type":"input_audio_buffer.append","audio":"{payload}"}}'


def encode(effect: effects.ToModel, *, listening: dict[str, Any]) -> str:
    """One order to the model as its client event. `listening` is the turn detection that `ListenAgain` switches on."""
    if type(effect) is effects.AppendAudio:
        return append(effect.payload)
    return json.dumps(_event(effect, listening), ensure_ascii=False, separators=(",", ":"))


# Asked beside the conversation: it neither waits for a response under way nor enters the conversation.
_SUMMARISE = (
    "Sum up this part of a telephone call in at most six short sentences, for yourself: who the caller is, what they "
    "want, facts and numbers word for word, what was promised. Plain sentences, no list."
)


def _summary_request(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {
        "type": "response.create",
        "response": {
            "conversation": "none",
            "metadata": {"topic": "summary"},
            "output_modalities": ["text"],
            "instructions": _SUMMARISE,
            "input": [{"type": "message", "role": "user", "content": content}],
        },
    }


def _event(effect: effects.ToModel, listening: dict[str, Any]) -> dict[str, Any]:
    match effect:
        case effects.Respond(instructions):
            response = {"instructions": instructions} if instructions else {}
            return {"type": "response.create", "response": response}
        case effects.CancelResponse(response_id):
            return {"type": "response.cancel", "response_id": response_id}
        case (
            effects.AddMessage()
            | effects.AddToolCall()
            | effects.AnswerTool()
            | effects.DeleteItem()
            | effects.RetrieveItem()
            | effects.Truncate()
        ):
            return item_event(effect)
        case effects.Summarise(text):
            return _summary_request(text)
        case effects.SilenceOutput():
            return {"type": "output_audio_buffer.clear"}
        case effects.CommitAudio():
            return {"type": "input_audio_buffer.commit"}
        case effects.ListenAgain():
            return {"type": "session.update", "session": {"type": "realtime", "audio": {"input": listening}}}
        case effects.AppendAudio(payload):
            return {"type": "input_audio_buffer.append", "audio": payload}
