"""How a text conversation is led: what is said, what is asked of the model, and what is kept of both.

`relay_session` says what happened and calls a verb. The twin of `conduct`, for a line on which the carrier listens and
speaks: a turn of the caller comes whole, ours go out word by word, and the model is told everything with each question.
"""

from dataclasses import dataclass, field
from typing import Any

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice import relay_messages as r
from calls.voice.call_length import CallLength
from calls.voice.closing import Closing
from calls.voice.keypad import Keypad
from calls.voice.memory import Memory
from calls.voice.pauses import Pauses
from calls.voice.plan import GO_ON, ConversationPlan
from calls.voice.relay_air import MS_PER_CHARACTER, Air, Cut, Spoken
from calls.voice.relay_caller import CallerSpeech
from calls.voice.relay_history import History
from calls.voice.speakable import Speakable

# Questions in a row that came to nothing until the model counts as lost.
FAILURES_LIMIT = 3
# Waits before a question, by failures in a row.
RETRY_AFTER_MS = (0, 0, 500)


@dataclass(slots=True)
class Answer:
    """The answer that is being written; `spoken` is None until it has a word."""

    answer_id: str
    asked: r.Ask
    spoken: Spoken | None = None
    voice: Speakable = field(default_factory=Speakable)


class Talk:
    """The state of one text conversation and what can be done in it."""

    def __init__(self, plan: ConversationPlan, line: r.RelayPlan) -> None:
        self.plan, self.line = plan, line
        self.now_ms = 0
        self.air = Air()
        self.memory = Memory(plan.resumed)
        self.history = History()
        self.pauses = Pauses(prompt_after_ms=plan.prompt_after_ms, prompts=self.memory.prompts)
        self.length = CallLength(limit_ms=plan.limit_ms, elapsed_ms=plan.elapsed_ms)
        self.closing = Closing()
        self.keypad = Keypad()
        self.answer: Answer | None = None
        self.open_tools: dict[str, bool] = {}  # by call: whether words of the model came before it
        self.speech = CallerSpeech()
        self._caller_item = ""  # of words that are not whole
        self.is_owed = False  # something is to be answered as soon as tools, or the caller, are done
        self.is_hanging_up = self.is_handing_over = self.is_over = False
        self._out: list[r.RelayEffect] = []
        self._items = self._answers = self._failures = 0
        self._spoke_ms: int | None = None  # the end of the caller's words that have had no answer yet

    # --- what is to be done -----------------------------------------------------------------------------------------

    def put(self, *effects: r.RelayEffect) -> None:
        """Order something."""
        self._out.extend(effects)

    def take(self) -> list[r.RelayEffect]:
        """Everything ordered since the last time."""
        effects, self._out = self._out, []
        return effects

    def note(self, kind: str, **data: Any) -> None:
        """Keep that something happened."""
        self.put(e.Noted(kind, self.now_ms, data))

    def remember(self, *, is_quiet: bool = False) -> None:
        """Write down what another process needs to go on from here."""
        self.memory.prompts = self.pauses.prompts
        self.put(e.Remember(self.memory.document(is_answer_owed=self.is_busy, is_quiet=is_quiet)))

    @property
    def call_ms(self) -> int:
        """Now, on the call's clock."""
        return self.plan.elapsed_ms + self.now_ms

    @property
    def is_caller_speaking(self) -> bool:
        """True while the caller speaks, as far as is known."""
        return self.speech.is_on

    @property
    def is_busy(self) -> bool:
        """True while the model writes, or a tool works, or an answer is owed."""
        return self.answer is not None or bool(self.open_tools) or self.is_owed

    @property
    def is_pause(self) -> bool:
        """True while nobody speaks and nothing is expected."""
        return not self.is_busy and not self.is_caller_speaking and self.air.is_dry(self.now_ms, but_for_ours=True)

    # --- saying -----------------------------------------------------------------------------------------------------

    def _new_item(self, kind: str) -> str:
        self._items += 1
        return f"relay-{self.call_ms}-{kind}-{self._items}"

    def say(self, text: str, *, is_interruptible: bool | None = None) -> None:
        """Say words of the house, as they are; they belong to the conversation."""
        if text:
            spoken = self._begin("said")
            self._add(spoken, text, is_interruptible=is_interruptible)
            self._finish(spoken)

    def greet(self, text: str) -> None:
        """The carrier speaks the greeting by itself."""
        spoken = self._begin("greeting")
        self.air.add(spoken, text, self.now_ms)
        self.history.said(spoken.item_id, text)
        spoken.is_whole = True

    def fill(self, text: str) -> None:
        """Say a few words while the model is waited for: they are heard, and told to nobody."""
        spoken = self.air.begin(self._new_item("filler"), self.now_ms, is_ours=True)
        self.air.add(spoken, text, self.now_ms)
        spoken.is_whole = True
        self.put(r.Say(text, is_last=True))

    def _begin(self, kind: str) -> Spoken:
        response_ms = None
        if self._spoke_ms is not None:
            response_ms, self._spoke_ms = max(self.now_ms - self._spoke_ms, 0), None
        return self.air.begin(self._new_item(kind), self.now_ms, response_ms=response_ms)

    def _add(self, spoken: Spoken, text: str, *, is_interruptible: bool | None = None) -> None:
        self.air.add(spoken, text, self.now_ms)
        self.history.said(spoken.item_id, spoken.text)
        self.put(r.Say(text, is_last=False, is_interruptible=is_interruptible))

    def _finish(self, spoken: Spoken) -> None:
        spoken.is_whole = True
        self.put(r.Say("", is_last=True))

    # --- the model --------------------------------------------------------------------------------------------------

    def ask(self, instructions: str = "") -> None:
        """Have the model answer; what it was writing before is not wanted any more."""
        self.drop_answer()
        self._answers += 1
        self.is_owed = False
        after_ms = RETRY_AFTER_MS[min(self._failures, len(RETRY_AFTER_MS) - 1)]
        asked = r.Ask(f"answer-{self._answers}", self.history.items(self.memory), instructions, after_ms)
        self.answer = Answer(asked.answer_id, asked)
        self.pauses.new_session()
        self.put(asked)

    def ask_when_free(self) -> None:
        """The same, as soon as no tool works and the caller does not speak."""
        if self.open_tools or self.is_caller_speaking:
            self.is_owed = True
        else:
            self.ask()

    def drop_answer(self) -> None:
        """Nothing more of what the model is writing is wanted; what it has said is whole."""
        if self.answer is not None:
            if self.answer.spoken is not None:
                self._finish(self.answer.spoken)
            self.put(r.CancelAsk(self.answer.answer_id))
            self.answer = None

    def piece(self, text: str) -> None:
        """The model's next words, straight to the caller's ear."""
        assert self.answer is not None
        self._speak(self.answer.voice.feed(text))

    def _speak(self, words: str) -> None:
        assert self.answer is not None
        if not words or (self.answer.spoken is None and not words.strip()):
            return
        if self.answer.spoken is None:
            self.answer.spoken = self._begin("answer")
        self._add(self.answer.spoken, words)

    def answered(self) -> str:
        """The answer is whole; its words."""
        assert self.answer is not None
        self._speak(self.answer.voice.rest())
        spoken, self.answer = self.answer.spoken, None
        self._failures = 0
        if spoken is not None:
            self._finish(spoken)
            return spoken.text
        return ""

    def failed(self, failure: r.AnswerFailed) -> None:
        """The question came to nothing: ask again, as long as there is hope."""
        assert self.answer is not None
        answer, self.answer = self.answer, None
        self._failures += 1
        self.note("response_failed", reason=failure.code)
        if answer.spoken is not None:
            self._finish(answer.spoken)
        if self.closing.has_goodbye:
            return  # it is on its way to the caller: let it be heard
        if failure.is_permanent or self._failures >= FAILURES_LIMIT:
            self.end(m.EndReason.MODEL_UNREACHABLE if failure.unreachable else m.EndReason.MODEL_LOST)
        elif not self.open_tools:
            self.ask(GO_ON if answer.spoken is not None else answer.asked.instructions)
        else:
            self.is_owed = True

    def answer_tool(self, call_id: str, output: str, *, is_error: bool = False, is_spoken_of: bool = True) -> bool:
        """A tool has answered. False when nobody waits for it."""
        if self.open_tools.pop(call_id, None) is None:
            return False
        self.memory.tool_answered(call_id, output)
        self.history.tool_answered(call_id, output)
        self.note("tool_finished", call_id=call_id, is_error=is_error)
        self.remember()
        self.is_owed = self.is_owed or is_spoken_of
        if self.is_owed and not self.open_tools and self.answer is None:
            self.ask_when_free()
        return True

    def tell(self, text: str, *, ref: str = "") -> None:
        """Let the model know of something that nobody on the line has said."""
        self.memory.noted(text, at_ms=self.call_ms, ref=ref)
        self.history.told("system", text)
        self.remember()

    # --- the caller -------------------------------------------------------------------------------------------------

    def caller_active(self) -> None:
        """The caller spoke or pressed a key: an end already decided is called off."""
        self.pauses.caller_active(self.now_ms)
        if not self.is_hanging_up and self.closing.caller_spoke():
            self.note("ending_called_off")

    def caller_says(self, text: str) -> None:
        """The caller's words so far; they are shown, and come again when they are whole."""
        self.speech.partly_written(self.now_ms)
        self.pauses.sound(self.now_ms)
        self._caller_item = self._caller_item or self._new_item("caller")
        self.put(e.Words(m.Party.CUSTOMER, self._caller_item, text))

    def caller_said(self, text: str) -> None:
        """The caller's words, whole: into the books, the memory, and what the model is told."""
        started_ms, ended_ms = self.speech.written(text, self.now_ms)
        turn = e.TurnSpoken(m.Party.CUSTOMER, self._caller_item or self._new_item("caller"), started_ms, ended_ms, text)
        self._caller_item = ""
        self._spoke_ms = ended_ms
        self.history.told("user", text)
        self.spoken(turn)

    def spoken(self, turn: e.TurnSpoken) -> None:
        """A turn is known as it was heard."""
        self.put(turn)
        self.memory.said(turn, at_ms=self.plan.elapsed_ms + turn.started_ms)
        self.memory.has_greeted = self.memory.has_greeted or turn.party is m.Party.ASSISTANT
        self.remember()

    def interrupt(self, heard: str, after_ms: int) -> None:
        """The carrier has stopped our words: what was heard stays, and no more of the old answer is sent."""
        cuts = self.air.cut(heard, after_ms, self.now_ms)
        if self.answer is not None:
            self.put(r.CancelAsk(self.answer.answer_id))
            self.answer = None
        for cut in cuts:
            self._cut(cut)

    def _cut(self, cut: Cut) -> None:
        spoken = cut.spoken
        if spoken.is_ours:
            return
        is_cut = bool(cut.unheard) or not spoken.is_whole
        if is_cut:
            self.history.cut(spoken.item_id, cut.heard)
            heard_ms = len(cut.heard) * MS_PER_CHARACTER
            self.note("cut", item_id=spoken.item_id, heard_ms=heard_ms, sent_ms=spoken.needs_ms)
        self.spoken(self._turn(spoken, cut.heard, unheard=cut.unheard, is_cut=is_cut))

    def _turn(self, spoken: Spoken, heard: str, *, unheard: str = "", is_cut: bool = False) -> e.TurnSpoken:
        started_ms = min(spoken.started_ms, self.now_ms)
        ended_ms = self.now_ms if heard else started_ms
        return e.TurnSpoken(
            m.Party.ASSISTANT,
            spoken.item_id,
            started_ms,
            ended_ms,
            heard.strip(),
            unheard=unheard,
            is_cut=is_cut,
            response_ms=spoken.response_ms,
        )

    def heard_out(self) -> None:
        """Our turns that were heard to their end."""
        for spoken in self.air.heard_out(self.now_ms):
            if not spoken.is_ours:
                self.spoken(self._turn(spoken, spoken.text))
                self.closing.assistant_heard(spoken.text, self.now_ms)

    # --- the end ----------------------------------------------------------------------------------------------------

    def close_if_due(self) -> None:
        """Release the line, or hand it over, once it is time."""
        if self.is_over or self.is_hanging_up:
            return
        if self.closing.needs_goodbye and self.answer is None and not self.open_tools:
            self.say(self.plan.goodbye)
            self.closing.goodbye_asked()
        is_quiet = not self.is_busy and not self.is_caller_speaking and self.air.is_dry(self.now_ms)
        reason = self.closing.due(self.now_ms, is_quiet=is_quiet)
        if reason is not None:
            self.is_hanging_up = True
            self.put(e.HangUp(reason))
        elif self.is_handing_over and self.is_pause:
            self.hand_over()

    def hand_over(self) -> None:
        """Leave the conversation to another process, at once."""
        self.remember(is_quiet=self.is_pause)
        self.end(m.EndReason.HANDED_OVER)

    def end(self, reason: m.EndReason) -> None:
        """The session is over: what was heard is kept, and the shell closes the line."""
        if self.is_over:
            return
        if self.answer is not None:
            self.put(r.CancelAsk(self.answer.answer_id))
            self.answer = None
        for cut in self.air.close(self.now_ms):
            self._cut(cut)
        self.put(e.Ended(reason))
        self.is_over = True
