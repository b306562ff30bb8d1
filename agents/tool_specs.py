"""What a tool is: its name, what it is for, and the shape of its arguments. What it does is in `calls/tools`.

The names are what the model calls; a new tool is a row here, a file there, and a line in docs/tools.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_NEEDS_APPROVAL = " A colleague has to approve each use: what came of it may be told to you later."
_NEEDS_YES = (
    " Each use needs the caller's yes: the first call does nothing and tells you what to ask; call it again with the "
    "same arguments once they have said yes."
)
LONGEST_ARGUMENT = 500  # characters
LONGEST_RUN_S = 8.0


class Risk(StrEnum):
    """What a tool can do wrong: nothing, something that must not be done twice, or harm."""

    READ = "reads"
    CHANGE = "changes"
    RISKY = "risky"


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told about it; `parameters` is a JSON schema.

    `needs_approval`: a supervisor must approve each use, whatever the grant says. A grant may ask for that of any tool.
    `is_of_line`: it is work on the line itself, done where the call is held, or after its words were heard there.
    `filler` is what the assistant says while the tool is at work, `timeout_s` how long that may take before it is
    killed. A `risky` one needs the caller's yes each time.
    """

    name: str
    description: str
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    needs_approval: bool = False
    is_of_line: bool = False
    risk: Risk = Risk.CHANGE
    filler: str = ""
    timeout_s: float = LONGEST_RUN_S

    def declaration(self, *, is_guarded: bool = False, needs_yes: bool = False) -> dict[str, Any]:
        """Name, description and parameters, as a session's tool list wants them."""
        more = _NEEDS_APPROVAL if is_guarded or self.needs_approval else ""
        more += _NEEDS_YES if needs_yes or self.risk is Risk.RISKY else ""
        more += f" Say “{self.filler}” in the same answer." if self.filler else ""
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
            "opt_out",
            "The person does not want to be called any more, in whatever words: stop, take me off your list, wrong "
            "number, leave me alone. Use it at once, without asking why and without an offer. Not for “call me later”.",
            {
                "type": "object",
                "properties": {"said": {"type": "string", "description": "What they said, in their words."}},
                "required": ["said"],
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
        ToolSpec(
            "record_fact",
            "Keep something the caller has told you that you are to find out. Use it as soon as you know it, one call "
            "for each; if they correct themselves, again.",
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "Which fact."},
                    "value": {"type": "string", "description": "As the caller said it; dates as 2026-11-30."},
                },
                "required": ["name", "value"],
                "additionalProperties": False,
            },
        ),
        ToolSpec(
            "take_note",
            "Write down a sentence about this call for colleagues: what matters and is nowhere else.",
            {
                "type": "object",
                "properties": {"text": {"type": "string", "description": "The note."}},
                "required": ["text"],
                "additionalProperties": False,
            },
        ),
        ToolSpec(
            "set_disposition",
            "Put down what came of the call, before you end it or put the caller through.",
            {
                "type": "object",
                "properties": {
                    "code": {"type": "string", "description": "The result."},
                    "note": {"type": "string", "description": "Why, in a few words. May be left out."},
                },
                "required": ["code"],
                "additionalProperties": False,
            },
        ),
        ToolSpec(
            "look_up_contact",
            "What is known of the caller: their name, what is noted of them, whether they called before. Only of this "
            "caller; nobody else can be looked up.",
            {"type": "object", "properties": {}, "additionalProperties": False},
            risk=Risk.READ,
            timeout_s=4.0,
        ),
        ToolSpec(
            "search_knowledge",
            "Look up what our documents say. Use it before you answer a question about products, prices, rules or how "
            "something is done, and answer only from what comes back.",
            {
                "type": "object",
                "properties": {
                    "question": {"type": "string", "description": "What the caller wants to know, in their words."}
                },
                "required": ["question"],
                "additionalProperties": False,
            },
            risk=Risk.READ,
            timeout_s=4.0,
        ),
        ToolSpec(
            "collect_digits",
            "Let the caller key in a number on the telephone's keypad, such as an order number. Say in the same answer "
            "what to key in and how to finish; then wait for what comes back. Never for a card or a PIN.",
            {
                "type": "object",
                "properties": {
                    "min_digits": {"type": "integer", "description": "The fewest digits, 1 to 32."},
                    "max_digits": {
                        "type": "integer",
                        "description": "The most, which end the entry at once. For an exact number: as min_digits.",
                    },
                    "finish_key": {"type": "string", "enum": ["#", "*", "none"], "description": "Ends it early."},
                    "timeout_s": {
                        "type": "integer",
                        "description": "How long the first key is waited for, in seconds.",
                    },
                    "pause_s": {"type": "integer", "description": "A pause this long ends the entry, in seconds."},
                    "tries": {"type": "integer", "description": "How often it may be keyed in, 1 to 5."},
                    "check": {
                        "type": "string",
                        "enum": ["none", "luhn", "pattern"],
                        "description": "luhn: the last digit is a check digit. pattern: as in `pattern`.",
                    },
                    "pattern": {"type": "string", "description": r"Digits, \d, [0-9], ?, +, *, {n,m} and | only."},
                    "retry_words": {"type": "string", "description": "What you say when it must be keyed in again."},
                },
                "required": ["min_digits", "max_digits"],
                "additionalProperties": False,
            },
            is_of_line=True,
        ),
        ToolSpec(
            "send_digits",
            "Press keys for the far end, to find your way through its menu. The tones follow what you say in the same "
            "answer; then listen to what answers.",
            {
                "type": "object",
                "properties": {
                    "digits": {
                        "type": "string",
                        "description": "0-9 * # A-D; w waits half a second, W a whole one: 1w2#.",
                    }
                },
                "required": ["digits"],
                "additionalProperties": False,
            },
            is_of_line=True,
        ),
        ToolSpec(
            "secure_capture",
            "Have the caller key in a secret, such as a card or a PIN. It goes to the telephone network or the payment "
            "provider and never to you: you are told only what came of it. Say in the same answer that the caller will "
            "be asked to key it in and that nobody hears or records it, and nothing more. Never ask anybody to say it.",
            {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "description": "What is to be keyed in."},
                    "amount": {
                        "type": "string",
                        "description": "For a payment, the amount the caller agreed to: 19.99.",
                    },
                },
                "required": ["kind"],
                "additionalProperties": False,
            },
            is_of_line=True,
        ),
    )
}
