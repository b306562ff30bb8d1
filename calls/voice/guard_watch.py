"""What the rules of one conversation watch for, on lines of sound and of text alike. Each is tripped once."""

import json
from collections.abc import Collection, Sequence

from calls.voice import effects as e
from calls.voice import guard_words
from calls.voice.guard_words import Rule

TRANSFER = "transfer"
TAKES_OVER = ("end", "transfer")  # actions after which the assistant leads the conversation no more
NUDGES = {
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
WHY = {
    "human": "The caller asked for a person.",
    "failed_tools": "What the caller wanted failed more than once.",
    "no_input": "The caller did not answer.",
    "topic": "The caller spoke of a matter for a person.",
    "anger": "The caller is upset.",
    "silence": "It was silent for long.",
    "unsaid": "Something that must be said was not said.",
    "forbidden": "The assistant said something it must not say.",
}


class Watch:
    """The rules still to be kept. `voiced` is how much of what the assistant said was looked at by another process."""

    def __init__(self, rules: Sequence[Rule], *, fired: Collection[str], voiced: int) -> None:
        self._open = [rule for rule in rules if rule.ref not in fired]
        self._voiced = voiced
        self._counts: dict[str, int] = {}
        self._failed_tools = 0
        self._sound_ms = 0  # the last moment anybody was heard, or was about to be

    @property
    def has_any(self) -> bool:
        """True while a rule is still to be kept."""
        return bool(self._open)

    def caller_said(self, text: str) -> list[Rule]:
        """The rules that the caller's words trip."""
        tripped = []
        for rule in self._of("human", "topic", "anger"):
            if _is_touched(rule, text):
                self._counts[rule.ref] = self._counts.get(rule.ref, 0) + 1
                if self._counts[rule.ref] >= rule.threshold:
                    tripped.append(rule)
        return self._kept(tripped)

    def tool_finished(self, *, is_error: bool) -> list[Rule]:
        """Those that a tool's end trips."""
        self._failed_tools = self._failed_tools + 1 if is_error else 0
        return self._kept([rule for rule in self._of("failed_tools") if self._failed_tools >= rule.threshold])

    def beat(self, now_ms: int, *, elapsed_ms: int, is_active: bool, prompts: int, voiced: Sequence[str]) -> list[Rule]:
        """Those that are due by the clock, or by what the caller has heard meanwhile.

        `elapsed_ms` since the call began; `prompts`: how often the caller was asked whether they are there.
        """
        if is_active:
            self._sound_ms = now_ms
        newly, self._voiced = voiced[self._voiced :], len(voiced)
        tripped = [rule for rule in self._of("no_input") if prompts >= rule.threshold]
        tripped += [rule for rule in self._of("silence") if now_ms - self._sound_ms >= rule.threshold * 1000]
        tripped += [
            rule for rule in self._of("forbidden") if any(guard_words.mentions(text, rule.phrases) for text in newly)
        ]
        for rule in self._of("unsaid"):
            if elapsed_ms >= rule.threshold * 1000:
                if any(guard_words.mentions(text, rule.phrases) for text in voiced):
                    self._open.remove(rule)
                else:
                    tripped.append(rule)
        return self._kept(tripped)

    def _of(self, *triggers: str) -> list[Rule]:
        return [rule for rule in self._open if rule.trigger in triggers]

    def _kept(self, tripped: list[Rule]) -> list[Rule]:
        for rule in tripped:
            self._open.remove(rule)
        return tripped


def told(rule: Rule) -> str:
    """What the assistant is told when a rule reminds it, in our words or in its own."""
    if rule.action == "coach":
        return rule.text
    return NUDGES[rule.trigger] + (rule.phrases[0] if rule.trigger == "unsaid" and rule.phrases else "")


def put_through(rule: Rule, *, at_ms: int) -> e.RunTool:
    """The tool call by which a rule puts the caller through; `at_ms` on the call's clock."""
    arguments = {"reason": WHY[rule.trigger], "summary": f"{WHY[rule.trigger]} Rule: {rule.name}."}
    return e.RunTool(f"{rule.ref}-{at_ms}", TRANSFER, json.dumps(arguments), key=rule.ref)


def not_put_through(rule: Rule, output: str) -> str:
    """What the assistant is told when nobody could be reached."""
    return f"{WHY[rule.trigger]} They were to be put through, but: {output}"


def _is_touched(rule: Rule, text: str) -> bool:
    """True when what the caller has said is what the rule watches for."""
    if rule.trigger == "human":
        return guard_words.asks_for_person(text)
    if rule.trigger == "anger":
        return guard_words.is_angry(text)
    return guard_words.mentions(text, rule.phrases)
