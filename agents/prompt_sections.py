"""A prompt in labelled sections, and how they become the instructions a model reads.

Sections are kept as plain data: `{"kind", "title", "text"}`, a step of the flow with `phrases` and `exit` besides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_TEXT = 12_000  # characters of one section
MOST_SECTIONS = 60
STEP, OWN = "step", "own"


@dataclass(frozen=True, slots=True)
class Kind:
    """One label: its heading in the prompt, and what belongs under it. `is_wanted`: a prompt without it is lacking."""

    heading: str
    help: str
    is_wanted: bool = False


KINDS: dict[str, Kind] = {
    "role": Kind("Role and objective", "Who it is, for whom, and what a call is to achieve.", is_wanted=True),
    "tone": Kind("Personality and tone", "How it sounds: three or four words do."),
    "context": Kind("Context", "What it knows: hours, addresses, prices, rules of the house."),
    "pronunciations": Kind("Pronunciations", "Names and words it must say in a certain way, one a line."),
    "tools": Kind("Tools", "When to use which tool, by its name in backticks."),
    "rules": Kind("Rules", "What it always does, and what it never does.", is_wanted=True),
    STEP: Kind("Conversation flow", "A step: what to do, phrases to vary, and when it is over."),
    "unclear_audio": Kind(
        "Unclear audio", "What it does when it did not understand, or hears only noise.", is_wanted=True
    ),
    "variety": Kind("Variety", "Not to say the same sentence twice."),
    "pacing": Kind("Pacing and length", "How fast it speaks, and how long an answer is.", is_wanted=True),
    "language": Kind("Language", "Which language it speaks, and whether it follows the caller's."),
    "escalation": Kind("Safety and escalation", "When a person takes over.", is_wanted=True),
    OWN: Kind("", "Anything else under a heading of its own: compliance, brand."),
}


class Malformed(Exception):
    """These are no sections; `str()` says what is wrong."""


@dataclass(frozen=True, slots=True)
class Section:
    """One labelled part. `title` names a step or an own section, `phrases` and `exit` are a step's."""

    kind: str
    text: str
    title: str = ""
    phrases: tuple[str, ...] = ()
    exit: str = ""

    @property
    def heading(self) -> str:
        """The words above it."""
        if self.kind == STEP:
            return f"Step “{self.title}”" if self.title else "Step"
        return self.title or KINDS[self.kind].heading

    @property
    def whole(self) -> str:
        """Everything that is written in it."""
        return "\n".join(part for part in (self.text, *self.phrases, self.exit) if part)

    def as_data(self) -> dict[str, Any]:
        """It as plain data, without what is empty."""
        data: dict[str, Any] = {"kind": self.kind, "text": self.text}
        if self.title:
            data["title"] = self.title
        if self.kind == STEP:
            data |= {"phrases": list(self.phrases), "exit": self.exit}
        return data


def read(data: Any) -> list[Section]:
    """Sections from plain data. Raises Malformed."""
    if not isinstance(data, list) or len(data) > MOST_SECTIONS:
        raise Malformed(f"Sections are a list of at most {MOST_SECTIONS}.")
    return [_section(one, place) for place, one in enumerate(data, 1)]


def _section(one: Any, place: int) -> Section:
    if not isinstance(one, Mapping) or one.get("kind") not in KINDS:
        raise Malformed(f"Section {place} has no known kind.")
    phrases = one.get("phrases", [])
    words = [
        one.get("text", ""),
        one.get("title", ""),
        one.get("exit", ""),
        *(phrases if isinstance(phrases, list) else [0]),
    ]
    if not all(isinstance(word, str) for word in words):
        raise Malformed(f"Section {place} holds something that is no text.")
    if sum(len(word) for word in words) > LONGEST_TEXT:
        raise Malformed(f"Section {place} has more than {LONGEST_TEXT} characters.")
    if one["kind"] == OWN and not words[1].strip():
        raise Malformed(f"Section {place} is one of your own and has no heading.")
    said = tuple(word.strip() for word in phrases if word.strip())
    return Section(one["kind"], words[0].strip(), words[1].strip(), said, words[2].strip())


def in_order(sections: Iterable[Section]) -> list[Section]:
    """Sections in the order in which a model reads them; steps and own ones as they were written. Empty ones go."""
    order = list(KINDS)
    return sorted((one for one in sections if one.whole.strip()), key=lambda one: order.index(one.kind))


def compiled(sections: Iterable[Section]) -> str:
    """The instructions: each section under its heading, the steps numbered under one."""
    parts, steps = [], 0
    for one in in_order(sections):
        if one.kind == STEP:
            steps += 1
            parts.append((f"# {KINDS[STEP].heading}\n" if steps == 1 else "") + _step(one, steps))
        else:
            parts.append(f"# {one.heading}\n{one.text}")
    return "\n\n".join(parts)


def _step(step: Section, number: int) -> str:
    lines = [f"## {number}. {step.title or 'Step'}"]
    if step.text:
        lines.append(step.text)
    if step.phrases:
        lines += [
            "Sample phrases, to be varied and never repeated word for word:",
            *(f"- “{one}”" for one in step.phrases),
        ]
    if step.exit:
        lines.append(f"This step is over when: {step.exit}")
    return "\n".join(lines)
