"""What belongs to one call: the prompt's variables that are known once somebody is there, and the rules kept on it."""

from collections.abc import Callable
from dataclasses import replace

from agents import prompt_text
from agents.models import PromptVersion
from agents.prompts import LivePrompt
from calls.models import Call, Contact, ContactAttempt, OutgoingCall
from calls.voice.guard_words import Rule
from compliance.models import Person


def filled(call: Call, live: LivePrompt) -> LivePrompt:
    """The prompt for this call. What nobody can fill in is left out: a caller hears no braces."""
    texts = (live.instructions, live.greeting, *live.stored_variables.values())
    known = variables(call, wanted=frozenset(name for text in texts for name in prompt_text.variables_in(text)))
    return replace(
        live,
        instructions=prompt_text.as_spoken(live.instructions, known),
        greeting=prompt_text.as_spoken(live.greeting, known),
        stored_variables={name: prompt_text.as_spoken(text, known) for name, text in live.stored_variables.items()},
    )


def variables(call: Call, *, wanted: frozenset[str]) -> dict[str, str]:
    """The variables of a call that are asked for; nothing is looked up for those that are not."""
    known = {name: look_up(call) for name, look_up in _LOOK_UPS.items() if name in wanted}
    if columns := {name for name in wanted if name.startswith(prompt_text.FROM_CONTACT)}:
        contact = _contact(call)
        fields = {} if contact is None else {_as_name(column): str(value) for column, value in contact.fields.items()}
        known |= {name: fields.get(name.removeprefix(prompt_text.FROM_CONTACT), "") for name in columns}
    return known


def _as_name(column: str) -> str:
    """A column of a file as a variable spells it: `Order No.` is `order_no`."""
    letters = "".join(letter if letter.isalnum() else " " for letter in column.lower())
    return "_".join(letters.split())


def _contact(call: Call) -> Contact | None:
    attempt = ContactAttempt.objects.select_related("contact__campaign").filter(call=call).first()
    return None if attempt is None else attempt.contact


def _name(call: Call) -> str:
    contact = _contact(call)
    if contact is not None and contact.name:
        return contact.name
    person = Person.objects.filter(number=call.customer_e164).first() if call.customer_e164 else None
    return "" if person is None else person.name


def _campaign(call: Call) -> str:
    contact = _contact(call)
    return "" if contact is None else contact.campaign.name


def _topic(call: Call) -> str:
    ours = OutgoingCall.of(call)
    return "" if ours is None else ours.topic


_LOOK_UPS: dict[str, Callable[[Call], str]] = {
    "number": lambda call: call.our_address,
    "caller": lambda call: call.customer_e164,
    "contact": _name,
    "campaign": _campaign,
    "topic": _topic,
}


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
        for one in version.assistant.guardrails.filter(is_active=True)
    )


def rules_fired(call: Call) -> frozenset[str]:
    """Those that were kept on this call already, whoever held it."""
    fired = call.events.filter(kind="rule_fired").values_list("data__ref", flat=True)
    return frozenset(str(ref) for ref in fired)
