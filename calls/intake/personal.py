"""What belongs to one call: the prompt's variables that are known once somebody is there, and the rules kept on it."""

from collections.abc import Mapping
from dataclasses import replace

from agents import prompt_text
from agents.models import Guardrail, PromptVersion
from agents.prompts import LivePrompt
from calls.control import call_variables
from calls.models import Call, CallEvent, LookUp
from calls.voice.guard_words import Rule
from compliance.statements import EXAMPLE_KEY, Question

_NOTHING: Mapping[str, str] = {}
_RULES = Question(
    lambda assistant: Guardrail.objects.filter(assistant=assistant, is_active=True), assistant=EXAMPLE_KEY
)
_FIRED = Question(
    lambda call: CallEvent.objects.filter(call=call, kind="rule_fired").values_list("data__ref", flat=True),
    call=EXAMPLE_KEY,
)


def filled(call: Call, live: LivePrompt, *, looked_up: Mapping[str, str] = _NOTHING) -> LivePrompt:
    """The prompt for this call. What nobody can fill in is left out: a caller hears no braces."""
    texts = (live.instructions, live.greeting, *live.stored_variables.values())
    wanted = (name for text in texts for name in prompt_text.variables_in(text))
    known = {**looked_up, **call_variables.of(call, wanted=wanted)}
    return replace(
        live,
        instructions=prompt_text.as_spoken(live.instructions, known),
        greeting=prompt_text.as_spoken(live.greeting, known),
        stored_variables={name: prompt_text.as_spoken(text, known) for name, text in live.stored_variables.items()},
    )


def looked_up(call: Call, live: LivePrompt) -> Mapping[str, str]:
    """What servers of the business have said of this call's caller so far; not asked for where no prompt wants it."""
    return LookUp.known_of(call) if live.look_ups else _NOTHING


def rules(version: PromptVersion) -> tuple[Rule, ...]:
    """The guardrails of a version's assistant, as a conversation keeps them; not asked for where there are none."""
    if not getattr(version, "has_guardrails", True):
        return ()
    return tuple(
        Rule(
            ref=f"rule:{one.pk}",
            name=one.name,
            trigger=one.trigger,
            action=one.action,
            threshold=one.threshold,
            phrases=tuple(one.phrases),
            text=one.text,
        )
        for one in _RULES.all(assistant=version.assistant_id)
    )


def rules_fired(call: Call) -> frozenset[str]:
    """Those that were kept on this call already, whoever held it."""
    return frozenset(str(ref) for ref in _FIRED.all(call=call.pk))
