"""A client of one model session: no socket, a stepped clock, and what it takes to talk."""

import base64
import json
from typing import Any

from sandbox import audio, speech
from sandbox.clock import Clock
from sandbox.model.faults import Faults
from sandbox.model.script import Rule, Script
from sandbox.model.session import Session
from sandbox.model.wire import Close

END_CALL = {
    "type": "function",
    "name": "end_call",
    "description": "End the call.",
    "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"]},
}


class Client:
    """A client of one session, on a stepped clock and without a socket."""

    def __init__(self) -> None:
        self.clock = Clock(stepped=True)
        self.script = Script()
        self.faults = Faults()
        self.closed: Close | None = None
        self.session: Session

    def connect(self, *, model: str = "gpt-realtime-2.1") -> None:
        """Open the session; `session.created` waits to be read."""
        self.session = Session(clock=self.clock, script=self.script, faults=self.faults, model=model)
        self.session.start()

    def send(self, kind: str, **fields: Any) -> None:
        self.session.receive(json.dumps({"type": kind, **fields}))

    def configure(self, *, turn_detection: Any = "default", transcribe: bool = True, **session: Any) -> None:
        """mu-law both ways, with transcription, as a telephone application does it; then forget the answer."""
        audio_in: dict[str, Any] = {"format": {"type": "audio/pcmu"}}
        if transcribe:
            audio_in["transcription"] = {"model": "gpt-4o-transcribe", "language": "en"}
        if turn_detection != "default":
            audio_in["turn_detection"] = turn_detection
        both = {"input": audio_in, "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"}}
        self.send("session.update", session={"type": "realtime", "audio": both, **session})
        assert [event["type"] for event in self.read()][-1] == "session.updated"

    def append(self, data: bytes) -> None:
        self.send("input_audio_buffer.append", audio=base64.b64encode(data).decode())

    async def speak(self, data: bytes, *, then_silence_ms: int = 0) -> None:
        """Append audio as a phone line does: a 20 ms frame each 20 ms."""
        data += audio.silence(then_silence_ms)
        data += audio.silence(1) * ((-len(data) % audio.FRAME_BYTES) // 8) + b"\xff" * (-len(data) % 8)
        for start in range(0, len(data), audio.FRAME_BYTES):
            self.append(data[start : start + audio.FRAME_BYTES])
            await self.clock.advance(audio.FRAME_MS)

    async def say(self, text: str, *, then_silence_ms: int = 520) -> None:
        await self.speak(speech.say(text).audio, then_silence_ms=then_silence_ms)

    def read(self) -> list[dict[str, Any]]:
        """Every event that has been sent since the last read."""
        events = []
        while not self.session.wire.outbox.empty():
            frame = self.session.wire.outbox.get_nowait()
            if isinstance(frame, Close):
                self.closed = frame
            elif isinstance(frame, str):
                events.append(json.loads(frame))
        return events

    def read_error(self) -> dict[str, Any]:
        """The one event waiting, which must be an error."""
        (event,) = self.read()
        assert event["type"] == "error"
        return event["error"]

    async def wait(self, ms: float) -> list[dict[str, Any]]:
        await self.clock.advance(ms)
        return self.read()

    async def respond(self, **response: Any) -> list[dict[str, Any]]:
        """Ask for a response and read everything up to its end."""
        self.send("response.create", **({"response": response} if response else {}))
        return await self.wait(10_000)

    def rule(self, hears: str, **answer: Any) -> None:
        self.script.put_first([Rule.parse({"hears": hears, **answer})])


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def without_deltas(events: list[dict[str, Any]]) -> list[str]:
    return [kind for kind in kinds(events) if not kind.endswith(".delta")]


def spoken(events: list[dict[str, Any]]) -> bytes:
    """The audio of all deltas."""
    return b"".join(
        base64.b64decode(event["delta"]) for event in events if event["type"] == "response.output_audio.delta"
    )


def pick(events: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The only event of its kind."""
    (event,) = [event for event in events if event["type"] == kind]
    return event
