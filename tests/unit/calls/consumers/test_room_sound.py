"""A copy that the carrier sends: two sides, frame by frame, put together in pieces of one clock."""

import base64
import json

import pytest

from calls.carrier import media_stream
from calls.carrier.media_stream import Malformed, Side, Skipped
from calls.consumers.earshot import PIECE_MS
from calls.consumers.room_sound import Pieces
from calls.voice import messages as m

MS = 8
SILENT = b"\xff"


def side(track: str, at_ms: int, sound: int = 1, ms: int = 20) -> Side:
    return Side(track, base64.b64encode(bytes([sound]) * (ms * MS)).decode(), at_ms)


def heard(*sides: Side) -> list[tuple[int, bytes, bytes]]:
    pieces = Pieces()
    return [piece for one in sides for piece in pieces.take(one)]


def both(begin_ms: int, end_ms: int) -> list[Side]:
    return [side(track, at, n) for at in range(begin_ms, end_ms, 20) for n, track in ((1, "inbound"), (2, "outbound"))]


def test_both_sides_make_pieces_that_lie_end_to_end() -> None:
    pieces = heard(*both(20, 420))
    assert [at for at, _, _ in pieces] == [20, 120, 220, 320]
    assert {(caller, ours) for _, caller, ours in pieces} == {(b"\x01" * PIECE_MS * MS, b"\x02" * PIECE_MS * MS)}


def test_a_side_that_does_not_come_is_silent_and_holds_nobody_up() -> None:
    pieces = heard(*(side("inbound", at) for at in range(0, 600, 20)))
    assert len(pieces) >= 3
    assert {ours for _, _, ours in pieces} == {SILENT * PIECE_MS * MS}


def test_lost_frames_are_silence_in_their_place() -> None:
    frames = [one for one in both(0, 200) if (one.track, one.at_ms) != ("inbound", 40)]
    (first, _) = heard(*frames)
    assert first[1] == b"\x01" * 40 * MS + SILENT * 20 * MS + b"\x01" * 40 * MS


def test_after_a_long_hole_it_begins_anew() -> None:
    assert [at for at, _, _ in heard(*both(0, 100), *both(9000, 9100))] == [0, 9000]


def test_a_track_nobody_knows_is_passed_over() -> None:
    assert heard(*(side("other", at) for at in range(0, 900, 20))) == []


def message(event: str, **more: object) -> str:
    return json.dumps({"event": event, "sequenceNumber": "3", "streamSid": "MZ1"} | more)


def test_a_message_of_a_copy_is_read() -> None:
    media = {"track": "outbound", "chunk": "2", "timestamp": "40", "payload": "/////w=="}
    assert media_stream.decode_copy(message("media", media=media), stream_sid="MZ1") == Side("outbound", "/////w==", 40)
    assert media_stream.decode_copy(message("stop", stop={}), stream_sid="MZ1") == m.StreamStopped()
    assert isinstance(media_stream.decode_copy(message("dtmf"), stream_sid="MZ1"), Skipped)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "x" * 70_000,
        "[" * 60_000,
        message("media"),
        message("media", media={"track": "inbound", "timestamp": "1", "payload": "not base64"}),
        message("media", media={"track": 7, "timestamp": "1", "payload": "////"}),
        message("media", media={"track": "inbound", "timestamp": "-1", "payload": "////"}),
        message("media", media={"track": "inbound", "timestamp": "1", "payload": "////"}).replace("MZ1", "MZ2"),
    ],
)
def test_what_is_not_of_the_protocol_ends_the_copy(text: str) -> None:
    with pytest.raises(Malformed):
        media_stream.decode_copy(text, stream_sid="MZ1")
