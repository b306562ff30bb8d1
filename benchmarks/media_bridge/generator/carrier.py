"""The carrier's end of one call: frames out, a play buffer, marks and clears."""

import asyncio
import base64
import json
import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks.media_bridge.generator.counts import Counts

if TYPE_CHECKING:
    from benchmarks.media_bridge.generator.model import Session

FRAME_S = 0.02
PULSE_EVERY = 25
BYTES_A_SECOND = 8000
CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
_ACCOUNT = "AC" + "0" * 32
_QUIET = base64.b64encode(b"\xff" * 160).decode()
_LOUD = base64.b64encode(bytes(0x10 if i // 4 % 2 else 0x90 for i in range(160))).decode()


def named_audio(sign: bytes, call: int, place: int, length: int) -> str:
    """Audio that names its call and its place, and is otherwise noise that follows from the name."""
    name = sign + call.to_bytes(3, "big") + place.to_bytes(4, "big")
    return base64.b64encode(name + random.Random(name).randbytes(length - 8)).decode()


def name_of(payload: str) -> tuple[int, int]:
    """Call and place of such audio."""
    name = base64.b64decode(payload[:12])
    return int.from_bytes(name[1:4], "big"), int.from_bytes(name[4:8], "big")


def start_message(stream_sid: str, call_sid: str, ticket: str) -> str:
    """The stream's first message that names it, as the carrier spells it."""
    start = {
        "accountSid": _ACCOUNT,
        "streamSid": stream_sid,
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"ticket": ticket},
    }
    message = {"event": "start", "sequenceNumber": "1", "streamSid": stream_sid, "start": start}
    return json.dumps(message, separators=(",", ":"))


class Call:
    """One call."""

    def __init__(self, number: int, call_sid: str, ticket: str, counts: Counts, *, is_pcm: bool) -> None:
        self.number, self.call_sid, self.ticket = number, call_sid, ticket
        self.counts, self.is_pcm = counts, is_pcm
        self.stream_sid = f"MZ{number:032x}"
        self.session: Session | None = None
        self.is_talking = self.is_over = False
        self.sent: dict[int, tuple[float, int]] = {}  # frame -> when, in which window
        self.frames = self.next_frame = 0
        self.dry_at = self._stretch_at = 0.0
        self._stretch = self._before = 0.0  # seconds of the item: in this stretch of sound, in earlier ones
        self._item = self.silenced = self.cut_item = 0
        self.cut_at = -10.0
        self.expects_clear = False
        self.played_s: float | None = None
        self.told_s: float | None = None
        self.pulse: tuple[float, int] | None = None
        self._socket: ClientConnection | None = None
        self._out: asyncio.Queue[str] = asyncio.Queue()
        self._marks: dict[str, asyncio.TimerHandle] = {}

    async def run(self, url: str, signature: str) -> None:
        """From the handshake to the closed socket."""
        headers = {"X-Twilio-Signature": signature}
        tasks: list[asyncio.Task[None]] = []
        try:
            async with connect(url, additional_headers=headers, compression=None, ping_interval=None) as socket:
                self._socket = socket
                tasks = [asyncio.create_task(self._send_all()), asyncio.create_task(self._speak())]
                async for message in socket:
                    self._heard(json.loads(message))
        except (OSError, InvalidHandshake):
            self.counts.fault("refused")
        except ConnectionClosed:
            pass
        finally:
            if self.is_talking:
                self.counts.fault("dropped_call")
            self.is_talking, self.is_over = False, True
            for task in tasks:
                task.cancel()

    async def _send_all(self) -> None:
        assert self._socket is not None
        with suppress(ConnectionClosed):
            while True:
                await self._socket.send(await self._out.get())

    def _send(self, event: str, **more: Any) -> None:
        message = {"event": event, "sequenceNumber": str(self.frames + 2), "streamSid": self.stream_sid} | more
        self._out.put_nowait(json.dumps(message, separators=(",", ":")))

    async def _speak(self) -> None:
        self._out.put_nowait(CONNECTED)
        self._out.put_nowait(start_message(self.stream_sid, self.call_sid, self.ticket))
        self.is_talking, began = True, time.monotonic()
        while self.is_talking:
            due = began + (self.frames + 1) * FRAME_S
            await asyncio.sleep(max(due - time.monotonic(), 0))
            if self.is_talking:
                self._frame(due)

    def _frame(self, due: float) -> None:
        frame, now = self.frames, time.monotonic()
        is_pulse = self.is_pcm and frame % PULSE_EVERY == PULSE_EVERY - 1
        window = self.counts.window_number if self.counts.is_open else 0
        if self.is_pcm:
            payload = _LOUD if is_pulse else _QUIET
        else:
            payload = named_audio(b"\x5c", self.number, frame, 160)
            self.sent[frame] = (now, window)
        if is_pulse:
            self.pulse = (now, window)
        if is_pulse or not self.is_pcm:
            self.counts.add_frame("frames_sent", window)
        self.counts.note("behind", now - due)
        media = {"track": "inbound", "chunk": str(frame + 1), "timestamp": str((frame + 1) * 20), "payload": payload}
        self._send("media", media=media)
        self.frames += 1

    def stop(self) -> None:
        """The caller hangs up."""
        if not self.is_talking or self._socket is None:
            return
        self.is_talking = False
        self._send("stop", stop={"accountSid": _ACCOUNT, "callSid": self.call_sid})
        asyncio.get_running_loop().call_later(0.1, lambda: asyncio.ensure_future(self._close()))

    async def _close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    # --- what the bridge says ---

    def _heard(self, message: dict[str, Any]) -> None:
        if message.get("streamSid") != self.stream_sid:
            self.counts.fault("bad_stream_sid")
        elif message["event"] == "media":
            self._media(message["media"]["payload"])
        elif message["event"] == "mark":
            self._mark(message["mark"]["name"])
        elif message["event"] == "clear":
            self._clear()
        else:
            self.counts.fault("bad_message")

    def _media(self, payload: str) -> None:
        self.counts.add("chunks_arrived")
        session, length_s = self.session, len(base64.b64decode(payload)) / BYTES_A_SECOND
        item = session.response if session is not None else 0
        if not self.is_pcm and session is not None:
            call, place = name_of(payload)
            item = place >> 16
            if call != self.number or payload != named_audio(b"\xd1", call, place, 800):
                self.counts.fault("altered_media")
            elif item <= self.silenced:
                self.counts.fault("late_media")
            elif item == session.response:
                session.arrived += 1
                self.counts.note("down", time.monotonic() - session.chunk_sent[place & 0xFFFF])
        now = time.monotonic()
        if item != self._item:
            self._item, self._before, self._stretch = item, 0.0, 0.0
        elif self.dry_at <= now:
            self._before += self._stretch
            self._stretch = 0.0
        if self.dry_at <= now:
            self._stretch_at = self.dry_at = now
        self._stretch += length_s
        self.dry_at += length_s

    def _mark(self, name: str) -> None:
        self.counts.add("marks")
        loop = asyncio.get_running_loop()
        wait = max(self.dry_at - time.monotonic(), 0)
        self._marks[name] = loop.call_later(wait, self._return_mark, name)

    def _return_mark(self, name: str) -> None:
        if self._marks.pop(name, None) is not None:
            self._send("mark", mark={"name": name})

    def _clear(self) -> None:
        self.counts.add("clears")
        now = time.monotonic()
        if self.expects_clear:
            self.expects_clear = False
            self.counts.note("barge_in", now - self.cut_at)
            self.played_s = self._before + min(now - self._stretch_at, self._stretch)
            self.interruption_seen()
        self.silenced = max(self.silenced, self.cut_item)
        self.forget_sound()
        for name, timer in list(self._marks.items()):
            timer.cancel()
            self._return_mark(name)

    def forget_sound(self) -> None:
        """Drop what has not been played."""
        self._stretch = self._before = 0.0
        self.dry_at = time.monotonic()

    def interruption_seen(self) -> None:
        """Clear and truncation both known: note the error."""
        if self.played_s is not None and self.told_s is not None:
            self.counts.note("truncation", abs(self.told_s - self.played_s))
            self.played_s = self.told_s = None
