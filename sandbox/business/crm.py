"""The customer file: who a number belongs to, and notes about them. What it can do is told, and done, over MCP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LONGEST_NOTE = 400

TOOLS: list[dict[str, Any]] = [
    {
        "name": "find_contact",
        "title": "Find the caller",
        "description": "Who the caller is: name, city, what they bought last, and what was noted of them. It is found "
        "by the number they call from; nothing is asked for.",
        "inputSchema": {"type": "object", "properties": {}, "additionalProperties": False},
        "outputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
    },
    {
        "name": "write_note",
        "title": "Write a note",
        "description": "Writes a note about the caller into the customer file, where every colleague reads it.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "text": {
                    "type": "string",
                    "description": "The note, in a sentence or two.",
                    "minLength": 3,
                    "maxLength": _LONGEST_NOTE,
                },
                "kind": {"type": "string", "enum": ["wish", "complaint", "other"], "description": "What it is."},
            },
            "required": ["text"],
            "additionalProperties": False,
        },
        "annotations": {"readOnlyHint": False, "destructiveHint": False, "idempotentHint": True},
    },
]


class Wrong(Exception):
    """The arguments are not those that were declared; `str()` says which."""


@dataclass
class Crm:
    """Customers by number, and what was noted of them; a note with a key that was used is not written twice."""

    people: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "+14155550123": {"name": "Carol Ames", "city": "Oakland", "last_bought": "Ridge tent"},
            "+12125550131": {"name": "Ben Ortiz", "city": "New York", "last_bought": "Basecamp tent"},
        }
    )
    notes: list[dict[str, str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def use(self, name: str, arguments: Mapping[str, Any], *, caller: str, key: str) -> dict[str, Any]:
        """The result of a tool as MCP has it. Raises Wrong, and KeyError for a tool that is none."""
        act = {"find_contact": self._find, "write_note": self._write}[name]
        return act(arguments, caller, key)

    def _find(self, arguments: Mapping[str, Any], caller: str, key: str) -> dict[str, Any]:
        if arguments:
            raise Wrong("find_contact takes no arguments")
        if not caller:
            return _failed("Nobody knows who calls: X-Caller is missing.")
        known = self.people.get(caller)
        notes = [note["text"] for note in self.notes if note["caller"] == caller]
        found = {"found": known is not None, **(known or {}), "notes": notes}
        said = f"{known['name']} of {known['city']}" if known else "Nobody with this number"
        return {"content": [{"type": "text", "text": said}], "structuredContent": found, "isError": False}

    def _write(self, arguments: Mapping[str, Any], caller: str, key: str) -> dict[str, Any]:
        text, kind = arguments.get("text"), arguments.get("kind", "other")
        if set(arguments) - {"text", "kind"} or kind not in ("wish", "complaint", "other"):
            raise Wrong("write_note takes text and kind")
        if not isinstance(text, str) or not 3 <= len(text) <= _LONGEST_NOTE:
            raise Wrong(f"text has 3 to {_LONGEST_NOTE} characters")
        if not caller:
            return _failed("Nobody knows who calls: X-Caller is missing.")
        if not key or key not in self.keys:
            self.keys.add(key)
            self.notes.append({"caller": caller, "text": text, "kind": kind})
        return {"content": [{"type": "text", "text": "It is noted."}], "isError": False}


def _failed(why: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": why}], "isError": True}
