"""What is due by the clock, whoever speaks or does not: pauses, the length of the call, a session that expires."""

from calls.voice import audio
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.call_length import Length
from calls.voice.conduct import OURS, Conduct
from calls.voice.guardrails import Guardrails
from calls.voice.line_tools import LineTools
from calls.voice.opting_out import OptingOut
from calls.voice.pauses import Pause
from calls.voice.plan import KEEP_COMPANY, say_exactly
from calls.voice.supervising import Supervising


class Upkeep:
    """The beat of one conversation."""

    def __init__(
        self,
        conduct: Conduct,
        supervising: Supervising,
        line_tools: LineTools,
        opting_out: OptingOut,
        guardrails: Guardrails,
    ) -> None:
        self._guardrails = guardrails
        self._conduct = conduct
        self._supervising = supervising
        self._line_tools = line_tools
        self._opting_out = opting_out

    def beat(self) -> None:
        """Whatever is due at this moment of the caller's clock."""
        conduct = self._conduct
        now = conduct.now_ms
        if conduct.link.is_overdue(now):
            conduct.end(m.EndReason.MODEL_UNREACHABLE)
            return
        conduct.heard_out()
        if not conduct.keypad.is_empty:
            conduct.tell_keys()
        self._line_tools.beat()
        if conduct.is_caller_speaking or not conduct.playback.is_dry(now, but_for=OURS):
            conduct.pauses.sound(now)
        if conduct.barge_in.is_patient:
            conduct.judge(conduct.barge_in.due(now))
        if conduct.closing.needs_goodbye and not conduct.responses.is_busy:
            conduct.wish(say_exactly(conduct.plan.goodbye))
            conduct.closing.goodbye_asked()
        conduct.close_if_due()
        if conduct.link.is_ending(now):
            self._renew_model(now)
        self._supervising.beat()
        self._opting_out.beat()
        self._guardrails.beat()
        if not conduct.closing.is_under_way:
            if conduct.length.is_near(now):
                self._mind_the_length(now)
            self._mind_the_pause(now)

    def _renew_model(self, now: int) -> None:
        conduct = self._conduct
        order = conduct.link.due(now, is_pause=conduct.is_pause)
        if isinstance(order, e.OpenSpare):
            conduct.out.put(order)
        elif order is not None:
            conduct.model_switched()

    def _mind_the_length(self, now: int) -> None:
        conduct = self._conduct
        due = conduct.length.due(now, is_pause=conduct.is_pause)
        if due is Length.WARN:
            conduct.note("length_warned")
            conduct.wish(say_exactly(conduct.plan.length_warning))
        elif due is Length.END:
            conduct.interrupt(cancel=True)
            conduct.wish(say_exactly(conduct.plan.time_over))
            conduct.closing.begin(m.EndReason.CALL_TOO_LONG, now, has_goodbye=True, is_final=True)

    def _mind_the_pause(self, now: int) -> None:
        conduct = self._conduct
        if self._line_tools.is_entry_awaited:  # its own clock runs
            conduct.pauses.sound(now)
            return
        is_expected = conduct.responses.is_busy or conduct.responses.is_answer_due or conduct.link.is_missed(now)
        pause = conduct.pauses.due(
            now,
            is_model_expected=is_expected,
            down_since_ms=conduct.link.down_since_ms,
            is_decision_awaited=self._supervising.is_awaited,
        )
        if pause is not None:
            self._fill(pause, now)

    def _fill(self, pause: Pause, now: int) -> None:
        conduct = self._conduct
        if pause is Pause.FILLER:
            if conduct.has_own_sound:
                conduct.note("filler_played")
            conduct.play(OURS, conduct.plan.filler or audio.comfort_tone())
        elif pause is Pause.COMFORT:
            conduct.play(OURS, audio.comfort_tone())
        elif pause is Pause.COMPANY:
            conduct.note("company_kept")
            conduct.wish(KEEP_COMPANY)
        elif pause is Pause.PROMPT:
            conduct.note("silence_prompted")
            conduct.wish(say_exactly(conduct.plan.still_there))
        elif pause is Pause.GIVE_UP and not self._guardrails.beat():  # a rule may have something better
            conduct.wish(say_exactly(conduct.plan.giving_up))
            conduct.closing.begin(m.EndReason.CALLER_SILENT, now, has_goodbye=True)
        elif pause is Pause.MODEL_STALLED:
            conduct.note("model_stalled")
            conduct.model_down(m.ModelLost())
