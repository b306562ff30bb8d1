"""Stream messages: counters are strings, spellings differ without changing the meaning, nonsense is refused."""

import base64
import json

import pytest

from sandbox.carrier import stream_wire
from sandbox.carrier.faults import JsonStyle, StreamFaults
from sandbox.carrier.stream_faults import FrameFaults
from sandbox.carrier.stream_wire import Clear, InvalidMessage, Mark, Media

START = stream_wire.start(
    account_sid="AC01", stream_sid="MZ01", call_sid="CA01", parameters={"path": "a/b", "é": "ü", "empty": ""}
)


def test_the_messages_are_those_of_the_documentation():
    assert stream_wire.connected() == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert START["sequenceNumber"] == "1"
    assert START["start"]["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    assert START["start"]["tracks"] == ["inbound"]
    assert stream_wire.media(stream_sid="MZ01", sequence=2, chunk=1, timestamp_ms=20, payload="/////w==") == {
        "event": "media",
        "sequenceNumber": "2",
        "streamSid": "MZ01",
        "media": {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": "/////w=="},
    }
    assert stream_wire.dtmf(stream_sid="MZ01", sequence=57, digit="5") == {
        "event": "dtmf",
        "sequenceNumber": "57",
        "streamSid": "MZ01",
        "dtmf": {"track": "inbound_track", "digit": "5"},
    }
    assert stream_wire.stop(account_sid="AC01", stream_sid="MZ01", call_sid="CA01", sequence=901) == {
        "event": "stop",
        "sequenceNumber": "901",
        "streamSid": "MZ01",
        "stop": {"accountSid": "AC01", "callSid": "CA01"},
    }


@pytest.mark.parametrize("style", list(JsonStyle))
def test_every_style_means_the_same(style):
    assert json.loads(stream_wire.write(START, style=style)) == START


def test_the_styles_are_spelled_differently():
    assert len({stream_wire.write(START, style=style) for style in JsonStyle}) == len(JsonStyle)
    assert '"event"' not in stream_wire.write(START, style=JsonStyle.ESCAPED)
    assert stream_wire.write(START, style=JsonStyle.REORDERED).startswith('{"start"')


def message(**fields: object) -> str:
    return json.dumps({"streamSid": "MZ01", **fields})


def test_what_an_application_may_send():
    payload = base64.b64encode(b"\x00\x7f\xff").decode()
    read = [
        stream_wire.read(text, stream_sid="MZ01")
        for text in (
            message(event="media", media={"payload": payload}),
            message(event="mark", mark={"name": "g3:item"}),
            message(event="clear"),
        )
    ]
    assert read == [Media(b"\x00\x7f\xff"), Mark("g3:item"), Clear()]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        json.dumps({"event": "clear"}),
        json.dumps({"event": "clear", "streamSid": "MZ02"}),
        message(event="stop"),
        message(event="dtmf", dtmf={"digit": "1"}),
        message(event="media"),
        message(event="media", media={"payload": 7}),
        message(event="media", media={"payload": "@@@@"}),
        message(event="media", media={"payload": "abc"}),
        message(event="mark", mark={}),
        message(event="mark", mark="x"),
    ],
)
def test_anything_else_is_dropped(text):
    with pytest.raises(InvalidMessage):
        stream_wire.read(text, stream_sid="MZ01")


def sent(wanted: StreamFaults, frames: int) -> list[int]:
    spoil = FrameFaults(wanted)
    return [chunk for number in range(1, frames + 1) for chunk, _ in spoil.frames(number, b"x")]


def test_frames_are_lost_swapped_and_repeated_as_asked():
    assert sent(StreamFaults(), 5) == [1, 2, 3, 4, 5]
    assert sent(StreamFaults(lose_every=4, lose_frames=2), 10) == [1, 2, 3, 6, 7, 10]
    assert sent(StreamFaults(swap_every=3), 7) == [1, 2, 4, 3, 5, 7, 6]
    assert sent(StreamFaults(repeat_every=3), 4) == [1, 2, 3, 3, 4]


def test_a_swapped_frame_keeps_its_sound():
    spoil = FrameFaults(StreamFaults(swap_every=2))
    spoil.frames(1, b"1")
    assert spoil.frames(2, b"2") == []
    assert spoil.frames(3, b"3") == [(3, b"3"), (2, b"2")]


def test_odd_messages_come_once_at_their_frame():
    spoil = FrameFaults(StreamFaults(bad_base64_at=3, binary_frame_at=3, big_frame_at=4))
    assert [len(spoil.oddities(number, stream_sid="MZ01")) for number in range(1, 6)] == [0, 0, 2, 1, 0]
    (big,) = spoil.oddities(4, stream_sid="MZ01")
    assert len(big) >= 1_000_000
