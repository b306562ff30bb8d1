"""Which settings of a text line go together, and what a person is told about those that do not."""

from dataclasses import replace

import pytest

from agents import relay_rules
from agents.relay_rules import Language, Line

LINE = Line(
    language="en-US",
    tts_language="",
    transcription_language="",
    tts_provider="Google",
    voice="en-US-Journey-O",
    transcription_provider="Deepgram",
    speech_model="nova-3-general",
    interruptible="any",
    greeting_interruptible="none",
    interrupt_sensitivity="high",
    input_during_speech="any",
    speech_timeout_ms=None,
    eot_threshold=None,
    takes_keys=True,
    is_preemptible=False,
    tells_partial_words=True,
    filters_profanity=False,
    ignores_backchannels=True,
    formats_smartly=True,
    hints="",
)
ELEVEN = {"tts_provider": "ElevenLabs", "voice": "UgBBYS2sOqTuMpoF3BR0"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"language": "multi", **ELEVEN},
        {"transcription_language": "multi"},
        {"transcription_language": "multi", "speech_model": "nova-2-general"},
        {"tts_language": "multi", **ELEVEN, "transcription_provider": "Google", "speech_model": "telephony"},
        {"transcription_provider": "Google", "speech_model": "latest_long"},
        {"tts_provider": "Amazon", "voice": "Joanna-Neural"},
        {"speech_model": "flux", "eot_threshold": 0.7},
        {"speech_timeout_ms": 600},
        {"languages": (Language("es-US", "Google", "es-US-Journey-F", "Deepgram", "nova-3-general"),)},
        {"takes_keys": False, "interruptible": "speech", "input_during_speech": "any"},
    ],
)
def test_what_the_carrier_takes_is_no_problem(changes: dict) -> None:
    assert relay_rules.problems(replace(LINE, **changes)) == []


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"transcription_language": "multi", "transcription_provider": "Google"}, "transcription_provider", "Deepgram"),
        ({"transcription_language": "multi", "speech_model": "flux"}, "speech_model", "nova-3-general"),
        ({"tts_language": "multi"}, "tts_provider", "ElevenLabs"),
        ({"language": "multi"}, "tts_provider", "ElevenLabs"),
        ({"language": "english"}, "language", "en-US"),
        ({"language": ""}, "language", "en-US"),
        ({"speech_model": "telephony"}, "speech_model", "Deepgram has no speech model"),
        ({"transcription_provider": "Google"}, "speech_model", "Google has no speech model"),
        ({"tts_provider": "Acme"}, "tts_provider", "Google, Amazon, ElevenLabs"),
        ({"transcription_provider": "Acme"}, "transcription_provider", "Deepgram, Google"),
        ({"tts_provider": "ElevenLabs"}, "voice", "no voice of ElevenLabs"),
        ({"tts_provider": "Amazon"}, "voice", "no voice of Amazon"),
        ({"language": "de-DE"}, "voice", "another language than de-DE"),
        ({"speech_timeout_ms": 599}, "speech_timeout_ms", "600 to 5000"),
        ({"speech_timeout_ms": 5001}, "speech_timeout_ms", "600 to 5000"),
        ({"eot_threshold": 0.7}, "eot_threshold", "flux"),
        ({"speech_model": "flux", "eot_threshold": 0.4}, "eot_threshold", "0.5 to 0.9"),
        ({"takes_keys": False, "interruptible": "dtmf"}, "interruptible", "takes keys"),
        ({"languages": (Language("es", "Amazon", "?", "Google", "flux"),)}, "languages", "es: Google has no"),
        ({"languages": (Language("es-US", "Google", "es-US-F", "Google", "long"),) * 2}, "languages", "twice"),
    ],
)
def test_what_it_would_refuse_is_said_with_what_to_change(changes: dict, field: str, words: str) -> None:
    found = relay_rules.problems(replace(LINE, **changes))
    assert any(problem.field == field and words in problem.words for problem in found), found


def test_every_attribute_is_written_down() -> None:
    shown = relay_rules.attributes(replace(LINE, hints="tent, stove", speech_timeout_ms=900))
    assert shown["interruptible"] == "any"
    assert shown["welcomeGreetingInterruptible"] == "none"
    assert (shown["ttsLanguage"], shown["transcriptionLanguage"]) == ("en-US", "en-US")
    assert (shown["speechTimeout"], shown["hints"]) == ("900", "tent, stove")
    assert (shown["dtmfDetection"], shown["preemptible"]) == ("true", "false")
    assert shown["reportInputDuringAgentSpeech"] == "any"
    assert "elevenlabsTextNormalization" not in shown
    assert "eotThreshold" not in shown


def test_nested_languages_have_their_own_voices() -> None:
    spanish = Language("es-US", "ElevenLabs", "UgBBYS2sOqTuMpoF3BR0", "Deepgram", "nova-3-general", "hola")
    (shown,) = relay_rules.language_attributes([spanish])
    assert shown["code"] == "es-US"
    assert shown["hints"] == "hola"
    tool = relay_rules.language_tool(replace(LINE, languages=(spanish,)))
    assert tool is not None
    assert tool["parameters"]["properties"]["language"]["enum"] == ["en-US", "es-US"]
    assert relay_rules.language_tool(LINE) is None
