"""What a ConversationRelay line may be set to, and which settings go together: the carrier's rules as data.

A wrong combination is refused by the carrier only when a caller is on the line (error 64101), so it is refused here
when it is saved, in words that say what to change.

Source: https://www.twilio.com/docs/voice/twiml/connect/conversationrelay (attributes, "Multi-language").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MULTI = "multi"
SWITCH_LANGUAGE = "switch_language"
INTERRUPTIBLE = ("none", "dtmf", "speech", "any")
SENSITIVITIES = ("low", "medium", "high")
TTS_PROVIDERS = ("Google", "Amazon", "ElevenLabs")
TRANSCRIPTION_PROVIDERS = ("Deepgram", "Google")
SPEECH_TIMEOUT_MS = (600, 5_000)
EOT_THRESHOLD = (0.5, 0.9)
FLUX = "flux"
# Models of a provider that are known; Google has many more, which only the carrier knows.
SPEECH_MODELS = {"Deepgram": ("nova-3-general", "nova-2-general", FLUX), "Google": ("telephony", "long")}
MULTI_MODELS = ("nova-3-general", "nova-2-general")
# How a provider's voices are named, with one to show it.
VOICES = {
    "Google": (re.compile(r"[a-z]{2,3}-[A-Z][A-Za-z]{1,3}-[A-Za-z0-9-]+"), "en-US-Journey-O"),
    "Amazon": (re.compile(r"[A-Z][a-zé]+(-[A-Z][A-Za-z-]+)?"), "Joanna-Neural"),
    "ElevenLabs": (re.compile(r"[A-Za-z0-9]{20}(-[A-Za-z0-9_.-]+)?"), "UgBBYS2sOqTuMpoF3BR0"),
}
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
# What the carrier tells of what it does; without it nobody would know when our words were heard.
DEBUG = "speaker-events tokens-played"


@dataclass(frozen=True, slots=True)
class Language:
    """How one language is heard and spoken; `code` is a language tag, or multi."""

    code: str
    tts_provider: str
    voice: str
    transcription_provider: str
    speech_model: str
    hints: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Everything a line is set to. `tts_language`, `transcription_language` empty: as `language`."""

    language: str
    tts_language: str
    transcription_language: str
    tts_provider: str
    voice: str
    transcription_provider: str
    speech_model: str
    interruptible: str
    greeting_interruptible: str
    interrupt_sensitivity: str
    input_during_speech: str
    speech_timeout_ms: int | None  # None: auto
    eot_threshold: float | None  # None: the carrier's own
    takes_keys: bool
    is_preemptible: bool
    tells_partial_words: bool
    filters_profanity: bool
    ignores_backchannels: bool
    formats_smartly: bool
    hints: str
    languages: tuple[Language, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a setting, for a person; `field` names it as the form does."""

    field: str
    words: str


def problems(line: Line) -> list[Problem]:
    """Everything that the carrier would refuse, or that cannot work; empty when the line may be used."""
    tts, stt = line.tts_language or line.language, line.transcription_language or line.language
    found = [
        *_tags(line),
        *_heard(stt, line.transcription_provider, line.speech_model),
        *_spoken(tts, line.tts_provider, line.voice),
        *_timing(line),
        *_keys(line),
    ]
    codes = [language.code for language in line.languages]
    found += [
        Problem("languages", f"{code} is set up twice; keep one of them.")
        for code in sorted(set(codes))
        if codes.count(code) > 1
    ]
    for language in line.languages:
        found += [Problem("languages", f"{language.code}: {problem.words}") for problem in _of_language(language)]
    return found


def _tags(line: Line) -> list[Problem]:
    tags = {
        "language": line.language,
        "tts_language": line.tts_language,
        "transcription_language": line.transcription_language,
    }
    return [
        Problem(field, f"“{tag}” is no language: write a tag such as en-US, or multi for automatic detection.")
        for field, tag in tags.items()
        if (tag or field == "language") and not _is_tag(tag)
    ]


def _is_tag(tag: str) -> bool:
    return tag == MULTI or _TAG.fullmatch(tag) is not None


def _heard(tag: str, provider: str, model: str) -> list[Problem]:
    if tag == MULTI and provider != "Deepgram":
        words = (
            f"Only Deepgram detects the caller's language by itself. Choose Deepgram instead of {provider}, or name "
        )
        return [Problem("transcription_provider", f"{words}one language for listening.")]
    if tag == MULTI and model not in MULTI_MODELS:
        known = " or ".join(MULTI_MODELS)
        words = f"Automatic detection needs the speech model {known}. Choose one of them, or name one language."
        return [Problem("speech_model", words)]
    theirs = SPEECH_MODELS.get(provider)
    if theirs is None:
        return [Problem("transcription_provider", f"Choose one of {', '.join(TRANSCRIPTION_PROVIDERS)}.")]
    others = {name for whose, names in SPEECH_MODELS.items() if whose != provider for name in names}
    if model in others or (provider == "Deepgram" and model not in theirs):
        words = f"{provider} has no speech model “{model}”. Its models are {', '.join(theirs)}."
        return [Problem("speech_model", words)]
    return []


def _spoken(tag: str, provider: str, voice: str) -> list[Problem]:
    if tag == MULTI and provider != "ElevenLabs":
        words = (
            f"Only ElevenLabs speaks whichever language comes. Choose ElevenLabs instead of {provider}, or name one "
        )
        return [Problem("tts_provider", f"{words}language for speaking.")]
    if provider not in VOICES:
        return [Problem("tts_provider", f"Choose one of {', '.join(TTS_PROVIDERS)}.")]
    shape, example = VOICES[provider]
    if shape.fullmatch(voice) is None:
        return [Problem("voice", f"“{voice}” is no voice of {provider}. Its voices are named like {example}.")]
    if provider == "Google" and tag != MULTI and not voice.startswith(tag.split("-", maxsplit=1)[0] + "-"):
        words = f"The voice {voice} speaks another language than {tag}. Choose a voice that begins with {tag}."
        return [Problem("voice", words)]
    return []


def _of_language(language: Language) -> list[Problem]:
    if not _is_tag(language.code):
        return [Problem("code", "this is no language: write a tag such as es-US, or multi.")]
    return [
        *_heard(language.code, language.transcription_provider, language.speech_model),
        *_spoken(language.code, language.tts_provider, language.voice),
    ]


def _timing(line: Line) -> list[Problem]:
    low, high = SPEECH_TIMEOUT_MS
    found = []
    if line.speech_timeout_ms is not None and not low <= line.speech_timeout_ms <= high:
        words = f"The pause after speech is {low} to {high} milliseconds, or empty for automatic."
        found.append(Problem("speech_timeout_ms", words))
    if line.eot_threshold is not None:
        lowest, highest = EOT_THRESHOLD
        if line.speech_model != FLUX:
            words = f"Only the speech model {FLUX} knows this threshold. Leave it empty, or choose {FLUX}."
            found.append(Problem("eot_threshold", words))
        elif not lowest <= line.eot_threshold <= highest:
            found.append(Problem("eot_threshold", f"The threshold is {lowest} to {highest}, or empty."))
    return found


def _keys(line: Line) -> list[Problem]:
    settings = {
        "interruptible": line.interruptible,
        "greeting_interruptible": line.greeting_interruptible,
        "input_during_speech": line.input_during_speech,
    }
    return [
        Problem(field, "Keys are not taken on this line. Switch “takes keys” on, or choose speech or none.")
        for field, value in settings.items()
        if value == "dtmf" and not line.takes_keys
    ]


def attributes(line: Line) -> dict[str, str]:
    """The line as the attributes of `<ConversationRelay>`, every one explicit: the carrier's defaults have changed."""
    shown = {
        "language": line.language,
        "ttsLanguage": line.tts_language or line.language,
        "transcriptionLanguage": line.transcription_language or line.language,
        "ttsProvider": line.tts_provider,
        "voice": line.voice,
        "transcriptionProvider": line.transcription_provider,
        "speechModel": line.speech_model,
        "interruptible": line.interruptible,
        "welcomeGreetingInterruptible": line.greeting_interruptible,
        "interruptSensitivity": line.interrupt_sensitivity,
        "reportInputDuringAgentSpeech": line.input_during_speech,
        "speechTimeout": "auto" if line.speech_timeout_ms is None else str(line.speech_timeout_ms),
        "dtmfDetection": _flag(line.takes_keys),
        "preemptible": _flag(line.is_preemptible),
        "partialPrompts": _flag(line.tells_partial_words),
        "profanityFilter": _flag(line.filters_profanity),
        "ignoreBackchannel": _flag(line.ignores_backchannels),
        "debug": DEBUG,
    }
    if line.transcription_provider == "Deepgram":
        shown["deepgramSmartFormat"] = _flag(line.formats_smartly)
    if line.tts_provider == "ElevenLabs":
        shown["elevenlabsTextNormalization"] = "off"
    if line.eot_threshold is not None:
        shown["eotThreshold"] = f"{line.eot_threshold:g}"
    if line.hints:
        shown["hints"] = line.hints
    return shown


def language_attributes(languages: Sequence[Language]) -> list[dict[str, str]]:
    """The nested `<Language>` elements' attributes."""
    return [
        {
            "code": language.code,
            "ttsProvider": language.tts_provider,
            "voice": language.voice,
            "transcriptionProvider": language.transcription_provider,
            "speechModel": language.speech_model,
        }
        | ({"hints": language.hints} if language.hints else {})
        for language in languages
    ]


def language_tool(line: Line) -> dict[str, Any] | None:
    """The tool by which the assistant switches the line to another of its languages; None when it has one only."""
    if not line.languages:
        return None
    codes = list(dict.fromkeys([line.language, *(language.code for language in line.languages)]))
    return {
        "type": "function",
        "name": SWITCH_LANGUAGE,
        "description": "Hear and speak another language from now on, when the caller speaks it or asks for it. Answer "
        "in that language afterwards.",
        "parameters": {
            "type": "object",
            "properties": {"language": {"type": "string", "enum": codes}},
            "required": ["language"],
        },
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"
