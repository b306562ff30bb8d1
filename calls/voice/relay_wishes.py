"""What a caller may want whatever else is said: not to be recorded, and no more calls.

The twin of `refusing` and `opting_out`. What is to be said of it are words of the house, and nothing the model writes
meanwhile is heard.
"""

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.opting_out import ANSWER_MS
from calls.voice.plan import ASK_OPT_OUT, NO_OPT_OUT, OPT_OUT_TOOL, REVIEW_OPT_OUT, UNRECORDED
from calls.voice.relay_talk import Talk

_REFUSAL = "refusal"


class Wishes:
    """The wishes of one conversation; each is asked of the shell once."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._is_refusal_asked = False
        self._is_opt_out_asked = False
        self._doubted = ""  # the words that were in doubt, while the question is open
        self._quiet_ms: int | None = None
        self._tool_calls: set[str] = set()

    @property
    def is_question_open(self) -> bool:
        """True while they have been asked and have not answered."""
        return bool(self._doubted)

    @property
    def is_opting_out(self) -> bool:
        """True from the moment the wish for no more calls is known: what the model would say is not heard."""
        return self._is_opt_out_asked

    def words(self, text: str) -> bool:
        """They have said this. True when it is answered here, and the model is not to be asked."""
        if not self._is_refusal_asked and self._talk.plan.is_objection(text):
            self._refuse(e.RefuseRecording(text))
        if self._is_opt_out_asked:
            return True
        wish = self._talk.plan.opt_out_wish(text)
        if self._doubted:
            return self._answered(text, wish)
        if wish == ASK_OPT_OUT:
            self._doubted, self._quiet_ms = text, None
            self._talk.note("opt_out_doubted")
            self._talk.drop_answer()
            self._talk.say(self._talk.plan.opt_out_question)
            return True
        if wish == NO_OPT_OUT:
            return False
        self._opt_out(e.OptOut(text, needs_review=wish == REVIEW_OPT_OUT))
        return True

    def key(self, digit: str) -> bool:
        """They have pressed this key. True when it means one of these wishes: then it is no entry."""
        plan = self._talk.plan
        if digit and digit == plan.opt_out_key:
            if not self._is_opt_out_asked:
                self._opt_out(e.OptOut(digit, by_key=True))
            return True
        if digit and digit == plan.refusal_key:
            if not self._is_refusal_asked:
                self._refuse(e.RefuseRecording(digit, by_key=True))
            return True
        return False

    def _refuse(self, refusal: e.RefuseRecording) -> None:
        self._is_refusal_asked = True
        self._talk.put(refusal)

    def _opt_out(self, wish: e.OptOut) -> None:
        self._is_opt_out_asked, self._doubted = True, ""
        self._talk.drop_answer()
        self._talk.put(wish)

    def _answered(self, text: str, wish: str) -> bool:
        plan, doubted = self._talk.plan, self._doubted
        is_wanted = plan.opt_out_answer(text)
        if is_wanted is None:
            is_wanted = wish != NO_OPT_OUT or plan.is_opt_out_presumed
        if is_wanted:
            self._opt_out(e.OptOut(f"{doubted} / {text}", needs_review=wish == REVIEW_OPT_OUT))
        else:
            self._doubted = ""
            self._talk.note("opt_out_taken_back")
        return is_wanted

    def beat(self) -> None:
        """Who is silent after the question has not taken it back."""
        talk = self._talk
        if not self._doubted:
            return
        if not talk.is_pause:
            self._quiet_ms = None
        elif self._quiet_ms is None:
            self._quiet_ms = talk.now_ms
        elif talk.now_ms >= self._quiet_ms + ANSWER_MS:
            self._opt_out(e.OptOut(self._doubted))

    def line_gone(self) -> None:
        """They have hung up; who was asked and did not answer did not take it back."""
        if self._doubted:
            self._opt_out(e.OptOut(self._doubted))

    # --- carried out ---

    def tool_called(self, call: m.ToolCalled) -> None:
        """The model has understood it, and asks for the tool."""
        if call.name == OPT_OUT_TOOL:
            self._tool_calls.add(call.call_id)

    def tool_finished(self, result: m.ToolFinished) -> bool:
        """The tool has answered with what is to be said. True when nobody else need look at it."""
        if result.call_id not in self._tool_calls:
            return False
        self._talk.answer_tool(result.call_id, result.output, is_error=result.is_error, is_spoken_of=result.is_error)
        if not result.is_error and not self._is_opt_out_asked:
            self._is_opt_out_asked, self._doubted = True, ""
            self._end(result.output, m.EndReason.OPTED_OUT)
        return True

    def opted_out(self, done: m.OptedOut) -> None:
        """It has been carried out: they hear so, and the call ends."""
        self._keep(OPT_OUT_TOOL, OPT_OUT_TOOL, done.words)
        self._end(done.words, m.EndReason.OPTED_OUT)

    def recording_refused(self, refused: m.RecordingRefused) -> None:
        """It has been carried out: the caller hears that, or our thanks and the end of the call."""
        if refused.ends:
            self._end(self._talk.plan.parting, m.EndReason.RECORDING_REFUSED)
            return
        self._keep(_REFUSAL, "stop_recording", UNRECORDED)
        self._talk.history.told("system", UNRECORDED)
        if refused.by_key:
            self._talk.say(self._talk.plan.recording_stopped)

    def _keep(self, ref: str, tool: str, output: str) -> None:
        self._talk.memory.tool_called(ref, tool, "{}", at_ms=self._talk.call_ms)
        self._talk.memory.tool_answered(ref, output)
        self._talk.remember()

    def _end(self, words: str, reason: m.EndReason) -> None:
        talk = self._talk
        talk.drop_answer()
        talk.is_owed = False
        talk.say(words)
        talk.closing.begin(reason, talk.now_ms, has_goodbye=True, is_final=True)
