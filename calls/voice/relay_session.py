"""A conversation in text between a model and a caller to whom the carrier listens and speaks, without sockets.

The twin of `session` for ConversationRelay. You must tell it the time (`at`), feed it what the carrier, the model,
tools and supervisors say in the order it came, call `tick` several times a second, and perform what `effects()` returns
after each. The session never waits, reads a clock or touches the network.
"""

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice import relay_messages as r
from calls.voice.call_length import Length
from calls.voice.pauses import Pause
from calls.voice.plan import KEEP_COMPANY, TAKE_UP, TOLD, ConversationPlan
from calls.voice.relay_guardrails import RelayGuardrails
from calls.voice.relay_supervising import RelaySupervising
from calls.voice.relay_talk import Talk
from calls.voice.relay_tools import RelayTools
from calls.voice.relay_wishes import Wishes


class RelaySession:
    """The conversation of one text line."""

    def __init__(self, plan: ConversationPlan, line: r.RelayPlan) -> None:
        self._talk = Talk(plan, line)
        self._wishes = Wishes(self._talk)
        self._tools = RelayTools(self._talk)
        self._supervising = RelaySupervising(self._talk)
        self._guardrails = RelayGuardrails(self._talk, self._supervising)
        self._fillers = 0

    @property
    def is_line_gone(self) -> bool:
        """True once nothing more comes from the carrier's side or goes to it."""
        return self._talk.is_over

    def at(self, now_ms: int) -> None:
        """It is this late; time never runs back."""
        self._talk.now_ms = max(self._talk.now_ms, now_ms)

    def effects(self) -> list[r.RelayEffect]:
        """What is to be done now, in order; each effect is given out once."""
        return self._talk.take()

    def begin(self) -> None:
        """The line is open: greet, or take the conversation up where another line lost it."""
        talk, plan = self._talk, self._talk.plan
        talk.pauses.sound(talk.now_ms)
        if plan.resumed is not None and talk.memory.has_greeted:
            talk.memory.interrupted_tools()
            talk.history.recall(talk.memory)
            talk.note("conversation_resumed")
            if not talk.memory.is_quiet:
                talk.ask(TOLD if talk.memory.has_news else TAKE_UP)
        elif plan.greeting and talk.line.greets:
            talk.greet(plan.greeting)
        else:
            talk.say(plan.greeting, is_interruptible=plan.is_greeting_interruptible)

    # --- from the carrier -------------------------------------------------------------------------------------------

    def from_carrier(self, message: r.RelayMessage) -> None:
        """Take one message of the carrier."""
        talk = self._talk
        if talk.is_over:
            return
        match message:
            case r.Prompted(text, _, is_last):
                self._prompted(text, is_last=is_last)
            case r.Interrupted(heard, after_ms):
                talk.interrupt(heard, after_ms)
                talk.pauses.sound(talk.now_ms)
            case r.Speaking(is_on):
                talk.air.speaking(is_on=is_on, now_ms=talk.now_ms)
            case r.Listening(is_on):
                talk.speech.heard(is_on=is_on, now_ms=talk.now_ms)
                talk.pauses.sound(talk.now_ms)
            case r.Played(text):
                talk.air.played(text)
                talk.pauses.sound(talk.now_ms)
            case r.Complained(what):
                talk.note("carrier_complained", what=what)
            case m.KeyPressed(digit):
                self._key(digit)
            case m.StreamStopped():
                self._wishes.line_gone()
                talk.end(m.EndReason.CARRIER_STOPPED)
            case m.StreamBroken(reason):
                talk.end(reason)
        self._follow()

    def _prompted(self, text: str, *, is_last: bool) -> None:
        talk = self._talk
        if not is_last:
            talk.caller_says(text)
            return
        text = text.strip()
        if not text:
            talk.speech.written("", talk.now_ms)
            return
        talk.caller_active()
        talk.caller_said(text)
        if self._wishes.words(text):
            return
        self._tools.words_spoken()
        if self._guardrails.caller_said(text):
            return
        if not self._is_last_word_spoken:
            talk.ask_when_free()

    def _key(self, digit: str) -> None:
        talk = self._talk
        talk.caller_active()
        if self._tools.press(digit):
            return
        talk.note("key_pressed", digit=digit)
        if not (talk.keypad.is_empty and self._wishes.key(digit)):
            talk.keypad.press(digit, talk.now_ms)

    # --- from the model ---------------------------------------------------------------------------------------------

    def from_model(self, message: r.AnswerMessage) -> None:
        """Take one message of the model; what belongs to an answer nobody wants any more is dropped."""
        talk = self._talk
        if isinstance(message, r.AnswerEnded) and message.usage:
            talk.put(e.Used("response", message.ref, message.usage))
        answer_id = message.response_id if isinstance(message, m.ToolCalled) else message.answer_id
        if talk.is_over or talk.answer is None or talk.answer.answer_id != answer_id:
            return
        match message:
            case r.Piece(_, text):
                talk.piece(text)
            case m.ToolCalled():
                self._tool_called(message)
            case r.AnswerEnded(_, _, _, reason):
                self._answer_ended(reason)
            case r.AnswerFailed():
                talk.failed(message)
        self._follow()

    def _tool_called(self, call: m.ToolCalled) -> None:
        talk = self._talk
        assert talk.answer is not None
        if call.call_id in talk.open_tools:
            return
        talk.open_tools[call.call_id] = talk.answer.spoken is not None
        talk.note("tool_called", name=call.name, call_id=call.call_id)
        talk.memory.tool_called(call.call_id, call.name, call.arguments, at_ms=talk.call_ms)
        talk.history.tool_called(call.call_id, call.name, call.arguments)
        talk.remember()
        self._wishes.tool_called(call)
        self._tools.called(call)

    def _answer_ended(self, reason: str) -> None:
        talk = self._talk
        talk.answered()
        if reason:
            talk.note("response_incomplete", reason=reason)
        if talk.is_owed and not talk.open_tools:
            talk.ask_when_free()

    # --- from tools, supervisors, the shell -------------------------------------------------------------------------

    def from_tool(self, result: m.ToolFinished) -> None:
        """Take a tool's answer."""
        talk = self._talk
        if talk.is_over or self._tools.finished(result) or self._wishes.tool_finished(result):
            self._follow()
            return
        if self._guardrails.finished(result):
            self._follow()
            return
        has_words = talk.open_tools.get(result.call_id, False)
        is_news = talk.answer_tool(
            result.call_id, result.output, is_error=result.is_error, is_spoken_of=not result.hang_up
        )
        if is_news and result.hang_up:
            has_goodbye = has_words or talk.answer is not None
            talk.closing.begin(m.EndReason.ASSISTANT_ENDED, talk.now_ms, has_goodbye=has_goodbye)
        self._follow()

    def from_supervisor(self, message: m.SupervisorMessage) -> None:
        """Take what a supervisor has for the assistant."""
        if not self._talk.is_over:
            self._supervising.take(message)
            self._follow()

    def recording_refused(self, refused: m.RecordingRefused) -> None:
        """The shell has carried out a `RefuseRecording`."""
        if not self._talk.is_over:
            self._wishes.recording_refused(refused)
            self._follow()

    def opted_out(self, done: m.OptedOut) -> None:
        """The shell has carried out an `OptOut`."""
        if not self._talk.is_over:
            self._wishes.opted_out(done)
            self._follow()

    def hand_over(self, *, at_once: bool) -> None:
        """This process is to stop: leave the conversation to another in the next pause, or now."""
        self._talk.is_handing_over = True
        if at_once and not self._talk.is_over:
            self._talk.hand_over()
        self._follow()

    # --- the clock --------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Time has passed: whatever is due."""
        talk = self._talk
        if talk.is_over:
            return
        talk.speech.doubt(talk.now_ms)
        if not talk.air.is_dry(talk.now_ms, but_for_ours=True) or talk.is_caller_speaking:
            talk.pauses.sound(talk.now_ms)
        if talk.is_owed and not talk.open_tools and talk.answer is None and not talk.is_caller_speaking:
            talk.ask()
        if (heard := talk.air.being_heard(talk.now_ms)) is not None:
            talk.put(e.Words(m.Party.ASSISTANT, *heard))
        self._tell_keys()
        self._tools.beat()
        self._wishes.beat()
        self._supervising.beat()
        self._guardrails.beat()
        self._look_at_the_clock()
        self._follow()

    def _follow(self) -> None:
        """What follows from anything that happened."""
        talk = self._talk
        if not talk.is_over:
            talk.heard_out()
            talk.close_if_due()

    def _tell_keys(self) -> None:
        talk = self._talk
        keys = talk.keypad.take(talk.now_ms)
        if keys and talk.plan.is_keypad_told:
            text = f"[keypad] {keys}"
            talk.memory.keyed(text, at_ms=talk.call_ms)
            talk.history.told("user", text)
            talk.remember()
            if not self._is_last_word_spoken:
                talk.ask_when_free()

    @property
    def _is_last_word_spoken(self) -> bool:
        """True when nothing the caller says changes the end any more."""
        return self._talk.is_hanging_up or self._talk.closing.is_under_way

    def _look_at_the_clock(self) -> None:
        talk, plan = self._talk, self._talk.plan
        match talk.length.due(talk.now_ms, is_pause=talk.is_pause):
            case Length.WARN:
                talk.say(plan.length_warning)
            case Length.END:
                talk.drop_answer()
                talk.say(plan.time_over)
                talk.closing.begin(m.EndReason.CALL_TOO_LONG, talk.now_ms, has_goodbye=True, is_final=True)
        if talk.closing.is_under_way or self._wishes.is_opting_out or self._tools.is_entry_awaited:
            return
        if talk.is_caller_speaking or not talk.air.is_dry(talk.now_ms, but_for_ours=True):
            return
        is_expected = talk.answer is not None or bool(talk.open_tools)
        match talk.pauses.due(
            talk.now_ms, is_model_expected=is_expected, is_decision_awaited=self._supervising.is_awaited
        ):
            case Pause.FILLER | Pause.COMFORT:
                self._fill()
            case Pause.COMPANY:
                talk.ask(KEEP_COMPANY)
            case Pause.PROMPT:
                talk.say(plan.still_there)
                talk.remember()
            case Pause.GIVE_UP if not self._guardrails.beat():  # a rule may have something better
                talk.say(plan.giving_up)
                talk.closing.begin(m.EndReason.CALLER_SILENT, talk.now_ms, has_goodbye=True)
            case Pause.MODEL_STALLED:
                self._stalled()

    def _fill(self) -> None:
        fillers = self._talk.line.fillers
        if fillers:
            self._talk.fill(fillers[self._fillers % len(fillers)])
            self._fillers += 1

    def _stalled(self) -> None:
        answer = self._talk.answer
        if answer is not None:
            self._talk.put(r.CancelAsk(answer.answer_id))
            self._talk.failed(r.AnswerFailed(answer.answer_id, "stalled"))
