"""What a page says in the carrier's place is what the product's reader of the carrier, and the guard, take."""

import base64
import json

from calls.carrier import media_stream
from calls.carrier.page_stream import Guard
from calls.voice import messages as m
from tests.unit.static import node

STREAM, CALL = "MZ" + "1" * 32, "BR" + "2" * 32
SPOKEN = f"""
    import {{ PageStream }} from "js/page_stream.js";
    const sent = [], played = [];
    const player = {{
        play: (bytes) => played.push(["play", bytes.length]),
        mark: (name) => played.push(["mark", name]),
        clear: () => played.push(["clear"]),
    }};
    const stream = new PageStream((text) => sent.push(text), player);
    stream.start({{ callSid: "{CALL}", streamSid: "{STREAM}", ticket: "abc:def" }});
"""


def said(steps: str) -> tuple[list[str], list[list[object]]]:
    sent, played = node.run(f"{SPOKEN}\n{steps}\nconsole.log(JSON.stringify([sent, played]));")
    return sent, played


def test_a_page_begins_as_the_carrier_does() -> None:
    connected, start = said("")[0]
    assert isinstance(media_stream.decode(connected), media_stream.Connected)
    decoded = media_stream.decode(start)
    assert isinstance(decoded, m.StreamStarted)
    assert (decoded.stream_sid, decoded.call_sid, decoded.parameters) == (STREAM, CALL, {"ticket": "abc:def"})
    assert (decoded.encoding, decoded.sample_rate, decoded.channels) == ("audio/x-mulaw", 8000, 1)


def test_what_a_page_says_passes_the_guard_and_reads_as_the_carriers() -> None:
    steps = f"""
        stream.frame(new Uint8Array(160).fill(0x2a));
        stream.frame(new Uint8Array(160));
        stream.key("7");
        stream.marked("m1");
        stream.stop("{CALL}");
    """
    _, _, *rest = said(steps)[0]
    guard = Guard(stream_sid=STREAM, now_s=0.0)
    guard.sent(f'{{"event":"mark","streamSid":"{STREAM}","mark":{{"name":"m1"}}}}')
    passed = [guard.passed(text, now_s=1.0) for text in rest]
    payload = base64.b64encode(bytes([0x2A]) * 160).decode()
    assert media_stream.frame(passed[0], STREAM) == (payload, 20, 2)
    second = media_stream.frame(passed[1], STREAM)
    assert second is not None
    assert second[1:] == (40, 3)
    assert [media_stream.decode(text, stream_sid=STREAM) for text in passed[2:]] == [
        m.KeyPressed("7"),
        m.MarkReturned("m1"),
        m.StreamStopped(),
    ]


def test_what_the_server_says_is_played_in_its_order_and_other_streams_are_nobodys() -> None:
    def text(event: str, sid: str = STREAM, **body: object) -> str:
        return json.dumps({"event": event, "streamSid": sid} | body)

    sound = {"payload": base64.b64encode(b"\xff" * 400).decode()}
    messages = [
        text("media", media=sound),
        text("mark", mark={"name": "m1"}),
        text("media", "MZother", media=sound),
        text("clear"),
    ]
    played = said("".join(f"stream.take({json.dumps(message)});" for message in messages))[1]
    assert played == [["play", 400], ["mark", "m1"], ["clear"]]
