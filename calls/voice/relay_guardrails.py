"""The rules of one conversation by text. The twin of `guardrails`."""

from calls.voice import messages as m
from calls.voice.guard_watch import TAKES_OVER, Watch, not_put_through, put_through, told
from calls.voice.guard_words import Rule
from calls.voice.relay_supervising import RelaySupervising
from calls.voice.relay_talk import Talk


class RelayGuardrails:
    """The rules of one text conversation."""

    def __init__(self, talk: Talk, supervising: RelaySupervising) -> None:
        self._talk, self._supervising = talk, supervising
        self._watch = Watch(talk.plan.rules, fired=talk.plan.rules_fired, voiced=len(talk.memory.voiced))
        self._running: dict[str, Rule] = {}

    @property
    def _is_kept(self) -> bool:
        return self._watch.has_any and not self._talk.is_over and not self._talk.closing.is_under_way

    def caller_said(self, text: str) -> bool:
        """The caller has said this. True when a rule answers it, and the model is not to be asked."""
        return self._is_kept and self._fire(self._watch.caller_said(text))

    def finished(self, result: m.ToolFinished) -> bool:
        """A tool has answered. True when a rule had begun it: then nobody else need look at it."""
        talk, rule = self._talk, self._running.pop(result.call_id, None)
        if rule is None:
            if self._is_kept:
                self._fire(self._watch.tool_finished(is_error=result.is_error))
            return False
        if result.is_error:
            talk.note("rule_not_carried_out", rule=rule.name)
            talk.tell(not_put_through(rule, result.output))
            talk.ask_when_free()
        return True

    def beat(self) -> bool:
        """What is due by the clock or was heard meanwhile. True when a rule takes the caller away."""
        talk = self._talk
        return self._is_kept and self._fire(
            self._watch.beat(
                talk.now_ms,
                elapsed_ms=talk.call_ms,
                is_active=not talk.is_pause,
                prompts=talk.pauses.prompts,
                voiced=talk.memory.voiced,
            )
        )

    def _fire(self, tripped: list[Rule]) -> bool:
        """Do what the rules want. True when one of them takes the caller out of the conversation."""
        talk = self._talk
        for rule in tripped:
            talk.note("rule_fired", ref=rule.ref, rule=rule.name, trigger=rule.trigger, action=rule.action)
            if rule.action == "say":
                self._supervising.take(m.Advice(rule.ref, rule.text, aloud=True))
            elif rule.action in TAKES_OVER:
                talk.drop_answer()
                talk.is_owed = False
                if rule.action == "end":
                    talk.say(rule.text or talk.plan.goodbye)
                    talk.closing.begin(m.EndReason.ASSISTANT_ENDED, talk.now_ms, has_goodbye=True, is_final=True)
                else:
                    run = put_through(rule, at_ms=talk.call_ms)
                    self._running[run.call_id] = rule
                    talk.put(run)
            else:
                talk.tell(told(rule))
        return any(rule.action in TAKES_OVER for rule in tripped)
