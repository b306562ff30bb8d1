"""The client events of the Realtime API: the exact shape of each, and of the conversation items inside them."""

import base64
import binascii
import json
from typing import Any

from sandbox.model.refusal import Refused
from sandbox.model.session_shape import GENERATION, OUTPUT_FORMAT_AND_VOICE, SESSION
from sandbox.model.shape import (
    Check,
    anything,
    array,
    choice,
    integer,
    mapping,
    nullable,
    record,
    string,
    tagged,
    wrong_value,
)

MAX_APPEND_BYTES = 15 * 1024 * 1024
_ID = string(max_length=32, pattern="[a-zA-Z0-9_-]+")


def decode_audio(value: str, path: str) -> bytes:
    """Base64 audio -> bytes; Refused when it is not base64."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"Invalid '{path}'. Expected base64-encoded audio bytes, but got an invalid value."
        raise Refused("invalid_value", message, param=path) from error


def _base64_audio(value: Any, path: str) -> None:
    string()(value, path)
    decode_audio(value, path)


_COMMON: dict[str, Check] = {
    "id": _ID,
    "object": choice("realtime.item"),
    "status": choice("completed", "incomplete", "in_progress"),
}
_INPUT_TEXT = record({"type": anything, "text": string()})
_USER_CONTENT = tagged(
    {
        "input_text": _INPUT_TEXT,
        "input_audio": record({"type": anything, "audio": _base64_audio}, {"transcript": nullable(string())}),
        "input_image": record(
            {"type": anything, "image_url": string(pattern="data:image/(png|jpeg);base64,.*")},
            {"detail": choice("auto", "low", "high")},
        ),
    }
)
# Assistant audio cannot be put in by a client: it needs text in either case.
_ASSISTANT_CONTENT = tagged(
    {
        "output_text": record({"type": anything, "text": string()}),
        "output_audio": record({"type": anything, "text": string()}, {"transcript": anything, "audio": anything}),
    }
)


def _message(content: Check) -> Check:
    return record({"type": anything, "role": anything, "content": array(content)}, _COMMON)


_MESSAGE = tagged(
    {
        "system": _message(tagged({"input_text": _INPUT_TEXT})),
        "user": _message(_USER_CONTENT),
        "assistant": _message(_ASSISTANT_CONTENT),
    },
    tag="role",
)
_ITEMS: dict[str, Check] = {
    "message": _MESSAGE,
    "function_call": record(
        {"type": anything, "name": string(max_length=64), "arguments": string()}, {**_COMMON, "call_id": _ID}
    ),
    "function_call_output": record({"type": anything, "call_id": _ID, "output": string()}, _COMMON),
}
_ITEM = tagged(_ITEMS)
_ITEM_OR_REFERENCE = tagged({**_ITEMS, "item_reference": record({"type": anything, "id": string()})})

RESPONSE: Check = record(
    optional={
        **GENERATION,
        "conversation": choice("auto", "none"),
        "input": array(_ITEM_OR_REFERENCE),
        "audio": record(optional={"output": record(optional=OUTPUT_FORMAT_AND_VOICE)}),
        "metadata": nullable(mapping(string(max_length=512), max_pairs=16, max_key_length=64)),
    }
)

_FIELDS: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "session.update": ({"session": SESSION}, {}),
    "input_audio_buffer.append": ({"audio": string()}, {}),
    "input_audio_buffer.commit": ({}, {}),
    "input_audio_buffer.clear": ({}, {}),
    "conversation.item.create": ({"item": _ITEM}, {"previous_item_id": nullable(string())}),
    "conversation.item.retrieve": ({"item_id": string()}, {}),
    "conversation.item.delete": ({"item_id": string()}, {}),
    "conversation.item.truncate": (
        {"item_id": string(), "content_index": integer(low=0), "audio_end_ms": integer(low=0)},
        {},
    ),
    "response.create": ({}, {"response": RESPONSE}),
    "response.cancel": ({}, {"response_id": nullable(string())}),
}
_EVENTS = {
    name: record({"type": anything, **required}, {**optional, "event_id": nullable(string(max_length=512))})
    for name, (required, optional) in _FIELDS.items()
}
_WEBRTC_ONLY = ("output_audio_buffer.clear",)


def parse_event(text: str) -> dict[str, Any]:
    """One frame's text -> the event as an object. Nothing but its being an object is known yet."""
    try:
        event = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused("invalid_json", "The event is not valid JSON.") from error
    if not isinstance(event, dict):
        raise Refused("invalid_type", "The event must be a JSON object.")
    return event


def check_event(event: dict[str, Any]) -> str:
    """Raise Refused unless the event has the exact shape of its type; returns the type."""
    kind = event.get("type")
    if kind is None:
        raise Refused("missing_required_parameter", "Missing required parameter: 'type'.", param="type")
    if kind in _WEBRTC_ONLY:
        message = f"The event '{kind}' is only supported over WebRTC and SIP, not over a WebSocket."
        raise Refused("invalid_value", message, param="type")
    if not isinstance(kind, str) or kind not in _EVENTS:
        raise wrong_value(kind, "type", tuple(_EVENTS))
    _EVENTS[kind](event, "")
    return kind
