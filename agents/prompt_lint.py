"""What is wrong with a prompt before anybody hears it: a table of rules over what is known of one version.

An error blocks the publication; a warning is to be read.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from agents import prompt_text
from agents.prompt_sections import KINDS, OWN, STEP, Section

LONG_PARAGRAPH = 90  # words
LONG_PROMPT = 4_000  # tokens, estimated
LOOK_UP_S = 3  # what servers know of a caller is waited for so long, and nobody waits meanwhile
_IN_BACKTICKS = re.compile(r"`([a-z][a-z0-9_]*)`")
_SYMBOLS = re.compile(r"==|!=|<=|>=|=>|->|→|&&|\|\||\bif\s*\(|\belse\s+if\b|\s[<>]\s*\d", re.IGNORECASE)
_ALWAYS = re.compile(r"\b(?:always|must)\s+([a-z' ]{4,60})", re.IGNORECASE)
_NEVER = re.compile(r"\b(?:never|do not|don't|must not)\s+([a-z' ]{4,60})", re.IGNORECASE)
_SMALL = frozenset(
    ("the", "a", "an", "to", "it", "is", "of", "and", "or", "for", "in", "on", "you", "your", "them", "be", "not")
)
_OPPOSITES = (  # words that cannot both be asked for
    (("only english", "english only"), ("caller's language", "callers language", "mirror", "same language as")),
    (
        ("very short", "one sentence", "one short sentence"),
        ("in detail", "detailed answer", "long answer", "explain fully"),
    ),
    (("speak slowly",), ("speak fast", "speak quickly")),
    (("formal",), ("casual", "informal", "slang")),
)


class Level(StrEnum):
    """What a finding does."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `where` is the section's heading; empty: the whole prompt."""

    rule: str
    level: Level
    words: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a check looks at. `instructions` is what was written without sections; else it is empty.

    `arguments` are names that stand in backticks and are no tools; `overrides` are session fields set here.
    """

    sections: tuple[Section, ...] = ()
    instructions: str = ""
    greeting: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    arguments: frozenset[str] = frozenset()
    stored_id: str = ""
    stored_variables: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    is_text_door: bool = False
    look_ups: Mapping[str, str] = field(default_factory=dict)  # by tool: why it cannot look up; empty: it can

    def parts(self) -> list[tuple[str, str]]:
        """Every text with its heading."""
        texts = [(one.heading, one.whole) for one in self.sections] + [("Instructions", self.instructions)]
        texts += [("Greeting", self.greeting), *((f"Variable {name}", text) for name, text in self.own.items())]
        texts += [(f"Variable {name} of the stored prompt", text) for name, text in self.stored_variables.items()]
        return [(where, text) for where, text in texts if text.strip()]


Found = Iterable[tuple[str, str]]  # where, words


def _is_empty(prompt: Prompt) -> Found:
    if (
        not prompt.stored_id
        and not prompt.instructions.strip()
        and not any(one.text.strip() for one in prompt.sections)
    ):
        yield "", "The prompt is empty."


def _unknown_variables(prompt: Prompt) -> Found:
    for where, text in prompt.parts():
        for name in prompt_text.unknown_variables(text, prompt.own):
            yield (
                where,
                f"Unknown variable: {{{{{name}}}}}. Nobody fills it in; a caller would hear nothing in its place.",
            )


def _look_ups(prompt: Prompt) -> Iterator[tuple[str, str, str]]:
    """Where, the variable, and its tool."""
    for where, text in prompt.parts():
        for name in prompt_text.look_ups_in([text]):
            yield where, f"{{{{{name}}}}}", prompt_text.parts_of_look_up(name)[0]


def _impossible_look_ups(prompt: Prompt) -> Found:
    for where, name, tool in _look_ups(prompt):
        if tool not in prompt.look_ups:
            yield where, f"{name}: there is no tool over HTTP of the name “{tool}”."
        elif problem := prompt.look_ups[tool]:
            yield where, f"{name}: “{tool}” cannot be used for this: {problem}."


def _look_ups_too_early(prompt: Prompt) -> Found:
    for where, name, _ in _look_ups(prompt):
        if where == "Greeting":
            yield where, f"{name} is always empty here: the greeting does not wait for anybody's server."


def _late_look_ups(prompt: Prompt) -> Found:
    for where, name, tool in _look_ups(prompt):
        if where != "Greeting" and prompt.look_ups.get(tool) == "":
            late = f"when that takes more than {LOOK_UP_S} seconds or it does not know the caller"
            yield (
                where,
                f"{name} is empty until its server has answered, and stays so {late}: the text must do without.",
            )


def _circles(prompt: Prompt) -> Found:
    if names := prompt_text.circles(prompt.own):
        yield "Variables", f"These variables lead back to themselves and stay empty: {', '.join(names)}."


def _taken_names(prompt: Prompt) -> Found:
    for name in prompt.own:
        if name in prompt_text.VARIABLES:
            yield "Variables", f"“{name}” is filled in by the house; give your own another name."


def _unknown_tools(prompt: Prompt) -> Found:
    known = prompt.tools | prompt.arguments | prompt_text.VARIABLES | frozenset(prompt.own)
    for where, text in prompt.parts():
        for name in dict.fromkeys(_IN_BACKTICKS.findall(text)):
            if name not in known:
                yield where, f"There is no tool “{name}”."


def _tools_not_granted(prompt: Prompt) -> Found:
    for where, text in prompt.parts():
        for name in dict.fromkeys(_IN_BACKTICKS.findall(text)):
            if name in prompt.tools - prompt.granted:
                yield where, f"The tool “{name}” is named, but this assistant may not use it."


def _tools_not_named(prompt: Prompt) -> Found:
    if prompt.sections and not prompt.stored_id:
        everything = " ".join(text for _, text in prompt.parts())
        for name in sorted(prompt.granted):
            if name not in everything:
                yield "Tools", f"The assistant may use “{name}”, and nothing says when."


def _missing_sections(prompt: Prompt) -> Found:
    if prompt.sections:
        there = {one.kind for one in prompt.sections if one.text.strip()}
        for kind, about in KINDS.items():
            if about.is_wanted and kind not in there:
                yield about.heading, f"Section “{about.heading}” is missing. {about.help}"


def _steps_without_end(prompt: Prompt) -> Found:
    for one in prompt.sections:
        if one.kind == STEP and one.whole.strip() and not one.exit.strip():
            yield one.heading, "Nothing says when this step is over."


def _twice(prompt: Prompt) -> Found:
    seen: set[str] = set()
    for one in prompt.sections:
        name = one.heading.casefold()
        if one.kind != STEP and name in seen:
            yield one.heading, "There are two sections of this name."
        seen.add(name)
        if one.kind == OWN and name in {about.heading.casefold() for about in KINDS.values()}:
            yield one.heading, "This heading is one of the usual sections: write it there."


def _long_paragraphs(prompt: Prompt) -> Found:
    for where, text in prompt.parts():
        for paragraph in re.split(r"\n\s*\n|\n(?=[-*\d])", text):
            if (words := len(paragraph.split())) > LONG_PARAGRAPH:
                yield where, f"A paragraph of {words} words. Models follow short points better: break it up."


def _symbols(prompt: Prompt) -> Found:
    for where, text in prompt.parts():
        if found := _SYMBOLS.search(text):
            yield where, f"“{found.group().strip()}” reads like a program. Write the condition as a sentence."


def _long_prompt(prompt: Prompt) -> Found:
    tokens = sum(prompt_text.estimated_tokens(text) for _, text in prompt.parts())
    if tokens > LONG_PROMPT:
        yield "", f"About {tokens} tokens: every answer pays for them, and much of a long prompt is not followed."


def _conflicts(prompt: Prompt) -> Found:
    parts = prompt.parts()
    everything = "\n".join(text for _, text in parts).casefold().replace("’", "'")
    for these, those in _OPPOSITES:
        first = next((word for word in these if _has(everything, word)), "")
        second = next((word for word in those if _has(everything, word)), "")
        if first and second:
            yield "", f"“{first}” and “{second}” are both asked for."
    orders = [
        (where, "always", _meant(found)) for where, text in parts for found in _ALWAYS.findall(_negated_out(text))
    ]
    orders += [(where, "never", _meant(found)) for where, text in parts for found in _NEVER.findall(text)]
    for (where, how, what), (elsewhere, other_how, other) in combinations(orders, 2):
        if how != other_how and what and what == other:
            yield where, f"Here “{how} {' '.join(what)}”, and “{other_how}” the same under “{elsewhere}”."


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}\b", text) is not None


def _negated_out(text: str) -> str:
    return re.sub(r"\bmust not\b", "never", text, flags=re.IGNORECASE)


def _meant(words: str) -> tuple[str, ...]:
    """The first weighty words of an order: what it is about."""
    return tuple(word for word in words.casefold().split() if word not in _SMALL)[:3]


def _overrides(prompt: Prompt) -> Found:
    if prompt.stored_id:
        for name in prompt.overrides:
            yield "Stored prompt", f"“{name}” is set here and replaces what the stored prompt says."


def _stored_by_text(prompt: Prompt) -> Found:
    if prompt.stored_id and prompt.is_text_door:
        yield "Stored prompt", "An assistant on a line of text cannot use a stored prompt: write its instructions here."


RULES: dict[str, tuple[Level, Callable[[Prompt], Found]]] = {
    "empty": (Level.ERROR, _is_empty),
    "unknown-variable": (Level.ERROR, _unknown_variables),
    "look-up": (Level.ERROR, _impossible_look_ups),
    "circle": (Level.ERROR, _circles),
    "taken-name": (Level.ERROR, _taken_names),
    "unknown-tool": (Level.ERROR, _unknown_tools),
    "stored-by-text": (Level.ERROR, _stored_by_text),
    "look-up-in-greeting": (Level.WARNING, _look_ups_too_early),
    "late-look-up": (Level.WARNING, _late_look_ups),
    "tool-not-granted": (Level.WARNING, _tools_not_granted),
    "tool-not-named": (Level.WARNING, _tools_not_named),
    "missing-section": (Level.WARNING, _missing_sections),
    "step-without-end": (Level.WARNING, _steps_without_end),
    "twice": (Level.WARNING, _twice),
    "conflict": (Level.WARNING, _conflicts),
    "long-paragraph": (Level.WARNING, _long_paragraphs),
    "long-prompt": (Level.WARNING, _long_prompt),
    "symbols": (Level.WARNING, _symbols),
    "overrides": (Level.WARNING, _overrides),
}


def lint(prompt: Prompt) -> list[Finding]:
    """Everything that is wrong, errors first, in the order of the table."""
    found = [
        Finding(rule, level, words, where) for rule, (level, check) in RULES.items() for where, words in check(prompt)
    ]
    return sorted(found, key=lambda one: one.level is not Level.ERROR)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that block a publication."""
    return [one for one in findings if one.level is Level.ERROR]
