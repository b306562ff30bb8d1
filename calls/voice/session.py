"""One conversation between a caller and a model, as a machine without sockets.

You must feed every message of the carrier to `from_carrier` (or its frames to `frame`), of the model to `from_model`,
of tools to `from_tool` and of supervisors to `from_supervisor`, in the order they arrived, and perform what `effects()`
returns after each. The session never waits, reads a clock or touches the network: time passes with the caller's audio
frames, and between them as far as `since_frame` says.

What happened is told here; what follows is decided in `conduct`, what is due by the clock in `upkeep`.
"""

from calls.voice import audio
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.conduct import Conduct
from calls.voice.guardrails import Guardrails
from calls.voice.line_tools import LineTools
from calls.voice.machine_watch import MachineWatch
from calls.voice.opting_out import OptingOut
from calls.voice.plan import ConversationPlan
from calls.voice.refusing import Refusing
from calls.voice.supervising import Supervising
from calls.voice.upkeep import Upkeep

# What is due by the clock is looked after this often, in frames; what was told is looked after at once.
_BEAT_EVERY = 5


class VoiceSession:
    """The conversation of one media stream."""

    def __init__(self, plan: ConversationPlan, *, conduct: Conduct | None = None) -> None:
        self._conduct = conduct or Conduct(plan)
        self._supervising = Supervising(self._conduct)
        self._line_tools = LineTools(self._conduct)
        self._opting_out = OptingOut(self._conduct)
        self._guardrails = Guardrails(self._conduct, self._supervising)
        self._upkeep = Upkeep(self._conduct, self._supervising, self._line_tools, self._opting_out, self._guardrails)
        self._refusing = Refusing(self._conduct)
        self._machine = MachineWatch(self._conduct)
        self._frames = 0
        self._last_sequence = -1
        self._last_payload = ""
        self.passed = ""  # the newest frame as anybody may hear it: silence where a secret may be in it

    @property
    def now_ms(self) -> int:
        """The caller's media clock."""
        return self._conduct.now_ms

    @property
    def is_line_gone(self) -> bool:
        """True once the carrier's side has ended: nothing more comes from it or goes to it."""
        return self._conduct.is_over or self._conduct.line_gone_because is not None

    def since_frame(self, ms: float) -> None:
        """Carry the clock on between two frames; the shell's own clock may say by how much. Never needed in tests."""
        self._conduct.timeline.since_frame(ms)

    def effects(self) -> list[e.Effect]:
        """What is to be done now, in order; each effect is given out once."""
        return self._conduct.out.take()

    # --- from the carrier ---------------------------------------------------------------------------------------

    def frame(self, payload: str, at_ms: int, sequence: int) -> bool:
        """Take one frame of the caller. True: pass it to the model as it is, and nothing else is to be done.

        False: whatever is to be done, passing it on included, is among the effects.
        """
        conduct = self._conduct
        if conduct.is_over or conduct.line_gone_because is not None:
            return False
        if sequence == self._last_sequence and payload == self._last_payload:  # sent twice
            return False
        self._last_sequence, self._last_payload = sequence, payload
        length = audio.payload_bytes(payload)
        fill_ms = conduct.timeline.frame(at_ms, length)
        if fill_ms:
            self._append(audio.silence(fill_ms))
        is_sealed = conduct.seal.is_on
        if is_sealed:
            payload = conduct.seal.passed(payload)
        self.passed = payload
        conduct.recent.frame(payload)
        if self._machine.is_on:
            self._machine.frame(payload, length // audio.BYTES_PER_MS)
        self._frames += 1
        is_beat = self._frames % _BEAT_EVERY == 0
        out = conduct.out
        is_plain = out.is_model_open and not out.has_any and not is_sealed
        if not is_plain:
            out.to_model(e.AppendAudio(payload))
        if is_beat:
            self._beat()
            if is_plain and out.has_any:
                out.put_first(e.AppendAudio(payload))  # it came before what is due now
                return False
        return is_plain

    def _beat(self) -> None:
        conduct = self._conduct
        now = conduct.now_ms
        if (words := conduct.turns.shown_words(now)) is not None:
            conduct.out.put(words)
        if (turn := conduct.turns.growing(now)) is not None:
            conduct.out.put(turn)
        self._upkeep.beat()

    def _append(self, payload: str) -> None:
        self._conduct.recent.frame(payload)
        self._conduct.out.to_model(e.AppendAudio(payload))

    def from_carrier(self, message: m.CarrierMessage) -> None:
        """Take one message of the carrier's stream."""
        conduct = self._conduct
        if self.is_line_gone:
            return
        match message:
            case m.CallerAudio(payload, at_ms, sequence):
                if self.frame(payload, at_ms, sequence):
                    conduct.out.to_model(e.AppendAudio(payload))
            case m.MarkReturned(name):
                conduct.playback.mark_returned(name, conduct.now_ms)
                conduct.heard_out()
                conduct.close_if_due()
            case m.KeyPressed(digit):
                if not self._line_tools.press(digit):
                    self._key_pressed(digit)
            case m.StreamStarted():
                conduct.begin()
            case m.StreamStopped():
                self._opting_out.line_gone()
                conduct.line_gone(m.EndReason.CARRIER_STOPPED)
            case m.StreamBroken(reason):
                conduct.line_gone(reason)

    def _key_pressed(self, digit: str) -> None:
        conduct = self._conduct
        conduct.note("key_pressed", digit=digit)
        conduct.caller_active(is_certain=True)
        if conduct.is_listening:
            conduct.interrupt(cancel=True)
        if not (conduct.keypad.is_empty and (self._opting_out.key(digit) or self._refusing.key(digit))):
            conduct.keypad.press(digit, conduct.now_ms)
            conduct.tell_keys()

    # --- from the model -----------------------------------------------------------------------------------------

    def from_model(self, message: m.ModelMessage) -> None:
        """Take one message of the model."""
        conduct = self._conduct
        if conduct.is_over:
            return
        if conduct.line_gone_because is not None:
            self._last_words(message, conduct.line_gone_because)
            return
        match message:
            case m.AudioDelta():  # first what comes most often
                self._audio_delta(message)
            case m.AssistantWords(response_id, item_id, text, is_final):
                if not conduct.responses.is_stale(response_id):
                    conduct.turns.assistant_words(response_id, item_id, text, is_final=is_final)
            case m.ModelReady(expires_in_ms):
                if not conduct.out.is_model_open:
                    conduct.model_opened(expires_in_ms)
            case m.ModelLost():
                conduct.model_down(message)
            case m.SpareReady(expires_in_ms):
                conduct.link.spare_ready(expires_in_ms)
            case m.SpareLost():
                conduct.link.spare_lost(conduct.now_ms)
            case m.SpeechStarted() | m.SpeechStopped() | m.CallerWords() | m.CallerWordsFailed():
                self._from_listening(message)
            case m.ToolCalled():
                self._tool_called(message)
            case m.ResponseStarted(response_id):
                is_asked = conduct.responses.started(response_id)
                self._opting_out.response_begins(is_asked=is_asked)
            case m.ResponseEnded():
                self._response_ended(message)
            case m.SummaryWritten(text):
                if orders := conduct.memory.summarised(text):
                    conduct.out.to_model(*orders)
                    conduct.note("old_sound_replaced", items=len(orders) - 1)
                conduct.remember()
            case m.AsideEnded(response_id, usage):
                conduct.out.put(e.Used("response", response_id, usage))
            case m.TranscriptionUsage(item_id, usage):
                conduct.out.put(e.Used("transcription", item_id, usage))
            case m.ModelFault():
                self._model_fault(message)
        conduct.close_if_due()

    def _last_words(self, message: m.ModelMessage, reason: m.EndReason) -> None:
        """The line is gone: only what the caller said last still counts."""
        conduct = self._conduct
        match message:
            case m.CallerWords() | m.CallerWordsFailed():
                self._from_listening(message)
            case m.TranscriptionUsage(item_id, usage):
                conduct.out.put(e.Used("transcription", item_id, usage))
            case m.ModelLost():
                conduct.end(reason)
        if conduct.turns.unwritten_since() is None:
            conduct.end(reason)

    def _from_listening(self, message: m.SpeechStarted | m.SpeechStopped | m.CallerWords | m.CallerWordsFailed) -> None:
        conduct = self._conduct
        now = conduct.now_ms
        match message:
            case m.SpeechStarted(item_id, audio_ms):
                is_over_voice = not conduct.playback.is_dry(now)
                conduct.is_caller_speaking = True
                conduct.recent.hold()
                conduct.turns.speech_started(item_id, conduct.timeline.caller_ms(audio_ms))
                conduct.caller_active(is_certain=False)
                if not conduct.is_listening:
                    conduct.was_spoken_over = True
                elif conduct.barge_in.is_patient:
                    conduct.barge_in.started(item_id, now, is_over_voice=is_over_voice)
                else:
                    conduct.interrupt(cancel=False)
            case m.SpeechStopped(item_id, audio_ms):
                conduct.is_caller_speaking = False
                conduct.turns.speech_stopped(item_id, conduct.timeline.caller_ms(audio_ms))
                conduct.pauses.maybe_speech(now)
                if not conduct.is_listening:
                    pass  # answered when the greeting is over
                elif conduct.barge_in.is_patient:
                    conduct.judge(conduct.barge_in.stopped(item_id, now))
                else:
                    conduct.responses.is_answer_due = True
            case m.CallerWords(item_id, text, is_final):
                words = conduct.turns.customer_words(item_id, text, now, is_final=is_final)
                if isinstance(words, e.Words):
                    conduct.out.put(words)
                else:
                    conduct.spoken(words)
                    conduct.words_written(item_id, text)
                    self._machine.words(text)
                    self._refusing.words(text)
                    self._opting_out.words(text)
                    self._guardrails.caller_said(text)
                    if text.strip():
                        self._line_tools.words_spoken()
            case m.CallerWordsFailed(item_id, code):
                conduct.spoken(conduct.turns.customer_words_failed(item_id, now))
                conduct.note("transcription_failed", code=code)
                conduct.words_written(item_id, "?")
                self._line_tools.words_spoken()

    def _audio_delta(self, delta: m.AudioDelta) -> None:
        conduct = self._conduct
        if not delta.payload or conduct.is_silenced or conduct.responses.is_stale(delta.response_id):
            return
        conduct.play(delta.item_id, delta.payload)
        conduct.turns.assistant_sound(delta.response_id, delta.item_id, conduct.now_ms)
        if conduct.closing.needs_goodbye:
            conduct.closing.goodbye_asked()

    def _tool_called(self, call: m.ToolCalled) -> None:
        conduct = self._conduct
        is_stale = conduct.responses.is_stale(call.response_id)
        if not is_stale and conduct.responses.tool_called(call.call_id, call.response_id):
            conduct.note("tool_called", name=call.name, call_id=call.call_id)
            conduct.memory.tool_called(
                call.call_id, call.name, call.arguments, at_ms=conduct.plan.elapsed_ms + conduct.now_ms
            )
            conduct.remember()
            self._opting_out.tool_called(call)
            if not self._line_tools.take(call):
                conduct.out.put(e.RunTool(call.call_id, call.name, call.arguments))

    def _response_ended(self, response: m.ResponseEnded) -> None:
        conduct = self._conduct
        conduct.out.put(e.Used("response", response.response_id, response.usage))
        conduct.memory.old_sound.used(response.usage)
        conduct.turns.response_ended(response.response_id)
        conduct.heard_out()
        conduct.out.to_model(*conduct.responses.ended(response.response_id))
        if response.status != "failed":
            conduct.responses.succeeded()
            return
        conduct.note("response_failed", reason=response.reason)
        if conduct.responses.failed():
            conduct.end(m.EndReason.MODEL_LOST)
        else:
            conduct.wish()

    def _model_fault(self, fault: m.ModelFault) -> None:
        if fault.code == "conversation_already_has_active_response":
            self._conduct.responses.refused_as_second()
            self._opting_out.was_second()
        elif fault.code != "response_cancel_not_active":
            self._conduct.note("model_fault", code=fault.code, param=fault.param)

    # --- what is heard -----------------------------------------------------------------------------------------

    def played(self) -> int:
        """Bytes the caller has heard of everything that was sent to the carrier; what was cleared does not count."""
        return self._conduct.playback.played(self.now_ms)

    def queued(self) -> tuple[int, list[str]]:
        """The sound on its way to the caller, oldest first, and how many bytes were played before it."""
        return self._conduct.playback.queued()

    # --- from a tool, from a supervisor, from the shell ---------------------------------------------------------

    def from_tool(self, result: m.ToolFinished) -> None:
        """Take a tool's answer."""
        conduct = self._conduct
        if self._line_tools.finished(result) or self._opting_out.tool_finished(result):
            return
        if self._guardrails.finished(result):
            return
        response_id = conduct.answer_tool(
            result.call_id, result.output, is_error=result.is_error, is_spoken_of=not result.hang_up
        )
        if response_id is None:
            return
        if result.hang_up:
            is_said = conduct.turns.was_voiced(response_id)
            conduct.closing.begin(m.EndReason.ASSISTANT_ENDED, conduct.now_ms, has_goodbye=is_said)
        self._upkeep.beat()

    def from_supervisor(self, message: m.SupervisorMessage) -> None:
        """Take what a supervisor has for the assistant; before the stream has begun it waits for it."""
        if not self.is_line_gone:
            self._supervising.take(message)

    def recording_refused(self, refused: m.RecordingRefused) -> None:
        """The shell has carried out a `RefuseRecording`."""
        if not self.is_line_gone:
            self._refusing.done(refused)

    def opted_out(self, done: m.OptedOut) -> None:
        """The shell has carried out an `OptOut`."""
        if not self.is_line_gone:
            self._opting_out.done(done)

    def hand_over(self, *, at_once: bool = False) -> None:
        """This process is to stop: leave the conversation to another in the next pause, or now."""
        self._conduct.is_handing_over = True
        if at_once and not self.is_line_gone:
            self._conduct.hand_over()

    def time_is_up(self) -> None:
        """The shell waited long enough for the last words."""
        if self._conduct.line_gone_because is not None:
            self._conduct.end(self._conduct.line_gone_because)
