"""The far ends speak the vendors' spelling: what they say is what the product's own codecs understand.

The compiled program is tested where there is a compiler, the Python one everywhere.
"""

import asyncio
import json
import shutil
import sys

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.media_bridge import both_ends
from benchmarks.media_bridge.generator.carrier import start_message
from calls.carrier import media_stream
from calls.realtime import wire
from calls.voice import messages as m

GENERATOR = [sys.executable, "-m", "benchmarks.media_bridge.generator"]
CALL, TICKET = "CA" + "5" * 32, "ticket:of:a:call"


@pytest.fixture(params=["compiled", "generator"] if shutil.which("cc") else ["generator"])
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    if request.param == "generator":
        return GENERATOR
    words, is_compiled = both_ends.program(tmp_path_factory.getbasetemp() / "far-ends")
    assert is_compiled
    return words


def test_a_start_message_is_a_start() -> None:
    start = media_stream.decode(start_message("MZ1", CALL, TICKET))
    assert start == m.StreamStarted("MZ1", CALL, "audio/x-mulaw", 8000, 1, {"ticket": TICKET})


async def test_a_call_is_opened_and_speaks_as_the_carrier_does(command: list[str]) -> None:
    heard: list[str] = []
    signatures: list[str | None] = []
    enough = asyncio.Event()

    async def bridge(socket: ServerConnection) -> None:
        assert socket.request is not None
        signatures.append(socket.request.headers.get("X-Twilio-Signature"))
        async for message in socket:
            heard.append(str(message))
            if len(heard) == 7:
                enough.set()

    async with serve(bridge, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        ends = await asyncio.to_thread(the_far_ends, command, port)
        try:
            ends.add(CALL, TICKET)
            async with asyncio.timeout(10):
                await enough.wait()
        finally:
            await asyncio.to_thread(ends.stop)
    assert signatures == ["signed"]
    assert isinstance(media_stream.decode(heard[0]), media_stream.Connected)
    start = media_stream.decode(heard[1])
    assert isinstance(start, m.StreamStarted)
    assert (start.call_sid, start.parameters) == (CALL, {"ticket": TICKET})
    frames = [media_stream.decode(text, stream_sid=start.stream_sid) for text in heard[2:7]]
    assert [(frame.at_ms, frame.sequence) for frame in frames if isinstance(frame, m.CallerAudio)] == [
        (20, 2), (40, 3), (60, 4), (80, 5), (100, 6),
    ]  # fmt: skip
    assert [media_stream._FRAME.fullmatch(text) is not None for text in heard[2:7]] == [True] * 5  # the usual spelling


async def test_the_model_configures_a_session_and_counts_what_is_wrong(command: list[str]) -> None:
    ends = await asyncio.to_thread(the_far_ends, command, 1)
    try:
        async with connect(f"ws://127.0.0.1:{ends.model_port}/v1/realtime?model=x") as socket:
            created = json.loads(await socket.recv())
            await socket.send(json.dumps({"type": "session.update", "session": {"type": "realtime"}}))
            updated = json.loads(await socket.recv())
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": "/////w=="}))
            await (await socket.ping())  # answered in order: the audio has been looked at
            totals = await asyncio.to_thread(ends.ask, "totals")
    finally:
        await asyncio.to_thread(ends.stop)
    assert [created["type"], updated["type"]] == ["session.created", "session.updated"]
    assert created["session"]["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    assert totals["faults"] == {"altered": 1}
    assert [wire.decode(json.dumps(event)) for event in (created, updated)] == [
        [wire.Skipped(event["type"], is_known=True)] for event in (created, updated)
    ]


def the_far_ends(command: list[str], port: int) -> both_ends.FarEnds:
    return both_ends.FarEnds(
        command, carrier_port=port, path="/twilio/media/", signature="signed", is_pcm=False, does_clear=True
    )
