"""Poison for a media stream: one malformed or hostile message, or a few, between two proper frames.

Each is named and says what it sends. Only the named thing is wrong with a message; everything else in it is as it
should be at that moment of the stream. The fault `stream.poison` sends one of them, once.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.carrier import ws_frames
from sandbox.carrier.ws_frames import Raw, frame

Sent = str | bytes | Raw
_GONE = object()
_SOUND = base64.b64encode(b"\xff" * 160).decode()
_OTHER_CALL, _OTHER_STREAM, _OTHER_ACCOUNT = "CA" + "f" * 32, "MZ" + "f" * 32, "AC" + "f" * 32
_MANY = 2_000
_DEEP = 100_000
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """The stream a poison is made for, and where it is: the number and time of the frame that was sent last."""

    account_sid: str
    call_sid: str
    stream_sid: str
    sequence: int
    frame: int

    def message(self, event: Any, **parts: Any) -> dict[str, Any]:
        """A message with the usual head; `_GONE` takes a part out."""
        head = {"event": event, "sequenceNumber": str(self.sequence), "streamSid": self.stream_sid}
        return {name: value for name, value in {**head, **parts}.items() if value is not _GONE}

    def media(self, **wrong: Any) -> dict[str, Any]:
        """A media message, with these parts of its payload object changed."""
        right = {"track": "inbound", "chunk": str(self.frame), "timestamp": str(self.frame * 20), "payload": _SOUND}
        body = {name: value for name, value in {**right, **wrong}.items() if value is not _GONE}
        return self.message("media", media=body)

    def start(self, **wrong: Any) -> dict[str, Any]:
        """A start message, with these parts changed."""
        sids = {"accountSid": self.account_sid, "streamSid": self.stream_sid, "callSid": self.call_sid}
        shape = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        return self.message(
            "start", start={**sids, "tracks": ["inbound"], "mediaFormat": shape, "customParameters": {}, **wrong}
        )


@dataclass(frozen=True, slots=True)
class Poison:
    """One kind: its name, what it sends, and how that is made."""

    name: str
    about: str
    make: Callable[[Moment], Any]

    def messages(self, moment: Moment) -> Sequence[Sent]:
        """What to send, in order: text, a binary message, or raw bytes."""
        made = self.make(moment)
        return [_text(each) for each in (made if isinstance(made, list) else [made])]


def _text(message: Any) -> Sent:
    return message if isinstance(message, str | bytes | Raw) else json.dumps(message)


def _proper(moment: Moment) -> str:
    return json.dumps(moment.media())


_JSON = (
    Poison("json_cut", "an object that stops in the middle", lambda m: _proper(m)[:60]),
    Poison("json_trailing_comma", "a comma before the closing brace", lambda m: _proper(m)[:-1] + ",}"),
    Poison("json_single_quotes", "single quotes", lambda m: _proper(m).replace('"', "'")),
    Poison("json_comment", "a comment in front", lambda m: "// hello\n" + _proper(m)),
    Poison("json_unquoted", "names without quotes", lambda m: '{event:"media"}'),
    Poison("json_bare_word", "a word that is no JSON", lambda m: "hello"),
    Poison("json_empty", "an empty text message", lambda m: ""),
    Poison("json_spaces", "nothing but white space", lambda m: " \r\n\t "),
    Poison("json_null", "null", lambda m: "null"),
    Poison("json_true", "true", lambda m: "true"),
    Poison("json_number", "a number", lambda m: "42"),
    Poison("json_string", "a string", lambda m: '"media"'),
    Poison("json_array", "the message inside an array", lambda m: f"[{_proper(m)}]"),
    Poison("json_two", "two objects in one message", lambda m: _proper(m) * 2),
    Poison(
        "json_twice_named", "the name event twice: media, then stop", lambda m: _proper(m)[:-1] + ',"event":"stop"}'
    ),
    Poison("json_byte_order_mark", "a byte order mark in front", lambda m: "\ufeff" + _proper(m)),
    Poison("json_raw_newline", "a line break inside a string", lambda m: _proper(m).replace("inbound", "in\nbound")),
    Poison("json_nan", "NaN as timestamp", lambda m: m.media(timestamp=float("nan"))),
    Poison("json_infinity", "-Infinity as timestamp", lambda m: m.media(timestamp=float("-inf"))),
    Poison("json_deep_array", "100,000 arrays inside each other", lambda m: "[" * _DEEP + "]" * _DEEP),
    Poison(
        "json_deep_object",
        "100,000 objects inside each other, as the payload object",
        lambda m: '{"event":"media","media":' + '{"a":' * _DEEP + "1" + "}" * _DEEP + "}",
    ),
    Poison("json_many_names", "100,000 names in one object", lambda m: m.media() | {f"n{i}": i for i in range(_DEEP)}),
    Poison("json_long_name", "a name of 1 MB", lambda m: m.media() | {"n" * _MB: 1}),
    Poison("json_long_number", "a number of 100,000 digits", lambda m: _proper(m)[:-1] + f',"n":{"9" * _DEEP}}}'),
    Poison("json_huge_exponent", "the number 1e999999", lambda m: _proper(m)[:-1] + ',"n":1e999999}'),
)

_EVENTS = (
    Poison("event_missing", "no event", lambda m: m.message(_GONE, media=m.media()["media"])),
    Poison("event_null", "event null", lambda m: m.message(None)),
    Poison("event_number", "event 7", lambda m: m.message(7)),
    Poison("event_array", "event as an array", lambda m: m.message(["media"])),
    Poison("event_object", "event as an object", lambda m: m.message({"media": 1})),
    Poison("event_empty", "an empty event", lambda m: m.message("")),
    Poison("event_unknown", "an event nobody knows", lambda m: m.message("weather", weather={})),
    Poison("event_upper_case", "MEDIA", lambda m: m.media() | {"event": "MEDIA"}),
    Poison("event_long", "an event of 1 MB", lambda m: m.message("e" * _MB)),
    Poison("event_flood", "2,000 unknown events at once", lambda m: [m.message("weather")] * _MANY),
    Poison(
        "stream_sid_missing", "no streamSid", lambda m: m.message("media", streamSid=_GONE, media=m.media()["media"])
    ),
    Poison("stream_sid_wrong", "the streamSid of another stream", lambda m: m.media() | {"streamSid": _OTHER_STREAM}),
    Poison("stream_sid_number", "streamSid as a number", lambda m: m.media() | {"streamSid": 7}),
    Poison("stream_sid_nul", "a NUL in the streamSid", lambda m: m.media() | {"streamSid": m.stream_sid + "\0"}),
    Poison(
        "sequence_missing",
        "no sequenceNumber",
        lambda m: m.message("media", sequenceNumber=_GONE, media=m.media()["media"]),
    ),
    Poison("sequence_repeated", "sequenceNumber 1 again", lambda m: m.media() | {"sequenceNumber": "1"}),
    Poison("sequence_negative", "sequenceNumber -1", lambda m: m.media() | {"sequenceNumber": "-1"}),
    Poison("sequence_object", "sequenceNumber as an object", lambda m: m.media() | {"sequenceNumber": {}}),
)

_MEDIA = (
    Poison("media_missing", "media without its payload object", lambda m: m.message("media")),
    Poison("media_null", "its payload object null", lambda m: m.message("media", media=None)),
    Poison("media_text", "its payload object a string", lambda m: m.message("media", media=_SOUND)),
    Poison("media_array", "its payload object an array", lambda m: m.message("media", media=[_SOUND])),
    Poison("media_flood", "2,000 proper frames at once, all of the same time", lambda m: [m.media()] * _MANY),
    Poison("payload_missing", "no payload", lambda m: m.media(payload=_GONE)),
    Poison("payload_null", "payload null", lambda m: m.media(payload=None)),
    Poison("payload_number", "payload as a number", lambda m: m.media(payload=255)),
    Poison("payload_object", "payload as an object", lambda m: m.media(payload={"data": _SOUND})),
    Poison("payload_empty", "an empty payload", lambda m: m.media(payload="")),
    Poison("payload_not_base64", "characters outside the alphabet", lambda m: m.media(payload="@@not base64@@")),
    Poison("payload_padding", "base64 without its padding", lambda m: m.media(payload=_SOUND.rstrip("="))),
    Poison("payload_url_alphabet", "the URL alphabet of base64", lambda m: m.media(payload="-_" * 107 + "==")),
    Poison(
        "payload_line_breaks", "base64 in lines", lambda m: m.media(payload="\r\n".join((_SOUND[:76], _SOUND[76:])))
    ),
    Poison("payload_not_ascii", "letters beyond ASCII", lambda m: m.media(payload="ÿ" * 216)),
    Poison("payload_nul", "a NUL in the payload", lambda m: m.media(payload="\0" + _SOUND[1:])),
    Poison("payload_lone_surrogate", "half of a UTF-16 pair", lambda m: m.media(payload="\ud800" + _SOUND[1:])),
    Poison("payload_short", "one byte of sound", lambda m: m.media(payload="/w==")),
    Poison("payload_large", "1 MB of sound", lambda m: m.media(payload=_SOUND * (_MB // len(_SOUND)))),
    Poison("payload_huge", "a message of 10 MB", lambda m: m.media(payload="//8A" * (10 * _MB // 4))),
    Poison("timestamp_missing", "no timestamp", lambda m: m.media(timestamp=_GONE)),
    Poison("timestamp_null", "timestamp null", lambda m: m.media(timestamp=None)),
    Poison("timestamp_number", "timestamp as a number", lambda m: m.media(timestamp=m.frame * 20)),
    Poison("timestamp_text", "a timestamp that is no number", lambda m: m.media(timestamp="soon")),
    Poison("timestamp_fraction", "a timestamp with a fraction", lambda m: m.media(timestamp="500.5")),
    Poison("timestamp_negative", "a negative timestamp", lambda m: m.media(timestamp="-20")),
    Poison("timestamp_repeated", "the same time five times", lambda m: [m.media()] * 5),
    Poison("timestamp_back", "a timestamp long past", lambda m: m.media(timestamp="20")),
    Poison("timestamp_ahead", "a timestamp ten hours ahead", lambda m: m.media(timestamp=str(36_000_000))),
    Poison("timestamp_huge", "a timestamp of 30 digits", lambda m: m.media(timestamp="9" * 30)),
    Poison("timestamp_5000_digits", "a timestamp of 5,000 digits", lambda m: m.media(timestamp="9" * 5_000)),
    Poison("timestamp_other_digits", "a timestamp in Arabic digits", lambda m: m.media(timestamp="٥٠٠")),
    Poison("chunk_zero", "chunk 0", lambda m: m.media(chunk="0")),
    Poison("chunk_object", "chunk as an object", lambda m: m.media(chunk={})),
    Poison("track_unknown", "a track nobody knows", lambda m: m.media(track="sideways")),
    Poison("track_outbound", "the other side's track", lambda m: m.media(track="outbound")),
)

_OTHERS = (
    Poison(
        "connected_again",
        "connected once more",
        lambda m: {"event": "connected", "protocol": "Call", "version": "1.0.0"},
    ),
    Poison(
        "connected_other",
        "connected with an unknown version",
        lambda m: {"event": "connected", "protocol": "Fax", "version": "9"},
    ),
    Poison("start_again", "the same start once more", lambda m: m.start()),
    Poison("start_other_call", "start with another callSid", lambda m: m.start(callSid=_OTHER_CALL)),
    Poison("start_other_account", "start with another accountSid", lambda m: m.start(accountSid=_OTHER_ACCOUNT)),
    Poison("start_missing", "start without its body", lambda m: m.message("start")),
    Poison("start_parameters", "customParameters as an array", lambda m: m.start(customParameters=["token"])),
    Poison(
        "start_format",
        "start with another sound format",
        lambda m: m.start(mediaFormat={"encoding": "audio/l16", "sampleRate": 16000, "channels": 2}),
    ),
    Poison("dtmf_missing", "dtmf without its body", lambda m: m.message("dtmf")),
    Poison("dtmf_empty", "an empty digit", lambda m: m.message("dtmf", dtmf={"track": "inbound_track", "digit": ""})),
    Poison(
        "dtmf_number", "a digit as a number", lambda m: m.message("dtmf", dtmf={"track": "inbound_track", "digit": 5})
    ),
    Poison(
        "dtmf_letter",
        "a digit that is on no keypad",
        lambda m: m.message("dtmf", dtmf={"track": "inbound_track", "digit": "x"}),
    ),
    Poison(
        "dtmf_long",
        "100,000 digits in one key press",
        lambda m: m.message("dtmf", dtmf={"track": "inbound_track", "digit": "5" * _DEEP}),
    ),
    Poison(
        "dtmf_flood",
        "2,000 key presses at once",
        lambda m: [m.message("dtmf", dtmf={"track": "inbound_track", "digit": "5"})] * _MANY,
    ),
    Poison("mark_missing", "mark without its body", lambda m: m.message("mark")),
    Poison("mark_unknown", "a mark nobody set", lambda m: m.message("mark", mark={"name": "no such mark"})),
    Poison("mark_null", "a mark named null", lambda m: m.message("mark", mark={"name": None})),
    Poison("mark_long", "a mark with a name of 1 MB", lambda m: m.message("mark", mark={"name": "m" * _MB})),
    Poison(
        "mark_lone_surrogate",
        "a mark named by half of a UTF-16 pair",
        lambda m: m.message("mark", mark={"name": "\udfff"}),
    ),
    Poison("stop_missing", "stop without its body, and the stream goes on", lambda m: m.message("stop")),
    Poison(
        "stop_other_call",
        "stop of another call, and the stream goes on",
        lambda m: m.message("stop", stop={"accountSid": m.account_sid, "callSid": _OTHER_CALL}),
    ),
)

_FRAMES = (
    Poison("binary_noise", "a binary message", lambda m: b"\x00\xff\x00\xff"),
    Poison("binary_media", "a proper message as binary", lambda m: _proper(m).encode()),
    Poison("binary_empty", "an empty binary message", lambda m: b""),
    Poison("text_invalid_utf8", "text that is no UTF-8", lambda m: frame(ws_frames.TEXT, b'{"event":"\xff\xfe"}')),
    Poison(
        "text_overlong_utf8", "a NUL spelled with two bytes", lambda m: frame(ws_frames.TEXT, b'{"event":"\xc0\x80"}')
    ),
    Poison(
        "text_cut_utf8", "text that ends inside a letter", lambda m: frame(ws_frames.TEXT, '{"event":"é'.encode()[:-1])
    ),
    Poison(
        "text_surrogate_utf8",
        "half of a UTF-16 pair as UTF-8",
        lambda m: frame(ws_frames.TEXT, b'{"event":"\xed\xa0\x80"}'),
    ),
    Poison(
        "fragments",
        "a proper message in 50 fragments",
        lambda m: ws_frames.fragments(ws_frames.TEXT, _proper(m).encode(), count=50),
    ),
    Poison(
        "fragments_with_ping",
        "a ping between two fragments",
        lambda m: [
            frame(ws_frames.TEXT, _proper(m).encode()[:50], is_final=False),
            frame(ws_frames.PING, b"?"),
            frame(ws_frames.CONTINUATION, _proper(m).encode()[50:]),
        ],
    ),
    Poison(
        "fragment_unfinished",
        "a first fragment and never a last",
        lambda m: frame(ws_frames.TEXT, b'{"event":', is_final=False),
    ),
    Poison("fragment_stray", "a continuation of nothing", lambda m: frame(ws_frames.CONTINUATION, b"}")),
    Poison(
        "fragments_empty",
        "2,000 empty fragments",
        lambda m: [
            frame(ws_frames.TEXT, b"", is_final=False),
            Raw(frame(ws_frames.CONTINUATION, b"", is_final=False).data * _MANY),
            frame(ws_frames.CONTINUATION, _proper(m).encode()),
        ],
    ),
    Poison("ping", "a ping", lambda m: frame(ws_frames.PING, b"still there?")),
    Poison("ping_flood", "2,000 pings at once", lambda m: Raw(frame(ws_frames.PING, b"?").data * _MANY)),
    Poison("ping_long", "a ping of 126 bytes, one too many", lambda m: frame(ws_frames.PING, b"?" * 126)),
    Poison("ping_fragment", "a ping that is not final", lambda m: frame(ws_frames.PING, b"?", is_final=False)),
    Poison("pong_unasked", "a pong nobody asked for", lambda m: frame(ws_frames.PONG, b"!")),
    Poison("close_code_reserved", "close with 1006, which is never sent", lambda m: ws_frames.closing(1006)),
    Poison("close_code_unknown", "close with 999", lambda m: ws_frames.closing(999)),
    Poison("close_short", "close with one byte", lambda m: frame(ws_frames.CLOSE, b"\x03")),
    Poison(
        "close_invalid_utf8", "close with a reason that is no UTF-8", lambda m: ws_frames.closing(1000, b"\xff\xfe")
    ),
    Poison("close_and_go_on", "a proper close, and the stream goes on", lambda m: ws_frames.closing(1000, b"bye")),
    Poison("opcode_reserved", "the reserved opcode 3", lambda m: frame(0x3, b"?")),
    Poison("control_reserved", "the reserved control opcode 11", lambda m: frame(0xB, b"?")),
    Poison("reserved_bits", "the reserved bits set", lambda m: frame(ws_frames.TEXT, _proper(m).encode(), reserved=7)),
    Poison("unmasked", "a frame without a mask", lambda m: frame(ws_frames.TEXT, _proper(m).encode(), is_masked=False)),
    Poison(
        "length_lies",
        "a frame that announces 1,000 bytes and has 10",
        lambda m: frame(ws_frames.TEXT, b"0123456789", announced=1_000),
    ),
    Poison("length_huge", "a frame that announces 1 TB", lambda m: frame(ws_frames.TEXT, b"{", announced=1 << 40)),
    Poison(
        "length_negative",
        "a frame whose length has its highest bit set",
        lambda m: frame(ws_frames.TEXT, b"{", announced=(1 << 63) + 1),
    ),
    Poison(
        "not_a_frame",
        "an HTTP request in the middle of the stream",
        lambda m: Raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ),
)

GROUPS: dict[str, tuple[Poison, ...]] = {
    "JSON": _JSON,
    "Head of a message": _EVENTS,
    "Sound": _MEDIA,
    "Other messages": _OTHERS,
    "WebSocket": _FRAMES,
}
POISONS: dict[str, Poison] = {poison.name: poison for group in GROUPS.values() for poison in group}
NAMES = frozenset(POISONS)
