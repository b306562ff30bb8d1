"""A page that holds a test call may send what an honest page sends, and nothing else."""

import base64
import json
from typing import Any

import pytest

from calls.carrier import media_stream
from calls.carrier.page_stream import AHEAD_MS, FRAME_MS, KEYS, LONGEST, Guard, Refused
from calls.voice import messages as m

STREAM = "MZ" + "1" * 32
SOUND = base64.b64encode(b"\x2a" * 160).decode()


class Page:
    """An honest page, until a test changes what it says."""

    def __init__(self) -> None:
        self.guard = Guard(stream_sid=STREAM, now_s=100.0)
        self._sequence, self._frames = 1, 0

    def says(self, event: str, body: dict[str, Any], *, at_s: float = 200.0, **changes: Any) -> str:
        self._sequence += 1
        message = {"event": event, "sequenceNumber": str(self._sequence), "streamSid": STREAM, event: body} | changes
        return self.guard.passed(json.dumps(message), now_s=at_s)

    def frame(self, *, at_s: float = 200.0, **changes: Any) -> str:
        self._frames += 1
        at_ms = str(self._frames * FRAME_MS)
        media = {"track": "inbound", "chunk": str(self._frames), "timestamp": at_ms, "payload": SOUND}
        return self.says("media", media | changes, at_s=at_s)


def test_frames_pass_in_the_carriers_own_spelling() -> None:
    page = Page()
    assert [media_stream.frame(page.frame(), STREAM) for _ in range(3)] == [
        (SOUND, 20, 2), (SOUND, 40, 3), (SOUND, 60, 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"track": "outbound"}, "not a frame"),
        ({"payload": base64.b64encode(b"\x2a" * 159).decode()}, "not a frame"),
        ({"payload": base64.b64encode(b"\x2a" * 161).decode()}, "not a frame"),
        ({"payload": SOUND[:-3] + '"=='}, "not a frame"),
        ({"payload": ""}, "not a frame"),
        ({"payload": None}, "not a frame"),
        ({"payload": ["x"]}, "not a frame"),
        ({"chunk": "2"}, "out of order"),
        ({"chunk": 1}, "out of order"),
        ({"timestamp": "99999999999"}, "out of order"),
        ({"timestamp": "-20"}, "out of order"),
    ],
)
def test_a_frame_that_no_honest_page_sends_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Page().frame(**changes)


def test_nobody_speaks_faster_than_time_passes() -> None:
    page = Page()
    for _ in range(AHEAD_MS // FRAME_MS):
        page.frame(at_s=100.0)
    with pytest.raises(Refused, match="faster than anybody speaks"):
        page.frame(at_s=100.0)


def test_a_page_that_was_held_up_catches_up() -> None:
    page = Page()
    for _ in range(AHEAD_MS // FRAME_MS + 500):
        page.frame(at_s=110.0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not text"),
        ("x" * (LONGEST + 1), "message too long"),
        ("{", "not JSON"),
        ("[" * 900, "not JSON"),
        ("[]", "not of this stream"),
        ("null", "not of this stream"),
        ('{"event":"stop"}', "not of this stream"),
        (f'{{"event":"stop","streamSid":"{STREAM}"}}', "out of order"),
        (f'{{"event":"stop","streamSid":"{STREAM}","sequenceNumber":"2"}}', "not as documented"),
        (f'{{"event":["stop"],"streamSid":"{STREAM}","sequenceNumber":"2"}}', "not as documented"),
        (f'{{"event":"start","streamSid":"{STREAM}","sequenceNumber":"2","start":{{}}}}', "unknown message"),
        (f'{{"event":"call","streamSid":"{STREAM}","sequenceNumber":"2","call":{{}}}}', "unknown message"),
    ],
)
def test_what_is_no_message_of_this_stream_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Guard(stream_sid=STREAM, now_s=0.0).passed(text, now_s=1.0)


def test_a_message_that_comes_twice_is_out_of_order() -> None:
    page = Page()
    page.frame()
    with pytest.raises(Refused, match="out of order"):
        page.says("stop", {}, sequenceNumber="2")


def test_a_mark_comes_back_once_and_only_when_it_was_given() -> None:
    page = Page()
    page.guard.sent(f'{{"event":"media","streamSid":"{STREAM}","media":{{"payload":"AAAA"}}}}')
    page.guard.sent(f'{{"event":"mark","streamSid":"{STREAM}","mark":{{"name":"m1"}}}}')
    passed = page.says("mark", {"name": "m1"})
    assert media_stream.decode(passed, stream_sid=STREAM) == m.MarkReturned("m1")
    for name in ("m1", "m2", 'm"3', "m" * 50, None):
        with pytest.raises(Refused, match="a mark we did not give"):
            page.says("mark", {"name": name})


def test_keys_are_those_of_a_telephone_and_no_machine_presses_them() -> None:
    page = Page()
    assert media_stream.decode(page.says("dtmf", {"digit": "#"}, at_s=100.0), stream_sid=STREAM) == m.KeyPressed("#")
    for digit in ("A", "12", "", 5):
        with pytest.raises(Refused, match="not a key"):
            page.says("dtmf", {"digit": digit})
    for _ in range(KEYS - 1):
        page.says("dtmf", {"digit": "1"}, at_s=100.0)
    with pytest.raises(Refused, match="too many keys"):
        page.says("dtmf", {"digit": "1"}, at_s=100.0)


def test_what_a_page_adds_to_a_message_goes_no_further() -> None:
    passed = Page().says("stop", {"callSid": "x", "more": "words"}, extra={"a": 1})
    assert "words" not in passed
    assert "extra" not in passed
    assert media_stream.decode(passed, stream_sid=STREAM) == m.StreamStopped()


def test_our_own_end_is_read_as_the_carriers() -> None:
    ours = Guard(stream_sid=STREAM, now_s=0.0).stop()
    assert media_stream.decode(ours, stream_sid=STREAM) == m.StreamStopped()
