"""The rules of one conversation by sound: kept here, whatever the model makes of its prompt.

What trips them is in `guard_watch`; what a rule does is ordered like anything else.
"""

from calls.voice import messages as m
from calls.voice.conduct import OURS, Conduct
from calls.voice.guard_watch import TAKES_OVER, Watch, not_put_through, put_through, told
from calls.voice.guard_words import Rule
from calls.voice.plan import say_exactly
from calls.voice.supervising import Supervising


class Guardrails:
    """The rules of one conversation."""

    def __init__(self, conduct: Conduct, supervising: Supervising) -> None:
        self._conduct, self._supervising = conduct, supervising
        plan = conduct.plan
        self._watch = Watch(plan.rules, fired=plan.rules_fired, voiced=len(conduct.memory.voiced))
        self._running: dict[str, Rule] = {}  # tool calls of rules

    @property
    def _is_kept(self) -> bool:
        """False once the end is decided, or nobody hears us."""
        if not self._watch.has_any:
            return False
        conduct = self._conduct
        return not (conduct.is_over or conduct.line_gone_because is not None or conduct.closing.is_under_way)

    def caller_said(self, text: str) -> None:
        """The caller has said this."""
        if self._is_kept:
            self._fire(self._watch.caller_said(text))

    def finished(self, result: m.ToolFinished) -> bool:
        """A tool has answered. True when a rule had begun it: then nobody else need look at it."""
        conduct, rule = self._conduct, self._running.pop(result.call_id, None)
        if rule is None:
            if self._is_kept:
                self._fire(self._watch.tool_finished(is_error=result.is_error))
            return False
        if result.is_error:
            conduct.note("rule_not_carried_out", rule=rule.name)
            conduct.tell(not_put_through(rule, result.output))
            if not conduct.is_caller_speaking:
                conduct.wish()
        return True

    def beat(self) -> bool:
        """What is due by the clock or was heard meanwhile. True when a rule takes the caller away."""
        conduct = self._conduct
        if not self._is_kept:
            return False
        is_expected = conduct.responses.is_busy or conduct.responses.is_answer_due or not conduct.out.is_model_open
        is_heard = conduct.is_caller_speaking or not conduct.playback.is_dry(conduct.now_ms, but_for=OURS)
        return self._fire(
            self._watch.beat(
                conduct.now_ms,
                elapsed_ms=conduct.plan.elapsed_ms + conduct.now_ms,
                is_active=is_expected or is_heard,
                prompts=conduct.pauses.prompts,
                voiced=conduct.memory.voiced,
            )
        )

    def _fire(self, tripped: list[Rule]) -> bool:
        conduct = self._conduct
        for rule in tripped:
            conduct.note("rule_fired", ref=rule.ref, rule=rule.name, trigger=rule.trigger, action=rule.action)
            if rule.action == "say":
                self._supervising.take(m.Advice(rule.ref, rule.text, aloud=True))
            elif rule.action == "end":
                conduct.interrupt(cancel=True)
                conduct.wish(say_exactly(rule.text or conduct.plan.goodbye))
                conduct.closing.begin(m.EndReason.ASSISTANT_ENDED, conduct.now_ms, has_goodbye=True, is_final=True)
            elif rule.action == "transfer":  # without waiting for what the model is about to say
                conduct.interrupt(cancel=True)
                run = put_through(rule, at_ms=conduct.plan.elapsed_ms + conduct.now_ms)
                self._running[run.call_id] = rule
                conduct.out.put(run)
            else:
                conduct.tell(told(rule))
        return any(rule.action in TAKES_OVER for rule in tripped)
