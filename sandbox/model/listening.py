"""The listening side of a session: appended audio, turns, commits, transcription, and the idle time-out."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from sandbox import audio, speech
from sandbox.model.client_events import MAX_APPEND_BYTES, decode_audio
from sandbox.model.conversation import Conversation, Item, Source
from sandbox.model.formats import Format
from sandbox.model.input_audio import InputAudioBuffer
from sandbox.model.refusal import Refused
from sandbox.model.response import Origin
from sandbox.model.turns import SpeechStarted, SpeechStopped, TurnDetector
from sandbox.model.usage import transcription_usage
from sandbox.model.wire import Wire, new_id

_LEAST_COMMIT_MS = 100
_VOICE_DBFS = -40.0
_TRANSCRIPTION_STARTS_MS = 120.0
_TRANSCRIPTION_WORD_MS = 15.0
_DETECTION_MARGIN_MS = 100
"""Audio kept before a turn beyond its padding: the frames it takes to be sure that somebody speaks."""


class Answering(Protocol):
    """The speaking side, as far as the listening side moves it."""

    def interrupt(self) -> None:
        """Cancel the running response, if any."""

    def create_automatically(self, origin: Origin) -> None:
        """Answer the turn, or the silence."""


class Listening:
    """Hears the caller and puts their turns into the conversation."""

    def __init__(
        self,
        *,
        wire: Wire,
        conversation: Conversation,
        settings: Callable[[], dict[str, Any]],
        answering: Answering,
    ) -> None:
        """`settings` gives the session's `audio.input` object; call `configure` after each change of it."""
        self.buffer = InputAudioBuffer()
        self._wire = wire
        self._conversation = conversation
        self._settings = settings
        self._answering = answering
        self._detector: TurnDetector | None = None
        self._detector_settings: dict[str, Any] | None = None
        self._turn: tuple[str, int] | None = None  # item id and start of the turn that is being spoken
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: asyncio.Task[None] | None = None

    def configure(self) -> None:
        """Follow the session's settings. An unchanged turn detection keeps what it has heard."""
        settings = self._settings()["turn_detection"]
        if settings == self._detector_settings:
            return
        self._detector_settings = settings
        self._turn = None
        self._cancel_idle()
        total_ms = self.buffer.total_ms
        self._detector = TurnDetector.configured(settings, from_ms=total_ms) if settings else None

    def append(self, encoded: str) -> int:
        """Audio from the client (base64); returns its number of bytes."""
        data = decode_audio(encoded, "audio")
        if len(data) > MAX_APPEND_BYTES:
            message = f"Invalid 'audio': at most {MAX_APPEND_BYTES} bytes can be appended at once."
            raise Refused("invalid_value", message, param="audio")
        mulaw = self.buffer.append(data, Format(self._settings()["format"]["type"]))
        if self._detector is None:
            return len(data)
        for change in self._detector.feed(mulaw):
            if isinstance(change, SpeechStarted):
                self._begin_turn(change)
            else:
                self._end_turn(change)
        if not self._detector.is_speaking:
            self.buffer.keep_only_last(self._detector.prefix_padding_ms + _DETECTION_MARGIN_MS)
        return len(data)

    def commit(self) -> None:
        """The client ends the turn by hand."""
        held_ms = self.buffer.held_ms
        if held_ms < _LEAST_COMMIT_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{_LEAST_COMMIT_MS}ms of audio, but buffer only has {held_ms}.00ms of audio."
            )
            raise Refused("input_audio_buffer_commit_empty", message)
        item_id, start_ms = self._turn or (new_id("item"), self.buffer.start_ms)
        segment = self._take(start_ms, self.buffer.total_ms)
        is_voiced = audio.level_dbfs(segment) > _VOICE_DBFS
        self._put_turn(item_id, segment, voiced_ms=len(segment) // audio.BYTES_PER_MS if is_voiced else 0)

    def clear(self) -> None:
        """The client drops what is not committed."""
        self.buffer.clear()
        self._forget_turn()
        self._wire.emit("input_audio_buffer.cleared")

    def follow_response(self, speech_ms: int | None) -> None:
        """A response begins (None), or is done after so much speech: from then on the idle time-out runs."""
        self._cancel_idle()
        settings = self._detector_settings or {}
        if settings.get("idle_timeout_ms") is not None and speech_ms and self._turn is None:
            self._idle = self._spawn(self._time_out(speech_ms, settings["idle_timeout_ms"]))

    def stop(self) -> None:
        """The session is over."""
        for task in self._tasks:
            task.cancel()

    # --- turns --------------------------------------------------------------------------------------------------

    def _begin_turn(self, started: SpeechStarted) -> None:
        self._cancel_idle()
        self._turn = (new_id("item"), started.audio_start_ms)
        start = {"audio_start_ms": started.audio_start_ms, "item_id": self._turn[0]}
        self._wire.emit("input_audio_buffer.speech_started", **start)
        if (self._detector_settings or {}).get("interrupt_response"):
            self._answering.interrupt()
        if self._wire.faults.use_up("close_turns"):
            self._wire.break_off()

    def _end_turn(self, stopped: SpeechStopped) -> None:
        if self._turn is None:
            return
        (item_id, start_ms), self._turn = self._turn, None
        end = {"audio_end_ms": stopped.audio_end_ms, "item_id": item_id}
        self._wire.emit("input_audio_buffer.speech_stopped", **end)
        self._put_turn(item_id, self.buffer.take(start_ms, stopped.audio_end_ms), voiced_ms=stopped.voiced_ms)
        if (self._detector_settings or {}).get("create_response"):
            self._answering.create_automatically(Origin.TURN)

    async def _time_out(self, speech_ms: int, idle_ms: int) -> None:
        """Counted from the end of the response's own speech, as if it had been played from the moment it was done."""
        await self._wire.clock.sleep(speech_ms)
        start_ms = self.buffer.total_ms
        await self._wire.clock.sleep(idle_ms)
        self._idle = None
        item_id, end_ms = new_id("item"), self.buffer.total_ms
        times = {"audio_start_ms": start_ms, "audio_end_ms": end_ms}
        self._wire.emit("input_audio_buffer.timeout_triggered", **times, item_id=item_id)
        self._put_turn(item_id, self._take(start_ms, end_ms), voiced_ms=0)
        self._answering.create_automatically(Origin.IDLE)

    def _take(self, start_ms: int, end_ms: int) -> bytes:
        segment = self.buffer.take(start_ms, end_ms)
        self._forget_turn()
        return segment

    def _forget_turn(self) -> None:
        self._turn = None
        if self._detector is not None:
            self._detector.forget(at_ms=self.buffer.total_ms)

    def _put_turn(self, item_id: str, segment: bytes, *, voiced_ms: int) -> None:
        item = Item(item_id, "message", role="user", content=[{"type": "input_audio", "transcript": None}])
        item.source, item.at_ms = Source.CALLER, self._wire.clock.now_ms()
        item.audio += segment
        is_recoded = Format(self._settings()["format"]["type"]) is not Format.PCMU
        words = speech.recognise(segment, is_recoded=is_recoded)
        if (
            words is None and voiced_ms and not is_recoded
        ):  # a microphone's: nobody has these bytes, but they sound alike
            words = speech.recognise(segment, is_recoded=True)
        item.heard = words or (f"(speech, {voiced_ms / 1000:.1f} s)" if voiced_ms else "")
        previous_item_id = self._conversation.add(item)
        self._wire.emit("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous_item_id)
        self._wire.emit("conversation.item.added", item=item.view(), previous_item_id=previous_item_id)
        self._wire.emit("conversation.item.done", item=item.view(), previous_item_id=previous_item_id)
        transcription = self._settings()["transcription"]
        if transcription is not None:
            self._spawn(self._transcribe(item, model=transcription["model"]))

    # --- transcription, which runs apart and comes late ---------------------------------------------------------

    async def _transcribe(self, item: Item, *, model: str) -> None:
        kind = "conversation.item.input_audio_transcription"
        place = {"item_id": item.id, "content_index": 0}
        await self._wire.clock.sleep(_TRANSCRIPTION_STARTS_MS)
        if self._wire.faults.use_up("transcription_failures"):
            error = {"type": "transcription_error", "code": "audio_unintelligible", "param": None}
            error["message"] = "The audio could not be transcribed."
            self._wire.emit(f"{kind}.failed", **place, error=error)
            return
        transcript = item.heard or ""
        for number, word in enumerate(transcript.split()):
            self._wire.emit(f"{kind}.delta", **place, delta=f" {word}" if number else word, logprobs=None)
            await self._wire.clock.sleep(_TRANSCRIPTION_WORD_MS)
        item.content[0]["transcript"] = transcript
        bill = transcription_usage(model=model, audio_ms=item.audio_ms, transcript=transcript)
        self._wire.emit(f"{kind}.completed", **place, transcript=transcript, usage=bill, logprobs=None)

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _cancel_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
