"""What the model's API refuses in a session's settings, said when they are written and not when somebody calls.

Source: https://developers.openai.com/api/reference/resources/realtime (session object).
"""

import re
from collections.abc import Mapping
from typing import Any

from agents import prompt_languages, prompt_text

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
TRANSCRIPTION_MODELS = (
    *("gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-mini-transcribe-2025-12-15", "gpt-4o-transcribe-diarize"),
    *("whisper-1", "gpt-realtime-whisper", "gpt-transcribe", "gpt-live-transcribe"),
)
_OWN_VOICE = re.compile(r"voice_[A-Za-z0-9_-]+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def problems(settings: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong, by field, as sentences; empty when nothing is. `settings` are a prompt version's fields."""
    found = {}
    if settings["voice"] not in VOICES and not _OWN_VOICE.fullmatch(settings["voice"]):
        found["voice"] = f"One of {', '.join(VOICES)}, or a voice of your own: voice_…"
    if settings["transcription_model"] not in TRANSCRIPTION_MODELS:
        found["transcription_model"] = f"One of {', '.join(TRANSCRIPTION_MODELS)}."
    try:
        others = prompt_languages.listed(settings["other_languages"])
    except prompt_languages.UnknownLanguage as unknown:
        found["other_languages"] = f"“{unknown}” is the code of no language that is known here."
    else:
        if settings["language_mode"] == "set" and not others:
            found["other_languages"] = "Say which languages, as es, pt-BR."
        for voice in filter(None, others.values()):
            if voice not in VOICES and not _OWN_VOICE.fullmatch(voice):
                found["other_languages"] = f"“{voice}” is no voice."
    for field in ("own_variables", "stored_prompt_variables"):
        if wrong := _wrong_variable(settings[field]):
            found[field] = wrong
    if not settings["stored_prompt_id"] and (settings["stored_prompt_version"] or settings["stored_prompt_variables"]):
        found["stored_prompt_id"] = "A version or variables are set, and no stored prompt."
    return found


def _wrong_variable(variables: Any) -> str:
    if not isinstance(variables, dict):
        return "Variables are texts by name."
    for name, text in variables.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            return f"“{name}” is no name: small letters, digits and underscores."
        if not isinstance(text, str):
            return f"“{name}” is no text."
        if name.startswith(prompt_text.FROM_CONTACT):
            return f"“{name}” begins like a column of a campaign's file; give it another name."
    return ""
