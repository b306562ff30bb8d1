"""Rendering of prompt texts: variables in double braces, nothing else. No logic, no attribute access, no HTML.

Variables are filled in twice: the assistant's when its prompt is read, those of one call when it begins. A version can
bring variables of its own, whose texts may hold others; those that run in a circle are left out, and said to the admin.
What a server of the business has to be asked for is `lookup`, the tool that asks it, and where in its answer it stands.
"""

import re
from collections.abc import Iterable, Mapping

_LOOK_UP = r"lookup\.[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_-]+){1,4}"
_VARIABLE = re.compile(rf"\{{\{{\s*([a-z][a-z0-9_]*|{_LOOK_UP})\s*\}}\}}")
_PIECE = re.compile(r"[A-Za-z]+|\d{1,3}|[^\sA-Za-z\d]")
_LETTERS_PER_TOKEN = 6  # of a long word; short ones are one token each

OF_ASSISTANT = {
    "business": "the business it speaks for",
    "department": "its department",
}
OF_CALL = {
    "number": "our number on this call",
    "caller": "the number of whom it speaks with; empty when that is withheld",
    "contact": "the name of whom it speaks with, if we know it",
    "campaign": "the campaign for which we call; empty when they have called us",
    "topic": "what our call is about; empty when they have called us",
}
FROM_CONTACT = "contact_"  # and the name of a column of the campaign's file
FROM_LOOK_UP = "lookup."  # and a tool, and the names that lead to a value in its answer: lookup.crm.address.city
VARIABLES = frozenset({*OF_ASSISTANT, *OF_CALL})


def render(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables filled in; an unknown variable stays as it is written."""
    return _VARIABLE.sub(lambda found: variables.get(found.group(1), found.group(0)), text)


def as_spoken(text: str, variables: Mapping[str, str]) -> str:
    """The text for a call: what nobody fills in is left out, because braces are not to be read to a caller."""
    return _VARIABLE.sub(lambda found: variables.get(found.group(1), ""), text)


def variables_in(text: str) -> list[str]:
    """The names of a text's variables, each once, in order of appearance."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def unknown_variables(text: str, own: Iterable[str] = ()) -> list[str]:
    """The variables of a text that nobody will fill in, in order of appearance."""
    known, elsewhere = VARIABLES | set(own), (FROM_CONTACT, FROM_LOOK_UP)
    return [name for name in variables_in(text) if name not in known and not name.startswith(elsewhere)]


def look_ups_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The variables of these texts that a server has to be asked for, each once."""
    names = (name for text in texts for name in variables_in(text))
    return tuple(dict.fromkeys(name for name in names if name.startswith(FROM_LOOK_UP)))


def parts_of_look_up(name: str) -> tuple[str, str]:
    """The tool of such a variable, and where in its answer the value stands: `crm` and `address.city`."""
    tool, _, place = name.removeprefix(FROM_LOOK_UP).partition(".")
    return tool, place


def circles(own: Mapping[str, str]) -> list[str]:
    """Own variables that lead back to themselves, by name."""
    return sorted(name for name in own if _leads_to(name, name, own, set()))


def _leads_to(start: str, goal: str, own: Mapping[str, str], seen: set[str]) -> bool:
    for name in variables_in(own.get(start, "")):
        if name == goal:
            return True
        if name in own and name not in seen:
            seen.add(name)
            if _leads_to(name, goal, own, seen):
                return True
    return False


def expanded(own: Mapping[str, str]) -> dict[str, str]:
    """Own variables with others of them filled in, to the bottom; those that run in a circle are empty."""
    bad = circles(own)
    flat = {name: ("" if name in bad else text) for name, text in own.items()}
    for _ in flat:  # without circles no chain is longer than there are variables
        flat = {
            name: render(text, {other: flat[other] for other in flat if other != name}) for name, text in flat.items()
        }
    return flat


def estimated_tokens(text: str) -> int:
    """About how many tokens a text is, for English within a tenth or so; the bill is what the model counts."""
    pieces = _PIECE.findall(text)
    return sum(1 + max(len(piece) - 1, 0) // _LETTERS_PER_TOKEN if piece[0].isalpha() else 1 for piece in pieces)
