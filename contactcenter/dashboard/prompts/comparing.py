"""What is different between two versions: the words line by line, the settings by name."""

import difflib
import json
from dataclasses import dataclass
from typing import Any

from agents.models import PromptVersion
from agents.prompts import COPIED

_LINES = ("instructions", "greeting")
_LABELS = {field.name: str(field.verbose_name).capitalize() for field in PromptVersion._meta.fields}
_UNSEEN = ("sections",)  # its words are in the instructions


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison; `mark` is +, - or a space."""

    mark: str
    text: str

    @property
    def word(self) -> str:
        """What the mark says, for whoever cannot see it."""
        return {"+": "added", "-": "taken out"}.get(self.mark, "")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different."""

    label: str
    lines: tuple[Line, ...] = ()
    before: str = ""
    after: str = ""


def changes(before: PromptVersion | None, after: PromptVersion) -> list[Change]:
    """What is different, words first; against nothing, everything that is said."""
    found = []
    for name in COPIED:
        old = getattr(before, name) if before is not None else ""
        new = getattr(after, name)
        if name in _UNSEEN or old == new or (before is None and name not in _LINES):
            continue
        label = _LABELS[name]
        if name in _LINES:
            found.append(Change(label, tuple(lines(str(old), str(new)))))
        else:
            found.append(Change(label, before=_shown(old), after=_shown(new)))
    return sorted(found, key=lambda change: not change.lines)


def lines(old: str, new: str) -> list[Line]:
    """Two texts line by line, with three lines around each difference."""
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=3)
    return [Line(line[0], line[1:]) for line in found if not line.startswith(("---", "+++"))]


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value != "" else "none"
