"""What is wrong with a prompt, rule by rule: each has an example that it finds, and one clean prompt that none does."""

from dataclasses import replace
from typing import Any

import pytest

from agents import prompt_lint, prompt_sections, prompts
from agents.prompt_lint import Level, Prompt
from agents.prompt_sections import Section
from agents.tool_specs import TOOLS

WHOLE = tuple(
    Section(kind, text)
    for kind, text in (
        ("role", "You book visits for {{business}}."),
        ("tools", "Call `end_call` when the caller is done."),
        ("rules", "Never promise a price."),
        ("unclear_audio", "Ask them to say it again."),
        ("pacing", "One sentence at a time."),
        ("escalation", "Say that a colleague calls back when somebody is in danger."),
    )
)
CLEAN = Prompt(
    sections=(*WHOLE, Section("step", "Ask what broke.", "Find out", ("What happened?",), "You know what broke.")),
    tools=frozenset({"end_call", "transfer"}),
    granted=frozenset({"end_call"}),
    arguments=frozenset({"reason"}),
)


def test_a_whole_prompt_has_nothing_wrong() -> None:
    assert prompt_lint.lint(CLEAN) == []


def more(*sections: Section, **changes: Any) -> Prompt:
    return replace(CLEAN, sections=(*CLEAN.sections, *sections), **changes)


BAD = {
    "empty": Prompt(),
    "unknown-variable": more(Section("context", "Hello {{shoe_size}}.")),
    "look-up": more(Section("context", "They are {{lookup.crm.name}}.")),
    "look-up-in-greeting": more(greeting="Hello {{lookup.crm.name}}.", look_ups={"crm": ""}),
    "late-look-up": more(Section("context", "They are {{lookup.crm.name}}."), look_ups={"crm": ""}),
    "circle": more(own={"a": "{{b}}", "b": "x {{a}}"}),
    "taken-name": more(own={"business": "Ours"}),
    "unknown-tool": more(Section("context", "Call `refund_order`.")),
    "stored-by-text": more(stored_id="pmpt_1", is_text_door=True),
    "tool-not-granted": more(Section("context", "Call `transfer`.")),
    "tool-not-named": replace(CLEAN, granted=frozenset({"end_call", "transfer"})),
    "missing-section": replace(CLEAN, sections=CLEAN.sections[1:]),
    "step-without-end": more(Section("step", "Ask more.", "More")),
    "twice": more(Section("role", "You are a robot.")),
    "conflict": more(Section("context", "Always promise a price.")),
    "long-paragraph": more(Section("context", "word " * 120)),
    "long-prompt": more(*(Section("own", "- a few more words\n" * 100, f"Part {n}") for n in range(12))),
    "symbols": more(Section("context", "if (age >= 18) go on.")),
    "overrides": more(stored_id="pmpt_1", overrides=("voice",)),
}


@pytest.mark.parametrize("rule", prompt_lint.RULES)
def test_every_rule_finds_its_example(rule: str) -> None:
    found = [one for one in prompt_lint.lint(BAD[rule]) if one.rule == rule]
    assert found, rule
    assert all(one.level is prompt_lint.RULES[rule][0] and one.words.endswith((".", "”")) for one in found)


def test_errors_come_first_and_alone_block() -> None:
    found = prompt_lint.lint(more(Section("context", "word " * 120), Section("own", "{{nobody}}", "Brand")))
    assert [one.level for one in found] == [Level.ERROR, Level.WARNING]
    assert [one.rule for one in prompt_lint.errors(found)] == ["unknown-variable"]


@pytest.mark.parametrize("name", ["orders", "reception", "repairs"])
def test_starters_have_no_errors(name: str) -> None:
    known = {argument for spec in TOOLS.values() for argument in spec.arguments()}
    whole = Prompt(instructions=prompts.starter(name).instructions, tools=frozenset(TOOLS), arguments=frozenset(known))
    assert prompt_lint.errors(prompt_lint.lint(whole)) == []


def test_sections_become_headed_instructions_with_numbered_steps() -> None:
    steps = [Section("step", "Greet.", "Begin"), Section("step", "Ask.", "Next", ("What is it?",), "You know.")]
    text = prompt_sections.compiled([*steps, Section("own", "Say “Marlow”.", "Brand"), Section("role", "You help.")])
    assert text == (
        "# Role and objective\nYou help.\n\n# Conversation flow\n## 1. Begin\nGreet.\n\n## 2. Next\nAsk.\n"
        "Sample phrases, to be varied and never repeated word for word:\n- “What is it?”\n"
        "This step is over when: You know.\n\n# Brand\nSay “Marlow”."
    )


@pytest.mark.parametrize(
    "data",
    [
        {},
        [{"kind": "poem"}],
        [{"kind": "own", "text": "x"}],
        [{"kind": "role", "text": 3}],
        [{"kind": "step", "phrases": "x"}],
        [{"kind": "role", "text": "x" * 20_000}],
    ],
)
def test_what_is_no_section_is_said_to_be_none(data: Any) -> None:
    with pytest.raises(prompt_sections.Malformed):
        prompt_sections.read(data)


def test_sections_survive_being_written_down() -> None:
    assert prompt_sections.read([one.as_data() for one in CLEAN.sections]) == list(CLEAN.sections)
