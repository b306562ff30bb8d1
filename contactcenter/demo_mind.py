"""The mind of the demo's orders desk: a prompt in sections, rules kept on its calls, a budget, what calls found out."""

from datetime import datetime
from typing import Any

from agents import prompts
from agents.models import Assistant, Guardrail
from agents.prompt_sections import Section
from calls.control import budgets
from calls.models import Budget, Call, CallEvent, CallResult, CollectedFact
from contactcenter import demo

DESK = "Orders desk"
_BY = "seed_demo"

# A prompt like the starter's, as the editor makes one: what it is, what it knows, what to do in which order.
SECTIONS = (
    Section(
        "role",
        "You take calls about orders for {{business}}. A call has worked when the caller knows what happens next.",
    ),
    Section("tone", "Friendly, exact, unhurried. Never cute."),
    Section(
        "context",
        "Orders leave the warehouse within two working days; delivery takes three to five more. An order can be "
        "changed or cancelled until it has left.\nRefunds go to the card that paid, within five working days after the "
        "parcel is back.",
    ),
    Section("pronunciations", "Marlow: MAR-loh\nRidge, Valley, Basecamp: the tents, as the words are read"),
    Section(
        "tools",
        "`record_fact` as soon as you know a name or an order number. `look_up_contact` once, at the beginning.\n"
        "`search_knowledge` before you speak of prices, returns or opening hours.\n"
        "`collect_digits` for the order number, `secure_capture` for cards and PINs, `send_digits` for menus.\n"
        "`take_note` for what colleagues must know. `transfer` for a person, `callback` for later.\n"
        "`stop_recording` and `opt_out` at once when they are wanted.\n"
        "`set_disposition` before the end, and `end_call` with your goodbye.",
    ),
    Section("rules", "Never invent the state of an order.\nNever let anybody say a card number."),
    Section(
        "step",
        "Ask for the order number; callers may key it in. Repeat it digit by digit.",
        "Which order",
        ("Do you have the order number at hand?", "You can key it in, if you like."),
        "The caller has said yes to the number, or has none.",
    ),
    Section(
        "step",
        "Say where the order is and what comes next, with a day.",
        "What happens next",
        ("It leaves tomorrow at the latest.",),
        "The caller has no other question.",
    ),
    Section("unclear_audio", "Say that the line is bad, and ask for the last thing again. Guess nothing."),
    Section("variety", "Use each sample phrase once in a call."),
    Section("pacing", "One or two short sentences, then let them speak."),
    Section("escalation", "Put through to a person whoever asks for one, is upset, or speaks of a lawyer."),
    Section("own", "Say “Marlow Outdoor”, never “Marlow” alone.", "Brand"),
)

GUARDRAILS: tuple[dict[str, Any], ...] = (
    {
        "name": "Speaks of a lawyer",
        "trigger": Guardrail.Trigger.TOPIC,
        "words": "my lawyer\nlegal action\nsmall claims court",
        "action": Guardrail.Action.TRANSFER,
    },
    {
        "name": "Had enough",
        "trigger": Guardrail.Trigger.ANGER,
        "threshold": 2,
        "action": Guardrail.Action.COACH,
        "text": "The caller has had enough. Say sorry once, briefly, and offer a colleague.",
    },
)

# What was found out in the conversation about order 441 that is among the past calls.
_ORDER = "four four one"
_FACTS = {"caller_name": "Jo Ferris", "order_number": "441"}
_NOTE = "Parcel leaves tomorrow at the latest."


def plant(desk: Assistant, *, now: datetime) -> None:
    """The prompt in sections as its second version, and the rules, of a desk that has just been made."""
    starter = desk.published_version()
    assert starter is not None
    draft = prompts.copy_to_draft(version=starter)
    sections = [one.as_data() for one in SECTIONS]
    prompts.write(version=draft, revision=draft.revision, by=_BY, now=now, sections=sections, note="In sections")
    prompts.publish(version=draft, by=_BY, now=now)
    for rule in GUARDRAILS:
        made = Guardrail(assistant=desk, **rule)
        made.full_clean()
        made.save()


def remember(call: Call, past: demo.PastCall) -> None:
    """What the assistant found out in a past call, if this is one of those in which it did."""
    is_known = any(_ORDER in line for line in past.lines)
    if not is_known or call.assistant is None or call.ended_at is None:
        return
    wanted = call.assistant.facts.filter(name__in=_FACTS)
    for fact in wanted:
        CollectedFact.objects.create(
            call=call, name=fact.name, label=fact.label, value=_FACTS[fact.name], recorded_at=call.ended_at
        )
    CallResult.objects.create(call=call, disposition="resolved", note=_NOTE, at=call.ended_at)
    CallEvent.objects.create(
        call=call, kind="note_taken", at=call.ended_at, at_ms=0, source="assistant", data={"text": _NOTE}
    )


def allow(desk: Assistant, *, now: datetime) -> None:
    """Budgets, as far as they are not there: they warn and step down, and stop nobody from dialling."""
    Budget.objects.get_or_create(name="All calls", defaults={"period": "day", "warn_at": 20, "step_down_at": 50})
    Budget.objects.get_or_create(name=DESK, defaults={"assistant": desk, "period": "month", "warn_at": 100})
    budgets.judge_all(now=now)
