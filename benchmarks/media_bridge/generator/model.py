"""The model's end: one Realtime session, and the conversation it holds with its caller."""

import asyncio
import base64
import json
import random
import struct
import time
from contextlib import suppress
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from benchmarks.media_bridge.generator.carrier import Call, name_of, named_audio
from benchmarks.media_bridge.generator.counts import Counts

CHUNK_S = 0.1
_HEARD_OUT, _CUT_WHILE_PLAYED, _CUT_WHILE_MADE = range(3)
_PLANS = (_HEARD_OUT, _CUT_WHILE_PLAYED, _HEARD_OUT, _CUT_WHILE_MADE)
_CHUNKS = (40, 60, 60)
_PCM = base64.b64encode(struct.pack("<2400h", *(2000 if i // 30 % 2 else -2000 for i in range(2400)))).decode()
_WORTH_CLEARING_S = 0.06
_INPUT_DETAILS = {"text_tokens": 150, "audio_tokens": 50, "cached_tokens": 128}


class Session:
    """One session. `calls` are those of the carrier; the first frame says which of them it is."""

    def __init__(
        self, socket: ServerConnection, calls: list[Call], counts: Counts, *, is_pcm: bool, does_clear: bool
    ) -> None:
        self._socket, self._calls, self._counts = socket, calls, counts
        self._is_pcm, self._does_clear = is_pcm, does_clear
        self._call: Call | None = None
        self.response = self.arrived = 0
        self.chunk_sent: list[float] = []
        self.is_ending = False
        self._turn = self._events = 0
        self._is_asked = asyncio.Event()
        self._is_configured = False
        self._quiet_ms = 0.0
        self._conversation: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve the socket until it closes."""
        path = self._socket.request.path if self._socket.request is not None else ""
        named = path.partition("/call/")[2].partition("/")[0]
        await self._say("session.created", session=self._session())
        with suppress(ConnectionClosed):
            async for message in self._socket:
                await self._heard(json.loads(message), int(named or 0))
        if self._conversation is not None:
            self._conversation.cancel()
        if self._call is not None and self._call.is_talking:
            self._counts.fault("dropped_session")

    def _session(self) -> dict[str, Any]:
        audio = {"type": "audio/pcm", "rate": 24000} if self._is_pcm else {"type": "audio/pcmu"}
        return {"type": "realtime", "id": "sess_1", "audio": {"input": {"format": audio}, "output": {"format": audio}}}

    async def _say(self, kind: str, **fields: Any) -> None:
        self._events += 1
        with suppress(ConnectionClosed):
            event = {"event_id": f"event_{self._events}", "type": kind} | fields
            await self._socket.send(json.dumps(event, separators=(",", ":")))

    async def _heard(self, event: dict[str, Any], named: int) -> None:
        kind = event["type"]
        if kind == "input_audio_buffer.append":
            if not self._is_configured:
                self._counts.fault("audio_before_setup")
            self._audio(event["audio"], named)
        elif kind == "session.update":
            self._is_configured = True
            await self._say("session.updated", session=self._session())
        elif kind == "response.create":
            self._is_asked.set()
        elif kind == "conversation.item.truncate":
            self._counts.add("truncates")
            if self._call is not None and event["item_id"] == f"item_{self._call.number}_{self._call.cut_item}":
                self._call.told_s = event["audio_end_ms"] / 1000
                self._call.interruption_seen()
            else:
                self._counts.fault("bad_truncate")

    def _audio(self, payload: str, named: int) -> None:
        number, frame = (named, 0) if self._is_pcm else name_of(payload)
        if self._call is None and 0 < number <= len(self._calls):
            self._call = self._calls[number - 1]
            self._call.session = self
            self._conversation = asyncio.create_task(self._converse(self._call))
        if self._call is None or self._call.number != number:
            self._counts.fault("altered")
        elif self._is_pcm:
            self._pulse(self._call, payload)
        else:
            self._frame(self._call, frame, payload)

    def _frame(self, call: Call, frame: int, payload: str) -> None:
        at, window = call.sent.pop(frame, (0.0, 0))
        if not at:
            self._counts.fault("duplicated")
            return
        if payload != named_audio(b"\x5c", call.number, frame, 160):
            self._counts.fault("altered")
        if frame < call.next_frame:
            self._counts.fault("reordered")
        call.next_frame = max(call.next_frame, frame + 1)
        self._arrived(at, window)

    def _pulse(self, call: Call, payload: str) -> None:
        sound = base64.b64decode(payload)
        samples = struct.unpack(f"<{len(sound) // 2}h", sound[: len(sound) // 2 * 2])
        if max(map(abs, samples), default=0) < 6000:
            self._quiet_ms += len(samples) / 24
            return
        if self._quiet_ms >= 200 and call.pulse is not None:
            self._arrived(*call.pulse)
            call.pulse = None
        self._quiet_ms = 0.0

    def _arrived(self, at: float, window: int) -> None:
        self._counts.add_frame("frames_arrived", window)
        if window and window == self._counts.window_number:
            self._counts.note("up", time.monotonic() - at)

    # --- the conversation ---

    async def _converse(self, call: Call) -> None:
        chance = random.Random(call.number)
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._is_asked.wait()
            await asyncio.sleep(0.3)
            await self._respond(call, chance)
        while not self.is_ending:
            await self._listen(call, chance)
            await self._respond(call, chance)
        call.stop()

    async def _respond(self, call: Call, chance: random.Random) -> None:
        """Make an answer; returns when the caller has heard it, or cuts in."""
        self.response += 1
        self.arrived, self.chunk_sent = 0, []
        plan = _HEARD_OUT if self.is_ending or self.response == 1 else _PLANS[(call.number + self.response) % 4]
        chunks = 10 if self.is_ending else 20 if self.response == 1 else _CHUNKS[plan]
        if plan == _CUT_WHILE_MADE:
            chunks = chance.randint(12, 36)
        names = {"response_id": f"resp_{call.number}_{self.response}", "item_id": f"item_{call.number}_{self.response}"}
        self._counts.add("assistant_turns")
        await self._say("response.created", response={"id": names["response_id"], "status": "in_progress"})
        for chunk in range(chunks):
            place = self.response << 16 | chunk
            delta = _PCM if self._is_pcm else named_audio(b"\xd1", call.number, place, 800)
            self.chunk_sent.append(time.monotonic())
            self._counts.add("chunks_sent")
            await self._say("response.output_audio.delta", **names, output_index=0, content_index=0, delta=delta)
            if chunk % 2 == 0:
                await self._say("response.output_audio_transcript.delta", **names, delta="the tent ")
            await asyncio.sleep(CHUNK_S / 4)
        if plan != _CUT_WHILE_MADE:
            await self._done(names, "completed", chunks)
            await asyncio.sleep(chance.uniform(0.3, 3.0) if plan == _CUT_WHILE_PLAYED else 0.3)
            if plan == _HEARD_OUT:
                await asyncio.sleep(max(call.dry_at - time.monotonic(), 0) + 0.6)
            return
        await self._cut_in(call)
        await self._done(names, "cancelled", chunks)

    async def _done(self, names: dict[str, str], status: str, chunks: int) -> None:
        await self._say("response.output_audio_transcript.done", **names, transcript="the tent " * (chunks // 2))
        usage = {"input_tokens": 200, "output_tokens": chunks * 2, "input_token_details": _INPUT_DETAILS}
        response = {"id": names["response_id"], "status": status, "output": [], "usage": usage}
        await self._say("response.done", response=response)
        self._counts.add("responses")

    async def _cut_in(self, call: Call) -> None:
        """The caller begins to speak, over the assistant if it is still being heard."""
        self._turn += 1
        item = f"caller_{call.number}_{self._turn}"
        call.cut_at, call.cut_item = time.monotonic(), self.response
        call.expects_clear = self._does_clear and call.dry_at - call.cut_at > _WORTH_CLEARING_S
        if not self._does_clear:
            call.forget_sound()
        call.played_s = call.told_s = None
        await self._say("input_audio_buffer.speech_started", audio_start_ms=call.next_frame * 20, item_id=item)

    async def _listen(self, call: Call, chance: random.Random) -> None:
        if call.cut_item != self.response or not self._turn:
            await self._cut_in(call)
        item = f"caller_{call.number}_{self._turn}"
        await asyncio.sleep(chance.uniform(1.0, 2.0))
        await self._say("input_audio_buffer.speech_stopped", audio_end_ms=call.next_frame * 20, item_id=item)
        kind = "conversation.item.input_audio_transcription"
        for piece in ("I want ", "to know ", "about the tent."):
            await asyncio.sleep(0.1)
            await self._say(f"{kind}.delta", item_id=item, content_index=0, delta=piece)
        usage = {"type": "tokens", "input_tokens": 20, "output_tokens": 10, "total_tokens": 30}
        await self._say(
            f"{kind}.completed",
            item_id=item,
            content_index=0,
            transcript="I want to know about the tent.",
            usage=usage,
        )
        self._counts.add("caller_turns")
        self._counts.add("transcriptions")
        await asyncio.sleep(0.1)
