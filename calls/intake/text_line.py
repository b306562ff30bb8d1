"""By which line a caller comes to an assistant: a stream of sound, or text where the carrier listens and speaks."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from agents import relay_rules
from agents.models import Assistant, RelayLine
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
    return Stream.Door.STREAM if text_door(_assistant(call)) is None else Stream.Door.RELAY


def text_door(assistant: Assistant | None) -> TextDoor | None:
    """The assistant's line of text; None when it comes by a stream of sound, or its line is not set up (any more)."""
    if assistant is None or assistant.door != Assistant.Door.RELAY:
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
