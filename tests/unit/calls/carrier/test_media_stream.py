"""The carrier's messages, in every spelling a JSON writer may choose."""

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.carrier import media_stream
from calls.carrier.media_stream import Connected, Malformed, Skipped
from calls.voice import effects as e
from calls.voice import messages as m

START = {
    "event": "start",
    "sequenceNumber": "1",
    "streamSid": "MZ01",
    "start": {
        "accountSid": "AC01",
        "streamSid": "MZ01",
        "callSid": "CA01",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"ticket": "k3J"},
    },
}


def media(
    payload: str, *, timestamp: str = "40", sequence: str = "3", sid: str = "MZ01", track: str = "inbound"
) -> dict:
    return {
        "event": "media",
        "sequenceNumber": sequence,
        "streamSid": sid,
        "media": {"track": track, "chunk": "2", "timestamp": timestamp, "payload": payload},
    }


def compact(message: dict) -> str:
    return json.dumps(message, separators=(",", ":"))


def decode(message: dict | str) -> media_stream.Decoded:
    return media_stream.decode(message if isinstance(message, str) else compact(message), stream_sid="MZ01")


@given(st.binary(min_size=1, max_size=400), st.integers(0, 10**9))
def test_every_spelling_of_a_frame_gives_the_same_bytes(voice: bytes, at_ms: int) -> None:
    payload = base64.b64encode(voice).decode()
    message = media(payload, timestamp=str(at_ms))
    backwards = {key: message[key] for key in reversed(message)}
    backwards["media"] = {key: message["media"][key] for key in reversed(message["media"])}
    escaped = compact(message).replace("/", "\\/").replace("+", "\\u002b")
    spellings = [compact(message), json.dumps(message), json.dumps(message, indent=1), compact(backwards), escaped]
    assert {decode(spelling) for spelling in spellings} == {m.CallerAudio(payload, at_ms, 3)}


def test_a_start_names_its_stream_its_call_and_our_ticket() -> None:
    assert media_stream.decode(compact(START)) == m.StreamStarted(
        "MZ01", "CA01", "audio/x-mulaw", 8000, 1, {"ticket": "k3J"}
    )


@pytest.mark.parametrize(
    ("message", "decoded"),
    [
        (
            {
                "event": "dtmf",
                "streamSid": "MZ01",
                "sequenceNumber": "5",
                "dtmf": {"track": "inbound_track", "digit": "5"},
            },
            m.KeyPressed("5"),
        ),
        ({"event": "dtmf", "streamSid": "MZ01", "dtmf": {"digit": "#"}}, m.KeyPressed("#")),
        (
            {"event": "mark", "streamSid": "MZ01", "sequenceNumber": "80", "mark": {"name": "m1"}},
            m.MarkReturned("m1"),
        ),
        ({"event": "stop", "streamSid": "MZ01", "stop": {"accountSid": "AC01", "callSid": "CA01"}}, m.StreamStopped()),
    ],
)
def test_the_other_messages(message: dict, decoded: object) -> None:
    assert decode(message) == decoded


def test_connected_comes_first() -> None:
    assert media_stream.decode('{"event":"connected","protocol":"Call","version":"1.0.0"}') == Connected()


@pytest.mark.parametrize("message", [START, {"event": "connected"}])
def test_a_stream_that_has_begun_does_not_begin_again(message: dict) -> None:
    assert decode(message) == Skipped("repeated")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"event": "speed", "streamSid": "MZ01"}, "unknown"),
        (media("/////w==", track="outbound"), "outbound media"),
        (media(""), "empty media"),
    ],
)
def test_what_we_do_not_need_is_skipped_by_name(message: dict, kind: str) -> None:
    assert decode(message) == Skipped(kind)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no json",
        "[]",
        "17",
        '{"event":7}',
        "{" * 5000,
        '"' + "a" * (media_stream.MESSAGE_LIMIT + 1) + '"',
        compact(media("A" * (media_stream.MESSAGE_LIMIT + 4))),
        compact(media("////w==")),
        compact(media('"}}')),
        compact(media("////w===")),
        compact(media("/////w==", timestamp="-20")),
        compact(media("/////w==", timestamp="soon")),
        compact(media("/////w==", sid="MZ02")),
        compact({"event": "media", "streamSid": "MZ01"}),
        compact({"event": "media", "streamSid": "MZ01", "media": None}),
        compact(media("/////w==")).replace('"40"', "-Infinity"),
        compact(media("/////w==")).replace('"40"', "1e999"),
        compact({"event": "mark", "streamSid": "MZ01", "mark": {"name": 4}}),
        compact({"event": "mark", "streamSid": "MZ01", "mark": {"name": "\ud800"}}),
        compact({"event": "dtmf", "streamSid": "MZ01", "dtmf": {"digit": "55"}}),
        compact({"event": "dtmf", "streamSid": "MZ01", "dtmf": {"digit": "E"}}),
    ],
)
def test_what_is_not_of_the_protocol_is_malformed(message: str) -> None:
    with pytest.raises(Malformed):
        decode(message)


@pytest.mark.parametrize(
    "broken",
    [
        {"streamSid": "MZ 01"},
        {"streamSid": 'MZ"01'},
        {"start": {**START["start"], "streamSid": "MZ02"}},
        {"start": {**START["start"], "mediaFormat": None}},
        {"start": {**START["start"], "customParameters": {"ticket": 5}}},
        {"start": {**START["start"], "customParameters": {"ticket": "k3J\ud800"}}},
        {"start": {**START["start"], "callSid": "CA01\x00"}},
        {"start": {**START["start"], "mediaFormat": {**START["start"]["mediaFormat"], "sampleRate": float("inf")}}},
    ],
)
def test_a_start_that_is_not_whole_is_malformed(broken: dict) -> None:
    with pytest.raises(Malformed):
        media_stream.decode(compact(START | broken))


@pytest.mark.parametrize("event", ["media", "dtmf", "mark", "stop"])
def test_nothing_comes_before_the_start(event: str) -> None:
    with pytest.raises(Malformed, match="before start"):
        media_stream.decode(compact({"event": event, "streamSid": "MZ01"}))


def test_the_reason_of_a_refusal_does_not_repeat_the_message() -> None:
    with pytest.raises(Malformed) as refusal:
        decode('{"event":"media","secret":"4111111111111111"')
    assert "4111" not in str(refusal.value)


@given(st.text(max_size=300))
def test_any_text_is_decoded_skipped_or_refused(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert media_stream.decode(text, stream_sid="MZ01") is not None


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        (e.PlayAudio("/////w=="), {"event": "media", "streamSid": "MZ01", "media": {"payload": "/////w=="}}),
        (e.Mark("m1"), {"event": "mark", "streamSid": "MZ01", "mark": {"name": "m1"}}),
        (e.Clear(), {"event": "clear", "streamSid": "MZ01"}),
    ],
)
def test_our_orders_are_spelled_as_the_carrier_reads_them(effect: e.ToCarrier, message: dict) -> None:
    assert json.loads(media_stream.encode(effect, stream_sid="MZ01")) == message
