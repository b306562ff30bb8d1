"""Which languages an assistant speaks, as the model is told."""

from collections.abc import Sequence

NAMES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "hi": "Hindi", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


class UnknownLanguage(Exception):
    """This is the code of no language that we know; `str()` is the code."""


def codes(text: str) -> list[str]:
    """The codes in a list with commas, each once. Raises UnknownLanguage."""
    found = list(dict.fromkeys(code.strip() for code in text.split(",") if code.strip()))
    for code in found:
        if base(code) not in NAMES:
            raise UnknownLanguage(code)
    return found


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
