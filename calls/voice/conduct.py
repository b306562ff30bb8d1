"""How a conversation is led: the parts of a session together, and the verbs that move them.

`session` says what happened and calls a verb, `upkeep` what is due by the clock; what follows is ordered in the outbox.
Time is the caller's media clock.
"""

from typing import Any

from calls.voice import audio
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.barge_in import BargeIn, Verdict
from calls.voice.call_length import CallLength
from calls.voice.closing import Closing
from calls.voice.keypad import Keypad
from calls.voice.memory import Memory
from calls.voice.model_link import ModelLink
from calls.voice.outbox import Outbox
from calls.voice.pauses import Pauses
from calls.voice.plan import TAKE_UP, TOLD, ConversationPlan, say_exactly
from calls.voice.playback import Playback
from calls.voice.recent_sound import RecentSound
from calls.voice.responses import Responses
from calls.voice.seal import Seal
from calls.voice.timeline import Timeline
from calls.voice.turns import Turns

# Sound of our own, between the assistant's: it belongs to no turn and is never told to the model.
OURS = "ours"


class Conduct:
    """The state of one conversation and what can be done in it."""

    def __init__(
        self,
        plan: ConversationPlan,
        *,
        out: Outbox | None = None,
        timeline: Timeline | None = None,
        playback: Playback | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self.plan = plan
        self.out = out or Outbox()
        self.timeline = timeline or Timeline()
        self.recent = RecentSound()
        self.playback = playback or Playback()
        self.turns = Turns(self.playback)
        self.responses = Responses()
        self.closing = Closing()
        self.memory = Memory(plan.resumed, sound_limit=plan.sound_limit)
        self.pauses = pauses or Pauses(prompt_after_ms=plan.prompt_after_ms, prompts=self.memory.prompts)
        self.keypad = Keypad()
        self.seal = Seal(is_after_capture=plan.is_after_capture)
        self.link = ModelLink()
        self.barge_in = BargeIn(least_ms=plan.barge_in_ms, backchannels=plan.backchannels)
        self.length = CallLength(limit_ms=plan.limit_ms, elapsed_ms=plan.elapsed_ms)
        self.is_listening = self._starts_listening = plan.is_greeting_interruptible or not plan.greeting
        self.has_begun, self.has_own_sound = False, True  # (what we play ourselves reaches the caller)
        self.was_spoken_over = False  # the caller spoke during a greeting that cannot be cut
        self.is_caller_speaking = False
        self.is_hanging_up = False
        self.is_silenced = False  # a machine is on the line: nothing more is said to it
        self.is_handing_over = False
        self.is_sending_digits = False  # tones are in the air
        self.is_cut_due = False  # the far end spoke over them
        self.line_gone_because: m.EndReason | None = None
        self.is_over = False
        self._earlier_items: set[str] = set()  # items that the session of the model in use does not know
        self._unwritten_ms: int | None = None  # where words began that a lost session had heard and not written down
        self.recent.hold()

    @property
    def now_ms(self) -> int:
        """The caller's media clock."""
        return self.timeline.now_ms

    @property
    def is_pause(self) -> bool:
        """True while nobody speaks, nothing is expected, and everything said is written down."""
        is_idle = not self.is_caller_speaking and not self.responses.is_busy and not self.responses.is_answer_due
        return is_idle and self.turns.unwritten_since() is None and self.playback.is_dry(self.now_ms, but_for=OURS)

    # --- saying and noting --------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The stream is up: greet, or take the conversation up where another process lost it."""
        if self.has_begun:
            return
        self.has_begun = True
        if self.plan.resumed is not None and self.memory.has_greeted:
            self.memory.interrupted_tools()
            self.note("conversation_resumed")
            self.is_listening = True
            if not self.memory.is_quiet:
                self.wish(TOLD if self.memory.has_news else TAKE_UP)
        elif self.plan.greeting:
            self.wish(say_exactly(self.plan.greeting))

    def play(self, item_id: str, payload: str) -> None:
        """Send a piece of sound to the carrier, and a mark behind it; to a machine nothing is said."""
        if self.is_silenced:
            return
        length = audio.payload_bytes(payload)
        mark = self.playback.enqueue(item_id, length, self.now_ms, payload=payload)
        self.out.put(e.PlayAudio(payload), e.Mark(mark))

    def wish(self, instructions: str = "", *, despite_tools: bool = False) -> None:
        """Have the model speak, now or as soon as it can; `despite_tools`: also while it waits for one."""
        self.out.to_model(*self.responses.wish(e.Respond(instructions), despite_tools=despite_tools))

    def note(self, kind: str, **data: Any) -> None:
        """Keep that something happened."""
        self.out.note(kind, self.now_ms, **data)

    def spoken(self, turn: e.TurnSpoken) -> None:
        """A turn is known as it was heard: into the books, into the memory, and both written down."""
        self.out.put(turn)
        self.memory.said(turn, at_ms=self.plan.elapsed_ms + turn.started_ms)
        self.memory.has_greeted = self.memory.has_greeted or turn.party is m.Party.ASSISTANT
        if summary := self.memory.wants_summary():
            self.out.to_model(e.Summarise(summary))
        self.remember()

    def remember(self, *, is_quiet: bool = False) -> None:
        """Write down what another process needs to go on from here."""
        self.memory.prompts = self.pauses.prompts
        is_owed = self.responses.is_busy or self.responses.is_answer_due
        self.out.put(e.Remember(self.memory.document(is_answer_owed=is_owed, is_quiet=is_quiet)))

    # --- the caller ---------------------------------------------------------------------------------------------

    def caller_active(self, *, is_certain: bool) -> None:
        """The caller speaks or presses a key: an end already decided is called off."""
        if is_certain:
            self.pauses.caller_active(self.now_ms)
        else:
            self.pauses.maybe_speech(self.now_ms)
        if not self.is_hanging_up and self.closing.caller_spoke():
            self.note("ending_called_off")

    def words_written(self, item_id: str, text: str) -> None:
        """It is known by now whether what sounded like speech was any; noise on the line is none."""
        if text.strip():
            self.pauses.was_speech()
            self.closing.was_speech()
        else:
            self.pauses.was_noise()
            self.closing.was_noise()
        if self.turns.unwritten_since() is None:
            self.recent.release()
        if self.barge_in.is_patient:
            self.judge(self.barge_in.words(item_id, text))

    def interrupt(self, *, cancel: bool) -> None:
        """The caller cuts in: silence the line, and tell the model how much of each item was heard."""
        self.out.to_model(*self.responses.interrupted(cancel=cancel))
        if self.is_sending_digits:  # half a row of digits is a wrong one
            self.is_cut_due = True
        else:
            self.silence_line()

    def silence_line(self) -> None:
        """Drop what was not heard yet."""
        self.is_cut_due = False
        cut = self.playback.clear(self.now_ms)
        if cut:
            self.out.put(e.Clear())
        for heard in cut:
            if heard.item_id == OURS:
                continue
            if heard.item_id not in self._earlier_items:
                self.out.to_model(e.Truncate(heard.item_id, heard.heard_ms))
            self.note("cut", item_id=heard.item_id, heard_ms=heard.heard_ms, sent_ms=heard.sent_ms)
            turn = self.turns.cut(heard.item_id, heard.heard_ms, heard.sent_ms)
            if turn is not None:
                self.spoken(turn)

    def judge(self, verdict: Verdict) -> None:
        """Do what a stretch of speech calls for, where that is ours to decide."""
        if verdict is Verdict.IGNORE:
            self.note("speech_ignored")
            self.responses.is_answer_due = False
        elif verdict is Verdict.INTERRUPT:
            self.interrupt(cancel=True)
        if verdict in (Verdict.ANSWER, Verdict.INTERRUPT) and not self.is_caller_speaking:
            self.wish()

    def tell_keys(self) -> None:
        """Hand a complete entry on the keypad to the model."""
        keys = self.keypad.take(self.now_ms)
        if keys and self.plan.is_keypad_told:
            text = f"[keypad] {keys}"
            self.memory.keyed(text, at_ms=self.plan.elapsed_ms + self.now_ms)
            self.out.to_model(e.AddMessage("user", text))
            self.wish()
            self.remember()

    def tell(self, text: str) -> None:
        """Let the model know of something that nobody on the line has said."""
        self.memory.noted(text, at_ms=self.plan.elapsed_ms + self.now_ms)
        self.out.to_model(e.AddMessage("system", text))
        self.remember()

    def answer_tool(
        self, call_id: str, output: str, *, is_error: bool = False, is_spoken_of: bool = True
    ) -> str | None:
        """A tool has answered: the response that had asked for it, None when nobody waits for it any more."""
        response_id = self.responses.tool_finished(call_id)
        self.memory.tool_answered(call_id, output)
        if self.is_over or self.line_gone_because is not None or response_id is None:
            return None
        self.note("tool_finished", call_id=call_id, is_error=is_error)
        self.remember()
        self.out.to_model(e.AnswerTool(call_id, output))
        if is_spoken_of and not self.is_caller_speaking:  # else the model answers by itself when they have finished
            self.wish()
        return response_id

    def unseal(self) -> None:
        """Keys are known again."""
        self.seal.lift()
        self._note_dropped_keys()

    def _note_dropped_keys(self) -> None:
        if dropped := self.seal.take_dropped():
            self.note("keys_dropped", count=dropped)

    # --- the model ----------------------------------------------------------------------------------------------

    def model_opened(self, expires_in_ms: int | None) -> None:
        """A session is open: tell it what has been said, what is being said, and what is wanted of it."""
        self.link.ready(self.now_ms, expires_in_ms)
        self.out.is_model_open = True
        self._tell_model_everything()

    def model_switched(self) -> None:
        """The spare takes over from a session that lives no longer."""
        self.note("model_renewed")
        self.responses.model_lost(heard=self._is_response_heard())
        self.out.put(e.SwitchModel())
        self._leave_session()
        self._tell_model_everything()

    def _leave_session(self) -> None:
        """The session in use is left, with what it had heard and not written down yet."""
        self._earlier_items |= self.playback.item_ids()
        unwritten_ms = self.turns.model_lost()
        if unwritten_ms is not None:
            self._unwritten_ms = unwritten_ms
        self.memory.model_lost()
        self.is_caller_speaking = False

    def _tell_model_everything(self) -> None:
        self.out.to_model(*self.memory.recalled())
        self.out.to_model(*(e.AddMessage("assistant", text) for text in self.turns.in_the_air()))
        if self.is_listening and not self._starts_listening:
            self.out.to_model(e.ListenAgain())
        start_ms = self.turns.written_until_ms if self._unwritten_ms is None else self._unwritten_ms
        begins_ms, frames = self.recent.since(start_ms, self.now_ms)
        self.timeline.new_session(begins_ms, self.now_ms - begins_ms)
        self.out.to_model(*(e.AppendAudio(frame) for frame in frames))
        if self._unwritten_ms is not None:
            self.responses.forget_wish()  # the words are heard again, and answered
        self._unwritten_ms = None
        self.recent.release()
        self.pauses.new_session()
        self.out.to_model(*self.responses.model_opened())

    def model_down(self, lost: m.ModelLost) -> None:
        """The session died, or could not be opened: open another, as long as there is hope."""
        retry = self.link.lost(self.now_ms, is_permanent=lost.is_permanent)
        if self.out.is_model_open:
            self.note("model_lost")
            self.out.is_model_open = False
            self.responses.model_lost(heard=self._is_response_heard())
            self._leave_session()
            self.recent.hold()
        if self.closing.has_goodbye:
            return  # it is on its way to the caller: let it be heard
        if retry is None:
            self.note("model_given_up", why=lost.why)
            self.end(m.EndReason.MODEL_UNREACHABLE if lost.unreachable else m.EndReason.MODEL_LOST)
        else:
            self.note("model_reopened" if not lost.unreachable else "model_not_reached")
            self.out.put(retry)

    def _is_response_heard(self) -> bool:
        return self.turns.has_sound_of(self.responses.active)

    # --- what follows -------------------------------------------------------------------------------------------

    def heard_out(self) -> None:
        """Turns of the assistant that were heard to their end; with the first, an uncuttable greeting is over."""
        for turn in self.turns.heard_out(self.now_ms):
            self.spoken(turn)
            self.link.worked()
            self.closing.assistant_heard(turn.text, self.now_ms)
            if not self.is_listening:
                self.is_listening = True
                self.out.to_model(e.ListenAgain())
                if self.was_spoken_over and not self.is_caller_speaking:
                    self.wish()

    def close_if_due(self) -> None:
        """Release the line, or hand it over, once it is time."""
        if self.is_over or self.is_hanging_up:
            return
        reason = self.closing.due(self.now_ms, is_quiet=self._is_quiet()) if self.closing.is_in_sight else None
        if reason is not None:
            self.is_hanging_up = True
            self.out.put(e.HangUp(reason))
        elif self.is_handing_over and self.is_pause:
            self.hand_over()

    def _is_quiet(self) -> bool:
        is_expected = self.responses.is_busy and self.link.down_since_ms is None
        return not is_expected and not self.is_caller_speaking and self.playback.is_dry(self.now_ms)

    def hand_over(self) -> None:
        """Leave the conversation to another process, at once."""
        self.remember(is_quiet=self.is_pause)
        self.end(m.EndReason.HANDED_OVER)

    # --- the end ------------------------------------------------------------------------------------------------

    def line_gone(self, reason: m.EndReason) -> None:
        """Nobody hears us any more; stay a moment for words that are still being written down."""
        self.line_gone_because = reason
        self._note_dropped_keys()
        for turn in self.turns.close_assistant(self.now_ms):
            self.spoken(turn)
        if not self.out.is_model_open or self.turns.unwritten_since() is None:
            self.end(reason)
            return
        if self.is_caller_speaking:
            self.out.to_model(e.CommitAudio())
        self.out.put(e.Linger())

    def end(self, reason: m.EndReason) -> None:
        """The session is over: what was heard is kept, and the shell closes both sockets."""
        if self.is_over:
            return
        self._note_dropped_keys()
        for turn in (*self.turns.close_assistant(self.now_ms), *self.turns.close_customer(self.now_ms)):
            self.spoken(turn)
        self.out.put(e.Ended(reason))
        self.is_over = True
