"""Which languages an assistant speaks, as the model is told."""

from collections.abc import Sequence
from typing import Any

NAMES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "hi": "Hindi", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


class UnknownLanguage(Exception):
    """This is the code of no language that we know; `str()` is the code."""


def listed(text: str) -> dict[str, str]:
    """A list with commas, as `es, pt-BR: coral`: by code, the voice it has of its own, or nothing.

    Raises UnknownLanguage.
    """
    found = {}
    for item in text.split(","):
        code, _, voice = (part.strip() for part in item.partition(":"))
        if code and base(code) not in NAMES:
            raise UnknownLanguage(code)
        if code:
            found[code] = voice
    return found


def tool(codes: Sequence[str]) -> dict[str, Any]:
    """The tool by which the assistant says that it goes on in another of its languages."""
    return {
        "name": "switch_language",
        "description": "Hear and speak another language from now on, when the caller speaks it or asks for it. Answer "
        "in that language afterwards.",
        "parameters": {
            "type": "object",
            "properties": {"language": {"type": "string", "enum": list(codes)}},
            "required": ["language"],
            "additionalProperties": False,
        },
    }


def base(code: str) -> str:
    """The language alone: `pt` of `pt-BR`."""
    return code.partition("-")[0].lower()


def name(code: str) -> str:
    """A language by its name; a code that we do not know stays one."""
    return NAMES.get(base(code), code)


def rule(*, mode: str, language: str, others: Sequence[str]) -> str:
    """The section that goes with a prompt; empty for an assistant of one language, whose prompt says what it likes."""
    first = name(language)
    if mode == "mirrored":
        return (
            f"\n\n# Languages\nBegin in {first}. Answer in the language the caller speaks; change only when they have "
            "said a whole sentence in another one, never for a name, a greeting or noise."
        )
    if mode == "set" and others:
        names = ", ".join(name(code) for code in others)
        return (
            f"\n\n# Languages\nBegin in {first}. You also speak {names}, and no other language. When the caller speaks "
            "one of them for a whole sentence, or asks for it, call `switch_language` with its code and go on in it. "
            f"In any other language say in {first} which ones you speak."
        )
    return ""
