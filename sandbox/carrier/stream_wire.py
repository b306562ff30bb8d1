"""The messages of a media stream as JSON text, both directions, without a socket.

https://www.twilio.com/docs/voice/media-streams/websocket-messages. Counters and times are JSON strings.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from sandbox.carrier.faults import JsonStyle

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Media:
    """Audio to play: mu-law bytes."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A name to send back when the audio before it was played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Drop what was not played."""


class InvalidMessage(Exception):
    """Something the carrier drops with warning 31951."""


def read(text: str, *, stream_sid: str) -> Media | Mark | Clear:
    """One message of the application. Raises `InvalidMessage`."""
    try:
        message = json.loads(text)
    except ValueError as broken:
        raise InvalidMessage(f"invalid JSON: {broken}") from broken
    if not isinstance(message, dict):
        raise InvalidMessage("not a JSON object")
    if message.get("streamSid") != stream_sid:
        raise InvalidMessage(f"streamSid {str(message.get('streamSid'))[:40]!r} is not {stream_sid}")
    match message:
        case {"event": "clear"}:
            return Clear()
        case {"event": "mark", "mark": {"name": str(name)}}:
            return Mark(name)
        case {"event": "media", "media": {"payload": str(payload)}}:
            try:
                return Media(base64.b64decode(payload, validate=True))
            except (binascii.Error, ValueError) as broken:
                raise InvalidMessage(f"media payload is not base64: {broken}") from broken
    raise InvalidMessage(f"event {str(message.get('event'))[:40]!r} is unknown or incomplete")


def write(message: Message, *, style: JsonStyle = JsonStyle.COMPACT) -> str:
    """A message as text, in one of several spellings of the same meaning."""
    match style:
        case JsonStyle.SPACED:
            return json.dumps(message, separators=(" , ", " : "))
        case JsonStyle.REORDERED:
            return json.dumps(_reversed(message), separators=(",", ":"))
        case JsonStyle.ESCAPED:
            return _STRING.sub(_escape, json.dumps(message, separators=(",", ":")))
        case _:
            return json.dumps(message, separators=(",", ":"))


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return value


def _escape(found: re.Match[str]) -> str:
    text = found[1]
    if text and text[0] != "\\":
        text = f"\\u{ord(text[0]):04x}" + text[1:].replace("/", "\\/")
    return f'"{text}"'


def connected() -> Message:
    """The first message of every socket."""
    return {"event": "connected", "protocol": "Call", "version": "1.0.0"}


def start(
    *,
    account_sid: str,
    stream_sid: str,
    call_sid: str,
    parameters: dict[str, str],
    tracks: tuple[str, ...] = ("inbound",),
) -> Message:
    """What the stream is about; `parameters` are the `<Parameter>` children."""
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": stream_sid,
        "start": {
            "accountSid": account_sid,
            "streamSid": stream_sid,
            "callSid": call_sid,
            "tracks": list(tracks),
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        },
    }


def media(
    *, stream_sid: str, sequence: int, chunk: int, timestamp_ms: int, payload: str, track: str = "inbound"
) -> Message:
    """20 ms of one side of the call; `payload` is base64."""
    return {
        "event": "media",
        "sequenceNumber": str(sequence),
        "streamSid": stream_sid,
        "media": {"track": track, "chunk": str(chunk), "timestamp": str(timestamp_ms), "payload": payload},
    }


def dtmf(*, stream_sid: str, sequence: int, digit: str) -> Message:
    """The caller pressed a key."""
    return {
        "event": "dtmf",
        "sequenceNumber": str(sequence),
        "streamSid": stream_sid,
        "dtmf": {"track": "inbound_track", "digit": digit},
    }


def mark(*, stream_sid: str, sequence: int, name: str) -> Message:
    """The audio before this mark was played, or cleared: the message does not say which."""
    return {"event": "mark", "sequenceNumber": str(sequence), "streamSid": stream_sid, "mark": {"name": name}}


def stop(*, account_sid: str, stream_sid: str, call_sid: str, sequence: int) -> Message:
    """The stream ends because the call goes elsewhere or is over."""
    return {
        "event": "stop",
        "sequenceNumber": str(sequence),
        "streamSid": stream_sid,
        "stop": {"accountSid": account_sid, "callSid": call_sid},
    }
