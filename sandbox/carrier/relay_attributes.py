"""The attributes of `<ConversationRelay>` and its `<Language>`, and what each may hold.

https://www.twilio.com/docs/voice/twiml/connect/conversationrelay. An attribute that is not here is refused.
"""

from collections.abc import Callable, Mapping

Check = Callable[[str], bool]

_TTS = ("Google", "Amazon", "ElevenLabs")
_STT = ("Deepgram", "Google")
_INTERRUPTIBLE = ("none", "dtmf", "speech", "any", "true", "false")
NOVA = ("nova-3-general", "nova-2-general")
DEEPGRAM = (*NOVA, "flux")
_DEBUG = ("debugging", "speaker-events", "tokens-played")


def _one_of(*words: str) -> Check:
    return lambda value: value in words


def _any(value: str) -> bool:
    return bool(value) and len(value) <= 10_000


def _speech_timeout(value: str) -> bool:
    return value == "auto" or (value.isdecimal() and 600 <= int(value) <= 5000)


def _eot(value: str) -> bool:
    try:
        return 0.5 <= float(value) <= 0.9
    except ValueError:
        return False


_BOOLEAN = _one_of("true", "false")
LANGUAGE: Mapping[str, Check] = {
    "code": _any,
    "ttsProvider": _one_of(*_TTS),
    "voice": _any,
    "transcriptionProvider": _one_of(*_STT),
    "speechModel": _any,
    "hints": _any,
}
RELAY: Mapping[str, Check] = {
    "url": _any,
    "welcomeGreeting": _any,
    "welcomeGreetingInterruptible": _one_of(*_INTERRUPTIBLE),
    "language": _any,
    "ttsLanguage": _any,
    "transcriptionLanguage": _any,
    "ttsProvider": _one_of(*_TTS),
    "voice": _any,
    "transcriptionProvider": _one_of(*_STT),
    "speechModel": _any,
    "interruptible": _one_of(*_INTERRUPTIBLE),
    "interruptSensitivity": _one_of("low", "medium", "high"),
    "dtmfDetection": _BOOLEAN,
    "reportInputDuringAgentSpeech": _one_of("none", "dtmf", "speech", "any"),
    "preemptible": _BOOLEAN,
    "partialPrompts": _BOOLEAN,
    "hints": _any,
    "profanityFilter": _BOOLEAN,
    "debug": lambda value: bool(value.split()) and set(value.split()) <= set(_DEBUG),
    "speechTimeout": _speech_timeout,
    "eotThreshold": _eot,
    "ignoreBackchannel": _BOOLEAN,
    "deepgramSmartFormat": _BOOLEAN,
    "elevenlabsTextNormalization": _one_of("on", "auto", "off"),
    "intelligenceService": _any,
}
