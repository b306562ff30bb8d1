"""By which line a caller comes to an assistant: a stream of sound, or text where the carrier listens and speaks."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from agents import prompts, relay_rules
from agents.models import Assistant, PromptVersion, RelayLine
from agents.prompts import LivePrompt
from calls.models import Call, Stream


@dataclass(frozen=True, slots=True)
class TextDoor:
    """A line of text: the model that answers, and the line by the carrier's own attribute names."""

    model: str
    attributes: dict[str, str]
    languages: list[dict[str, str]]
    tools: tuple[dict[str, Any], ...] = ()  # of the line itself, beside those of the assistant

    @property
    def codes(self) -> frozenset[str]:
        """The languages that the line can be switched to."""
        return frozenset({self.attributes["language"], *(language["code"] for language in self.languages)})


def of(call: Call) -> str:
    """The kind of line for this call's assistant."""
    return Stream.Door.STREAM if text_door(call) is None else Stream.Door.RELAY


def is_by_text(call: Call) -> bool:
    """True when this call's assistant reads and writes: as it always does, or because a budget had stepped down."""
    assistant = _assistant(call)
    return call.is_by_text_line or (assistant is not None and assistant.door == Assistant.Door.RELAY)


def prompt_of(call: Call, version: PromptVersion) -> LivePrompt:
    """The call's prompt as its line takes it."""
    return prompts.rendered(version, is_by_text=call.is_by_text_line)


def text_door(call: Call) -> TextDoor | None:
    """The call's line of text; None when it comes by a stream of sound, or the line is not set up (any more)."""
    assistant = _assistant(call)
    if assistant is None or not is_by_text(call):
        return None
    line = RelayLine.objects.filter(assistant=assistant).first()
    if line is None:
        return None
    set_to = line.settings()
    tool = relay_rules.language_tool(set_to)
    return TextDoor(
        line.model or settings.OPENAI_TEXT_MODEL,
        relay_rules.attributes(set_to),
        relay_rules.language_attributes(set_to.languages),
        () if tool is None else (tool,),
    )


def _assistant(call: Call) -> Assistant | None:
    return call.prompt_version.assistant if call.prompt_version is not None else call.assistant
