"""What a tool is: its name, what it is for, and the shape of its arguments. What it does is in `calls/tools`.

The names are what the model calls; a new tool is a row here, a file there, and a line in docs/tools.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_NEEDS_APPROVAL = " A colleague has to approve each use: what came of it may be told to you later."
LONGEST_ARGUMENT = 500  # characters


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told about it; `parameters` is a JSON schema.

    `needs_approval`: a supervisor must approve each use, whatever the grant says. A grant may ask for that of any tool.
    """

    name: str
    description: str
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    needs_approval: bool = False

    def declaration(self, *, is_guarded: bool = False) -> dict[str, Any]:
        """Name, description and parameters, as a session's tool list wants them."""
        more = _NEEDS_APPROVAL if is_guarded or self.needs_approval else ""
        return {"name": self.name, "description": self.description + more, "parameters": self.parameters}

    def choices(self, argument: str) -> tuple[str, ...]:
        """The values an argument may have; empty when it may be any text."""
        return tuple(str(value) for value in self._property(argument).get("enum", ()))

    def arguments(self) -> tuple[str, ...]:
        """The names of its arguments, in order."""
        return tuple(self.parameters.get("properties", {}))

    def problem_with(self, arguments: Mapping[str, str]) -> str:
        """What is wrong with arguments that a person has written, as a sentence; empty when nothing is."""
        for name in self.parameters.get("required", ()):
            if not arguments.get(name, "").strip():
                return f"“{name}” is missing."
        for name, value in arguments.items():
            if name not in self.arguments():
                return f"“{name}” is no argument of “{self.name}”."
            if len(value) > LONGEST_ARGUMENT:
                return f"“{name}” may have {LONGEST_ARGUMENT} characters."
            if (choices := self.choices(name)) and value not in choices:
                return f"“{name}” must be one of: {', '.join(choices)}."
        return ""

    def _property(self, argument: str) -> Mapping[str, Any]:
        found = self.parameters.get("properties", {}).get(argument, {})
        return found if isinstance(found, dict) else {}


TOOLS: dict[str, ToolSpec] = {
    spec.name: spec
    for spec in (
        ToolSpec(
            "callback",
            "The caller wants to be called back by a colleague. Only when they said so themselves: offer it, and use "
            "this once they have agreed. Ask what it is about, and whether a certain time would suit them.",
            {
                "type": "object",
                "properties": {
                    "reason": {"type": "string", "description": "What it is about, in a sentence."},
                    "when": {
                        "type": "string",
                        "description": "The time the caller named, by their own clock, as 2026-11-30T15:00. Leave it "
                        "out for as soon as possible. If you do not know the date, write `?` and you are told.",
                    },
                    "time_zone": {
                        "type": "string",
                        "description": "Where the caller is, as America/New_York, if they said so. Else leave it out.",
                    },
                },
                "required": ["reason"],
                "additionalProperties": False,
            },
        ),
        ToolSpec(
            "end_call",
            "End the call. Say goodbye first, in the same answer; the line is released when the caller has heard it.",
            {
                "type": "object",
                "properties": {
                    "reason": {
                        "type": "string",
                        "enum": ["caller_done", "wrong_number", "abuse", "other"],
                        "description": "Why the call is over.",
                    }
                },
                "required": ["reason"],
                "additionalProperties": False,
            },
        ),
        ToolSpec(
            "stop_recording",
            "The caller does not want to be recorded: stop the recording and delete what was recorded so far. "
            "Use it at once when the caller says so, then tell them that it is done and go on.",
            {"type": "object", "properties": {}, "additionalProperties": False},
        ),
        ToolSpec(
            "transfer",
            "Put the caller through to a person. Use it when they ask for one, or when you cannot help. The telephone "
            "system tells the caller that they are being connected, so say nothing of it yourself. If nobody can take "
            "the call, the caller comes back to you.",
            {
                "type": "object",
                "properties": {
                    "to": {
                        "type": "string",
                        "description": "The queue, department or person; empty: whoever is responsible.",
                    },
                    "reason": {"type": "string", "description": "What the caller wants, in a few words."},
                    "summary": {
                        "type": "string",
                        "description": "What the colleague must know: who calls, what was said and done. 2 sentences.",
                    },
                    "promised": {"type": "string", "description": "What you promised the caller, if anything."},
                },
                "required": ["reason", "summary"],
                "additionalProperties": False,
            },
        ),
    )
}
