"""Somebody wants no more calls: noticed in their words or by a key, carried out by the shell, confirmed, and the end.

Who leaves it in doubt is asked once. Silence is no retraction, nor is hanging up; a plain no is one. Whatever the model
would say meanwhile is not heard.
"""

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.conduct import OURS, Conduct
from calls.voice.plan import ASK_OPT_OUT, NO_OPT_OUT, OPT_OUT_TOOL, REVIEW_OPT_OUT, say_exactly

# The question is waited for so long, once it was heard.
ANSWER_MS = 5_000


class OptingOut:
    """The wish of one conversation; it is asked of the shell once."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._is_wished = False
        self._tool_calls: set[str] = set()
        self._doubted = ""  # the words that were in doubt, while the question is open
        self._quiet_ms: int | None = None  # since when nobody has said anything to it
        self._words = ""  # what must be said, by us
        self._is_begun = False  # the model has begun to say it

    @property
    def is_question_open(self) -> bool:
        """True while they have been asked and have not answered."""
        return bool(self._doubted)

    # --- what they say and press ---

    def words(self, text: str) -> None:
        """They have said this."""
        if self._is_wished:
            return
        wish = self._conduct.plan.opt_out_wish(text)
        if self._doubted:
            self._answered(text, wish)
        elif wish == ASK_OPT_OUT and self._conduct.line_gone_because is None:
            self._ask(text)
        elif wish != NO_OPT_OUT:
            self._wish(e.OptOut(text, needs_review=wish == REVIEW_OPT_OUT))

    def key(self, digit: str) -> bool:
        """They have pressed this key. True when it is the one that says so: then it is no entry for the model."""
        if not digit or digit != self._conduct.plan.opt_out_key:
            return False
        if not self._is_wished:
            self._wish(e.OptOut(digit, by_key=True))
        return True

    def tool_called(self, call: m.ToolCalled) -> None:
        """The model has understood it, and asks for the tool."""
        if call.name == OPT_OUT_TOOL:
            self._tool_calls.add(call.call_id)

    def tool_finished(self, result: m.ToolFinished) -> bool:
        """The tool has answered with what is to be said. True when nobody else need look at it."""
        if result.call_id not in self._tool_calls:
            return False
        self._conduct.answer_tool(result.call_id, result.output, is_error=result.is_error, is_spoken_of=result.is_error)
        if not result.is_error and not self._is_wished:
            self._is_wished, self._doubted = True, ""
            self._end(result.output)
        return True

    def line_gone(self) -> None:
        """They have hung up; who was asked and did not answer did not take it back."""
        if self._doubted and not self._is_wished:
            self._wish(e.OptOut(self._doubted))

    def _wish(self, wish: e.OptOut) -> None:
        self._is_wished, self._doubted, self._words = True, "", ""
        self._conduct.out.put(wish)

    # --- in doubt ---

    def _ask(self, text: str) -> None:
        self._doubted, self._quiet_ms = text, None
        self._conduct.note("opt_out_doubted")
        self._say(self._conduct.plan.opt_out_question)

    def _answered(self, text: str, wish: str) -> None:
        plan, doubted = self._conduct.plan, self._doubted
        if not text.strip():
            return
        is_wanted = plan.opt_out_answer(text)
        if is_wanted is None:
            is_wanted = wish != NO_OPT_OUT or plan.is_opt_out_presumed
        if is_wanted:
            self._wish(e.OptOut(f"{doubted} / {text}", needs_review=wish == REVIEW_OPT_OUT))
        else:
            self._doubted = self._words = ""
            self._conduct.note("opt_out_taken_back")

    def beat(self) -> None:
        """Who is silent after the question has not taken it back."""
        conduct = self._conduct
        if not self._doubted or self._is_wished:
            return
        is_waiting = (
            self._is_begun and not conduct.responses.is_busy and conduct.playback.is_dry(conduct.now_ms, but_for=OURS)
        )
        if not is_waiting or conduct.is_caller_speaking or conduct.turns.unwritten_since() is not None:
            self._quiet_ms = None
        elif self._quiet_ms is None:
            self._quiet_ms = conduct.now_ms
        elif conduct.now_ms >= self._quiet_ms + ANSWER_MS:
            self._wish(e.OptOut(self._doubted))

    # --- what is said ---

    def done(self, opted_out: m.OptedOut) -> None:
        """It has been carried out: they hear so, and the call ends."""
        conduct = self._conduct
        conduct.memory.tool_called(OPT_OUT_TOOL, OPT_OUT_TOOL, "{}", at_ms=conduct.plan.elapsed_ms + conduct.now_ms)
        conduct.memory.tool_answered(OPT_OUT_TOOL, opted_out.words)
        conduct.remember()
        self._end(opted_out.words)

    def _end(self, words: str) -> None:
        self._say(words)
        self._conduct.closing.begin(m.EndReason.OPTED_OUT, self._conduct.now_ms, has_goodbye=True, is_final=True)

    def _say(self, words: str) -> None:
        self._words, self._is_begun = words, False
        self._conduct.interrupt(cancel=True)
        self._conduct.wish(say_exactly(words), despite_tools=True)

    def response_begins(self, *, is_asked: bool) -> None:
        """The model begins to speak. What it says of its own accord is not heard, and what must be said comes next."""
        if not self._words:
            return
        if is_asked:
            self._is_begun = True
            return
        conduct = self._conduct
        conduct.out.to_model(*conduct.responses.interrupted(cancel=True))
        if not self._is_begun:
            conduct.wish(say_exactly(self._words), despite_tools=True)

    def was_second(self) -> None:
        """What we asked for was refused, because the model was speaking of its own accord already: that is cut."""
        if self._words:
            self._is_begun = False
            self.response_begins(is_asked=False)
