"""Twilio Media Streams' JSON messages, to and from the voice session's vocabulary.

Nearly every message is a 20 ms media frame in one fixed spelling, which one regular expression recognises whole, and
so is a mark; any other spelling (key order, spaces, escapes) takes the real parser, with the same result. Unknown
events become `Skipped`; a message that breaks the protocol raises `Malformed`, and the shell ends that one stream.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from calls.voice import effects as e
from calls.voice import messages as m

# Twilio's frames are about 350 characters; nothing it sends is near this.
MESSAGE_LIMIT = 64 * 1024

_FRAME = re.compile(
    r'\{"event":"media","sequenceNumber":"([0-9]{1,18})","streamSid":"([A-Za-z0-9]+)",'
    r'"media":\{"track":"inbound","chunk":"[0-9]+","timestamp":"([0-9]{1,18})","payload":"([A-Za-z0-9+/]+={0,2})"\}\}'
)
_MARK = re.compile(
    r'\{"event":"mark","sequenceNumber":"[0-9]+","streamSid":"([A-Za-z0-9]+)","mark":\{"name":"([A-Za-z0-9]+)"\}\}'
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_DIGITS = frozenset("0123456789*#ABCD")


class Malformed(ValueError):
    """A message that is not of the protocol; `str()` names what is wrong, without the message's content."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The first message on the socket: nothing is known of the call yet."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A message nothing is done with: an unknown event, or audio of a track we did not ask for."""

    kind: str


Decoded = m.CarrierMessage | Connected | Skipped


def frame(text: str, stream_sid: str) -> tuple[str, int, int] | None:
    """A frame of this stream in its usual spelling as (payload, at_ms, sequence); None for anything else."""
    found = _FRAME.fullmatch(text)
    if found is None:
        return None
    sequence, sid, timestamp, payload = found.groups()
    if len(payload) % 4 or sid != stream_sid:
        return None
    return payload, int(timestamp), int(sequence)


def decode(text: str, *, stream_sid: str = "") -> Decoded:
    """One message of the stream `stream_sid` (empty before `start`). Raises Malformed."""
    if len(text) > MESSAGE_LIMIT:
        raise Malformed("message too long")
    if (usual := frame(text, stream_sid)) is not None:
        return m.CallerAudio(*usual)
    if (mark := _MARK.fullmatch(text)) is not None and mark[1] == stream_sid:
        return m.MarkReturned(mark[2])
    return _decode_slowly(text, stream_sid)


def _decode_slowly(text: str, stream_sid: str) -> Decoded:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    event = message.get("event") if isinstance(message, dict) else None
    if not isinstance(event, str):
        raise Malformed("no event name")
    try:
        if event in ("connected", "start"):
            if stream_sid:
                return Skipped("repeated")
            return Connected() if event == "connected" else _start(message)
        if event not in ("media", "dtmf", "mark", "stop"):
            return Skipped("unknown")
        if not stream_sid:
            raise Malformed(f"{event} before start")
        if message["streamSid"] != stream_sid:
            raise Malformed(f"{event} of another stream")
        return _DECODERS[event](message)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise error if isinstance(error, Malformed) else Malformed(f"{event} not as documented") from None


@dataclass(frozen=True, slots=True)
class Side:
    """A frame of one side of a call that the carrier copies to us; `track` is inbound (from the leg) or outbound."""

    track: str
    payload: str
    at_ms: int


def decode_copy(text: str, *, stream_sid: str) -> Side | m.StreamStopped | Skipped:
    """One message, after its `start`, of a stream that goes one way. Raises Malformed."""
    if len(text) > MESSAGE_LIMIT:
        raise Malformed("message too long")
    try:
        message = json.loads(text)
        if message["event"] == "stop":
            return m.StreamStopped()
        if message["event"] != "media":
            return Skipped("of a copy")
        media = message["media"]
        payload = _text(media["payload"])
        if message["streamSid"] != stream_sid or len(payload) % 4 or _BASE64.fullmatch(payload) is None:
            raise Malformed("media payload")
        return Side(_text(media["track"]), payload, _count(media["timestamp"]))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise error if isinstance(error, Malformed) else Malformed("not as documented") from None


def _start(message: dict[str, Any]) -> m.StreamStarted:
    start = message["start"]
    media = start["mediaFormat"]
    parameters = start.get("customParameters") or {}
    stream_sid = _text(message["streamSid"])
    if _SID.fullmatch(stream_sid) is None or start.get("streamSid", stream_sid) != stream_sid:
        raise Malformed("start without one stream")
    return m.StreamStarted(
        stream_sid=stream_sid,
        call_sid=_text(start["callSid"]),
        encoding=_text(media["encoding"]),
        sample_rate=int(media["sampleRate"]),
        channels=int(media["channels"]),
        parameters={_text(name): _text(value) for name, value in parameters.items()},
    )


def _media(message: dict[str, Any]) -> Decoded:
    media = message["media"]
    if media.get("track", "inbound") != "inbound":
        return Skipped("outbound media")
    payload = _text(media["payload"])
    if len(payload) % 4 or _BASE64.fullmatch(payload) is None:
        raise Malformed("media payload")
    if not payload:
        return Skipped("empty media")
    return m.CallerAudio(payload, _count(media["timestamp"]), _count(message.get("sequenceNumber", 0)))


def _dtmf(message: dict[str, Any]) -> Decoded:
    digit = _text(message["dtmf"]["digit"])
    if digit not in _DIGITS:
        raise Malformed("dtmf digit")
    return m.KeyPressed(digit)


def _mark(message: dict[str, Any]) -> Decoded:
    return m.MarkReturned(_text(message["mark"]["name"]))


def _stop(_: dict[str, Any]) -> Decoded:
    return m.StreamStopped()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("text expected")
    if not value.isascii() or "\0" in value:  # everything here is a name, a number, base64 or our own ticket
        raise Malformed("letters that are never sent")
    return value


def _count(value: Any) -> int:
    number = int(value)
    if not 0 <= number < 10**18:
        raise Malformed("number out of range")
    return number


_DECODERS = {"media": _media, "dtmf": _dtmf, "mark": _mark, "stop": _stop}


def encode(effect: e.ToCarrier, *, stream_sid: str) -> str:
    """One order to the carrier as its message. The payload and the names are ours and need no escaping."""
    if type(effect) is e.PlayAudio:
        return f'{{"event":"media","streamSid":"{stream_sid}","media":{{"payload":"{effect.payload}"}}}}'
    if type(effect) is e.Mark:
        return f'{{"event":"mark","streamSid":"{stream_sid}","mark":{{"name":"{effect.name}"}}}}'
    return f'{{"event":"clear","streamSid":"{stream_sid}"}}'
