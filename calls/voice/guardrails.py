"""The rules of one conversation: watched for here, whatever the model makes of its prompt. Each is kept once a call.

A rule is tripped by what was said, by tools that fail, or by the clock; what it does is ordered like anything else.
"""

import json

from calls.voice import effects as e
from calls.voice import guard_words
from calls.voice import messages as m
from calls.voice.conduct import OURS, Conduct
from calls.voice.guard_words import Rule
from calls.voice.plan import say_exactly
from calls.voice.supervising import Supervising

TRANSFER = "transfer"
_NUDGES = {
    "human": "The caller asks for a person. Do not talk them out of it: put them through, or offer a call back.",
    "failed_tools": "What you tried has failed more than once. Do not try it again: say so and offer another way.",
    "no_input": "The caller has not answered. Ask one short question that is answered by yes or no.",
    "topic": "The caller speaks of what you must not go into. Say in one sentence that you cannot help with it.",
    "anger": "The caller is upset. Say in one sentence that you understand, do not argue, and offer a person.",
    "silence": "It has been silent for long. Ask in one short sentence whether you can still help.",
    "unsaid": "You have not said yet what must be said on this call. Say it in your next sentence: ",
    "forbidden": "You have said what you must not say. Take it back in one sentence, and do not say it again.",
}
# How a rule speaks of what tripped it, to whoever is put through.
_WHY = {
    "human": "The caller asked for a person.",
    "failed_tools": "What the caller wanted failed more than once.",
    "no_input": "The caller did not answer.",
    "topic": "The caller spoke of a matter for a person.",
    "anger": "The caller is upset.",
    "silence": "It was silent for long.",
    "unsaid": "Something that must be said was not said.",
    "forbidden": "The assistant said something it must not say.",
}


class Guardrails:
    """The rules of one conversation."""

    def __init__(self, conduct: Conduct, supervising: Supervising) -> None:
        self._conduct, self._supervising = conduct, supervising
        self._open = [rule for rule in conduct.plan.rules if rule.ref not in conduct.plan.rules_fired]
        self._counts: dict[str, int] = {}
        self._failed_tools = 0
        self._voiced = len(conduct.memory.voiced)  # of what the assistant said, so much was looked at
        self._sound_ms = 0  # the last moment anybody was heard, or was about to be
        self._running: dict[str, Rule] = {}  # tool calls of rules

    # --- what happens ---

    def caller_said(self, text: str) -> None:
        """The caller has said this."""
        for rule in self._of("human", "topic", "anger"):
            if _is_touched(rule, text):
                self._counts[rule.ref] = self._counts.get(rule.ref, 0) + 1
                if self._counts[rule.ref] >= rule.threshold:
                    self._fire(rule)

    def finished(self, result: m.ToolFinished) -> bool:
        """A tool has answered. True when a rule had begun it: then nobody else need look at it."""
        rule = self._running.pop(result.call_id, None)
        if rule is None:
            self._failed_tools = self._failed_tools + 1 if result.is_error else 0
            for one in self._of("failed_tools"):
                if self._failed_tools >= one.threshold:
                    self._fire(one)
            return False
        if result.is_error:
            conduct = self._conduct
            conduct.note("rule_not_carried_out", rule=rule.name)
            conduct.tell(f"{_WHY[rule.trigger]} They were to be put through, but: {result.output}")
            if not conduct.is_caller_speaking:
                conduct.wish()
        return True

    def beat(self) -> None:
        """What is due by the clock, and what the caller has heard meanwhile."""
        conduct = self._conduct
        if not self._open:
            return
        now = conduct.now_ms
        is_active = (
            conduct.responses.is_busy or conduct.responses.is_answer_due or conduct.link.down_since_ms is not None
        )
        if conduct.is_caller_speaking or is_active or not conduct.playback.is_dry(now, but_for=OURS):
            self._sound_ms = now
        voiced = conduct.memory.voiced
        newly, self._voiced = voiced[self._voiced :], len(voiced)
        for rule in self._of("no_input", "silence", "unsaid", "forbidden"):
            limit_ms = rule.threshold * 1000
            if (
                (rule.trigger == "no_input" and conduct.pauses.prompts >= rule.threshold)
                or (rule.trigger == "silence" and now - self._sound_ms >= limit_ms)
                or (rule.trigger == "forbidden" and any(guard_words.mentions(text, rule.phrases) for text in newly))
            ):
                self._fire(rule)
            elif rule.trigger == "unsaid" and conduct.plan.elapsed_ms + now >= limit_ms:
                if any(guard_words.mentions(text, rule.phrases) for text in voiced):
                    self._open.remove(rule)
                else:
                    self._fire(rule)

    def _of(self, *triggers: str) -> list[Rule]:
        """The rules still to be kept; none once the end is decided, or nobody hears us."""
        conduct = self._conduct
        if conduct.closing.is_under_way or conduct.line_gone_because is not None or conduct.is_over:
            return []
        return [rule for rule in self._open if rule.trigger in triggers]

    # --- what follows ---

    def _fire(self, rule: Rule) -> None:
        conduct = self._conduct
        if rule not in self._open or conduct.closing.is_under_way:
            return
        self._open.remove(rule)
        conduct.note("rule_fired", ref=rule.ref, rule=rule.name, trigger=rule.trigger, action=rule.action)
        if rule.action == "nudge":
            conduct.tell(_NUDGES[rule.trigger] + (rule.phrases[0] if rule.trigger == "unsaid" else ""))
        elif rule.action == "coach":
            conduct.tell(rule.text)
        elif rule.action == "say":
            self._supervising.take(m.Advice(rule.ref, rule.text, aloud=True))
        elif rule.action == "end":
            conduct.interrupt(cancel=True)
            conduct.wish(say_exactly(rule.text or conduct.plan.goodbye))
            conduct.closing.begin(m.EndReason.ASSISTANT_ENDED, conduct.now_ms, has_goodbye=True, is_final=True)
        else:
            self._put_through(rule)

    def _put_through(self, rule: Rule) -> None:
        """As the tool would, without waiting for what the model is about to say."""
        conduct = self._conduct
        conduct.interrupt(cancel=True)
        call_id = f"{rule.ref}-{conduct.plan.elapsed_ms + conduct.now_ms}"
        self._running[call_id] = rule
        arguments = {"reason": _WHY[rule.trigger], "summary": f"{_WHY[rule.trigger]} Rule: {rule.name}."}
        conduct.out.put(e.RunTool(call_id, TRANSFER, json.dumps(arguments), key=rule.ref))


def _is_touched(rule: Rule, text: str) -> bool:
    """True when what the caller has said is what the rule watches for."""
    if rule.trigger == "human":
        return guard_words.asks_for_person(text)
    if rule.trigger == "anger":
        return guard_words.is_angry(text)
    return guard_words.mentions(text, rule.phrases)
