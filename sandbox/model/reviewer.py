"""What the stand-in thinks of a prompt, when an application asks for an opinion in JSON: it reads, and knows a little.

It says what the application's own checks have found, breaks long paragraphs up, and writes rules of its own for what
goes wrong. A real model does better; the shape of the answer is the same.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_ASKED = re.compile(r"<prompt>\n(?P<prompt>.*)\n</prompt>\nWhat our own checks found:\n(?P<found>.*)", re.DOTALL)
_WRONG = re.compile(r"<wrong>\n(?P<wrong>.*)\n</wrong>", re.DOTALL)
_HEADING = re.compile(r"^# (.*)$", re.MULTILINE)
_KINDS = {
    "role and objective": "role",
    "personality and tone": "tone",
    "context": "context",
    "pronunciations": "pronunciations",
    "tools": "tools",
    "rules": "rules",
    "unclear audio": "unclear_audio",
    "variety": "variety",
    "pacing and length": "pacing",
    "language": "language",
    "safety and escalation": "escalation",
}
_LONG = 240  # characters of a paragraph


def opinion(body: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> str | None:
    """The answer to a request for one; None for any other request."""
    is_wanted = '"issues"' in (body.get("instructions") or "")
    asked = _ASKED.search(_words(items)) if is_wanted else None
    if asked is None:
        return None
    prompt, found = asked["prompt"], asked["found"].partition("\nThis goes wrong")[0]
    issues = [line.removeprefix("- ") for line in found.splitlines() if line.strip("- ") not in ("", "nothing")]
    long = [part for part in prompt.split("\n\n") if len(part) > _LONG]
    words = "A paragraph of {} characters is hard to follow: “{}…”"
    issues += [words.format(len(part), part[:60]) for part in long]
    answer: dict[str, Any] = {
        "issues": issues,
        "improvements": ["Give each step two or three phrases to vary.", "Say what to do when the sound is unclear."],
    }
    wrong = _WRONG.search(asked["found"])
    if wrong is None:
        answer["revised"] = _sections(prompt)
    else:
        rules = {
            "a rule": f"This must not happen: {wrong['wrong']}",
            "a check before each answer": f"See before each answer whether this happens: {wrong['wrong']}",
        }
        answer["variants"] = [
            {"name": name, "revised": [*_sections(prompt), {"kind": "own", "title": "What to avoid", "text": rule}]}
            for name, rule in rules.items()
        ]
    return json.dumps(answer, ensure_ascii=False)


def _words(items: Sequence[Mapping[str, Any]]) -> str:
    contents = (item.get("content") for item in items)
    parts = [part for content in contents for part in (content if isinstance(content, list) else [{"text": content}])]
    return "\n".join(str(part.get("text") or "") for part in parts)


def _sections(prompt: str) -> list[dict[str, str]]:
    """The prompt under its headings, with a point for each sentence of a long paragraph."""
    before, *rest = _HEADING.split(prompt)
    blocks = [("role and objective", before), *zip(rest[::2], rest[1::2], strict=True)]
    written = []
    for heading, text in blocks:
        words = "\n\n".join(_in_points(part) for part in text.strip().split("\n\n"))
        kind = _KINDS.get(heading.strip().lower())
        if words.strip():
            written.append({"kind": kind, "text": words} if kind else {"kind": "own", "title": heading, "text": words})
    return written


def _in_points(paragraph: str) -> str:
    if len(paragraph) <= _LONG:
        return paragraph
    points = (point for point in re.split(r"(?<=[.!?])\s+|\n+", paragraph) if point.strip())
    return "\n".join(f"- {point.strip('- ')}" for point in points)
