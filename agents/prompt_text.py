"""Rendering of prompt texts: variables in double braces, nothing else. No logic, no attribute access, no HTML."""

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
VARIABLES = frozenset({"business", "department"})


def render(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables filled in; an unknown variable stays as it is written."""
    return _VARIABLE.sub(lambda found: variables.get(found.group(1), found.group(0)), text)


def unknown_variables(text: str) -> list[str]:
    """The variables of a text that nobody will fill in, in order of appearance."""
    return [name for name in dict.fromkeys(_VARIABLE.findall(text)) if name not in VARIABLES]
