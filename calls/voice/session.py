"""One conversation between a caller and a model, as a machine without sockets.

You must feed every message of the carrier to `from_carrier`, of the model to `from_model` and of tools to `from_tool`,
in the order they arrived, and perform what `effects()` returns after each. The session never waits, reads a clock or
touches the network: time passes with the caller's audio frames, and between them as far as `since_frame` says.
"""

from collections.abc import Callable
from typing import Any

from calls.voice import audio
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.closing import Closing
from calls.voice.keypad import Keypad
from calls.voice.outbox import Outbox
from calls.voice.pauses import Pause, Pauses
from calls.voice.plan import ConversationPlan, say_exactly
from calls.voice.playback import Playback
from calls.voice.responses import Responses
from calls.voice.timeline import Timeline
from calls.voice.turns import Turns

# The model must be ready this soon after the stream began: the caller is waiting in silence.
READY_LIMIT_MS = 3_000
# How often, in frames, the words being heard are looked at.
_WORDS_EVERY = 6
_COMFORT = "comfort"
# What still counts once the line is gone.
_LAST_WORDS = frozenset({m.CallerWords, m.CallerWordsFailed, m.TranscriptionUsage, m.ModelLost})


class VoiceSession:
    """The conversation of one media stream."""

    def __init__(self, plan: ConversationPlan) -> None:
        self._plan = plan
        self._out = Outbox()
        self._timeline = Timeline()
        self._playback = Playback()
        self._turns = Turns(self._playback)
        self._responses = Responses()
        self._closing = Closing()
        self._pauses = Pauses(prompt_after_ms=plan.prompt_after_ms)
        self._keypad = Keypad()
        self._is_listening = plan.is_greeting_interruptible or not plan.greeting
        self._has_begun = False
        self._was_spoken_over = False  # the caller spoke during a greeting that cannot be cut
        self._is_caller_speaking = False
        self._is_hanging_up = False
        self._is_model_gone = False
        self._line_gone_because: m.EndReason | None = None
        self._is_over = False
        self._frames = 0
        self._last_frame: m.CallerAudio | None = None
        self._voiced_response = ""
        self._on_carrier: dict[type, Callable[[Any], None]] = {
            m.CallerAudio: self._caller_audio,
            m.MarkReturned: self._mark_returned,
            m.KeyPressed: self._key_pressed,
            m.StreamStarted: self._stream_started,
            m.StreamStopped: lambda _: self._line_gone(m.EndReason.CARRIER_STOPPED),
            m.StreamBroken: lambda broken: self._line_gone(broken.reason),
        }
        self._on_model: dict[type, Callable[[Any], None]] = {
            m.ModelReady: lambda _: self._out.model_ready(),
            m.ModelLost: self._model_lost,
            m.SpeechStarted: self._speech_started,
            m.SpeechStopped: self._speech_stopped,
            m.CallerWords: self._caller_words,
            m.CallerWordsFailed: self._caller_words_failed,
            m.ResponseStarted: lambda response: self._responses.started(response.response_id),
            m.AudioDelta: self._audio_delta,
            m.AssistantWords: self._assistant_words,
            m.ToolCalled: self._tool_called,
            m.ResponseEnded: self._response_ended,
            m.TranscriptionUsage: lambda used: self._out.put(e.Used("transcription", used.item_id, used.usage)),
            m.ModelFault: self._model_fault,
        }

    @property
    def now_ms(self) -> int:
        """The caller's media clock."""
        return self._timeline.now_ms

    @property
    def is_line_gone(self) -> bool:
        """True once the carrier's side has ended: nothing more comes from it or goes to it."""
        return self._is_over or self._line_gone_because is not None

    def since_frame(self, ms: float) -> None:
        """Carry the clock on between two frames; the shell's own clock may say by how much. Never needed in tests."""
        self._timeline.since_frame(ms)

    def effects(self) -> list[e.Effect]:
        """What is to be done now, in order; each effect is given out once."""
        return self._out.take()

    # --- from the carrier ---------------------------------------------------------------------------------------

    def from_carrier(self, message: m.CarrierMessage) -> None:
        """Take one message of the carrier's stream."""
        if not self.is_line_gone:
            self._on_carrier[type(message)](message)

    def _stream_started(self, _: m.StreamStarted) -> None:
        if self._plan.greeting and not self._has_begun:
            self._wish(say_exactly(self._plan.greeting))
        self._has_begun = True

    def _caller_audio(self, frame: m.CallerAudio) -> None:
        if frame == self._last_frame:  # sent twice; frames of silence are alike too, but for their sequence number
            return
        self._last_frame = frame
        fill_ms = self._timeline.frame(frame.at_ms, audio.payload_bytes(frame.payload))
        if fill_ms:
            self._out.to_model(e.AppendAudio(audio.silence(fill_ms)))
        self._out.to_model(e.AppendAudio(frame.payload))
        self._frames += 1
        if self._frames % _WORDS_EVERY == 0 and (words := self._turns.shown_words(self.now_ms)) is not None:
            self._out.put(words)
        self._beat()

    def _mark_returned(self, mark: m.MarkReturned) -> None:
        self._playback.mark_returned(mark.name, self.now_ms)
        self._heard_out()
        self._close_if_due()

    def _key_pressed(self, key: m.KeyPressed) -> None:
        self._note("key_pressed", digit=key.digit)
        self._caller_active()
        if self._is_listening:
            self._interrupt(cancel=True)
        self._keypad.press(key.digit, self.now_ms)
        self._tell_keys()

    def _tell_keys(self) -> None:
        keys = self._keypad.take(self.now_ms)
        if keys and self._plan.is_keypad_told:
            self._out.to_model(e.AddText(f"[keypad] {keys}"))
            self._wish()

    # --- from the model -----------------------------------------------------------------------------------------

    def from_model(self, message: m.ModelMessage) -> None:
        """Take one message of the model."""
        handler = self._on_model.get(type(message))
        if handler is None or self._is_over:
            return
        if self._line_gone_because is None:
            handler(message)
            self._close_if_due()
        elif type(message) in _LAST_WORDS:
            handler(message)
            if not self._turns.awaits_words:
                self._end(self._line_gone_because)

    def _model_lost(self, lost: m.ModelLost) -> None:
        self._is_model_gone = True
        if self._line_gone_because is not None:
            self._end(self._line_gone_because)
        elif not self._closing.has_goodbye:  # else the goodbye is on its way to the caller: let it be heard
            self._end(m.EndReason.MODEL_UNREACHABLE if lost.unreachable else m.EndReason.MODEL_LOST)

    def _speech_started(self, speech: m.SpeechStarted) -> None:
        self._is_caller_speaking = True
        self._turns.speech_started(speech.item_id, self._timeline.caller_ms(speech.audio_ms))
        self._caller_active()
        if self._is_listening:
            self._interrupt(cancel=False)
        else:
            self._was_spoken_over = True

    def _speech_stopped(self, speech: m.SpeechStopped) -> None:
        self._is_caller_speaking = False
        self._turns.speech_stopped(speech.item_id, self._timeline.caller_ms(speech.audio_ms))
        self._pauses.caller_active(self.now_ms)

    def _caller_words(self, words: m.CallerWords) -> None:
        self._out.put(self._turns.customer_words(words.item_id, words.text, self.now_ms, is_final=words.is_final))

    def _caller_words_failed(self, failed: m.CallerWordsFailed) -> None:
        self._out.put(self._turns.customer_words_failed(failed.item_id, self.now_ms))
        self._note("transcription_failed", code=failed.code)

    def _audio_delta(self, delta: m.AudioDelta) -> None:
        if not delta.payload or self._responses.is_stale(delta.response_id):
            return
        self._play(delta.item_id, delta.payload)
        self._voiced_response = delta.response_id
        self._turns.assistant_sound(delta.response_id, delta.item_id, self.now_ms)
        if self._closing.needs_goodbye:
            self._closing.goodbye_asked()

    def _assistant_words(self, words: m.AssistantWords) -> None:
        if not self._responses.is_stale(words.response_id):
            self._turns.assistant_words(words.response_id, words.item_id, words.text, is_final=words.is_final)

    def _tool_called(self, call: m.ToolCalled) -> None:
        is_stale = self._responses.is_stale(call.response_id)
        if not is_stale and self._responses.tool_called(call.call_id, call.response_id):
            self._note("tool_called", name=call.name, call_id=call.call_id)
            self._out.put(e.RunTool(call.call_id, call.name, call.arguments))

    def _response_ended(self, response: m.ResponseEnded) -> None:
        self._out.put(e.Used("response", response.response_id, response.usage))
        self._turns.response_ended(response.response_id)
        self._heard_out()
        self._out.to_model(*self._responses.ended(response.response_id))
        if response.status != "failed":
            self._responses.succeeded()
            return
        self._note("response_failed", reason=response.reason)
        if self._responses.failed():
            self._end(m.EndReason.MODEL_LOST)
        else:
            self._wish()

    def _model_fault(self, fault: m.ModelFault) -> None:
        if fault.code == "conversation_already_has_active_response":
            self._responses.refused_as_second()
        elif fault.code != "response_cancel_not_active":
            self._note("model_fault", code=fault.code, param=fault.param)

    # --- from a tool --------------------------------------------------------------------------------------------

    def from_tool(self, result: m.ToolFinished) -> None:
        """Take a tool's answer."""
        response_id = self._responses.tool_finished(result.call_id)
        if self.is_line_gone or response_id is None:
            return
        self._note("tool_finished", call_id=result.call_id, is_error=result.is_error)
        self._out.to_model(e.AnswerTool(result.call_id, result.output))
        if result.hang_up:
            is_said = response_id == self._voiced_response
            self._closing.begin(m.EndReason.ASSISTANT_ENDED, self.now_ms, has_goodbye=is_said)
        elif not self._is_caller_speaking:  # else the model answers by itself when the caller has finished
            self._wish()
        self._beat()

    # --- what follows -------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        """Whatever is due at this moment of the caller's clock."""
        now = self.now_ms
        if not self._out.is_model_ready and now >= READY_LIMIT_MS:
            self._end(m.EndReason.MODEL_UNREACHABLE)
            return
        self._heard_out()
        self._tell_keys()
        if self._is_caller_speaking or not self._playback.is_dry(now, but_for=_COMFORT):
            self._pauses.sound(now)
        if self._closing.needs_goodbye and not self._responses.is_busy:
            self._wish(say_exactly(self._plan.goodbye))
            self._closing.goodbye_asked()
        self._close_if_due()
        if not self._closing.is_under_way:
            self._mind_the_pause(now)

    def _mind_the_pause(self, now: int) -> None:
        pause = self._pauses.due(now, is_model_expected=self._responses.is_busy)
        if pause is Pause.COMFORT:
            self._play(_COMFORT, audio.comfort_tone())
        elif pause is Pause.PROMPT:
            self._note("silence_prompted")
            self._wish(say_exactly(self._plan.still_there))
        elif pause is Pause.GIVE_UP:
            self._wish(say_exactly(self._plan.giving_up))
            self._closing.begin(m.EndReason.CALLER_SILENT, now, has_goodbye=True)
        elif pause is Pause.MODEL_STALLED:
            self._note("model_stalled")
            self._end(m.EndReason.MODEL_LOST)

    def _heard_out(self) -> None:
        """Turns of the assistant that were heard to their end; with the first, an uncuttable greeting is over."""
        for turn in self._turns.heard_out(self.now_ms):
            self._out.put(turn)
            self._closing.assistant_heard(turn.text, self.now_ms)
            if not self._is_listening:
                self._is_listening = True
                self._out.to_model(e.ListenAgain())
                if self._was_spoken_over and not self._is_caller_speaking:
                    self._wish()

    def _close_if_due(self) -> None:
        if self._is_over or self._is_hanging_up:
            return
        is_busy = self._responses.is_busy and not self._is_model_gone
        is_quiet = not is_busy and not self._is_caller_speaking and self._playback.is_dry(self.now_ms)
        reason = self._closing.due(self.now_ms, is_quiet=is_quiet)
        if reason is not None:
            self._is_hanging_up = True
            self._out.put(e.HangUp(reason))

    def _caller_active(self) -> None:
        """The caller speaks or presses a key: an end already decided is called off."""
        self._pauses.caller_active(self.now_ms)
        if not self._is_hanging_up and self._closing.caller_spoke():
            self._note("ending_called_off")

    def _interrupt(self, *, cancel: bool) -> None:
        """The caller cuts in: silence the line, and tell the model how much of each item was heard."""
        self._out.to_model(*self._responses.interrupted(cancel=cancel))
        cut = self._playback.clear(self.now_ms)
        if cut:
            self._out.put(e.Clear())
        for heard in cut:
            if heard.item_id == _COMFORT:
                continue
            self._out.to_model(e.Truncate(heard.item_id, heard.heard_ms))
            self._note("cut", item_id=heard.item_id, heard_ms=heard.heard_ms, sent_ms=heard.sent_ms)
            turn = self._turns.cut(heard.item_id, heard.heard_ms, heard.sent_ms)
            if turn is not None:
                self._out.put(turn)

    def _play(self, item_id: str, payload: str) -> None:
        mark = self._playback.enqueue(item_id, audio.payload_bytes(payload), self.now_ms)
        self._out.put(e.PlayAudio(payload), e.Mark(mark))

    def _wish(self, instructions: str = "") -> None:
        self._out.to_model(*self._responses.wish(e.Respond(instructions)))

    def _note(self, kind: str, **data: Any) -> None:
        self._out.note(kind, self.now_ms, **data)

    # --- the end ------------------------------------------------------------------------------------------------

    def _line_gone(self, reason: m.EndReason) -> None:
        """Nobody hears us any more; stay a moment for words that are still being written down."""
        self._line_gone_because = reason
        self._out.put(*self._turns.close_assistant(self.now_ms))
        if not self._out.is_model_ready or self._is_model_gone or not self._turns.awaits_words:
            self._end(reason)
            return
        if self._is_caller_speaking:
            self._out.to_model(e.CommitAudio())
        self._out.put(e.Linger())

    def time_is_up(self) -> None:
        """The shell waited long enough for the last words."""
        if self._line_gone_because is not None:
            self._end(self._line_gone_because)

    def _end(self, reason: m.EndReason) -> None:
        if not self._is_over:
            self._out.put(*self._turns.close_assistant(self.now_ms), *self._turns.close_customer(self.now_ms))
            self._out.put(e.Ended(reason))
            self._is_over = True
