"""A prompt version as a session object."""

from dataclasses import replace

import pytest

from calls.realtime import session_config
from calls.realtime.session_config import SessionSettings, Truncation, TurnDetection
from calls.voice.transcoding import ModelAudio

SETTINGS = SessionSettings(model="gpt-realtime-2.1", voice="marin", instructions="Be brief.")


def test_both_directions_are_mu_law_so_that_nothing_is_converted() -> None:
    audio = session_config.session(SETTINGS)["audio"]
    assert audio["input"]["format"] == audio["output"]["format"] == {"type": "audio/pcmu"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ModelAudio.PCMU, {"type": "audio/pcmu"}),
        (ModelAudio.PCMA, {"type": "audio/pcma"}),
        (ModelAudio.PCM24K, {"type": "audio/pcm", "rate": 24000}),
    ],
)
def test_a_model_that_speaks_another_code_is_told_so_both_ways(kind: ModelAudio, expected: dict[str, object]) -> None:
    audio = session_config.session(replace(SETTINGS, model_audio=kind))["audio"]
    assert audio["input"]["format"] == audio["output"]["format"] == expected


def test_only_the_published_fields_are_sent() -> None:
    session = session_config.session(SETTINGS)
    assert session["type"] == "realtime"
    assert not session.keys() & {"model", "input_audio_format", "output_audio_format", "voice", "turn_detection"}


def test_detection_by_level_has_its_numbers_and_by_meaning_its_eagerness() -> None:
    by_level = session_config.session(SETTINGS)["audio"]["input"]["turn_detection"]
    assert by_level == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "create_response": True,
        "interrupt_response": True,
    }
    meaning = replace(SETTINGS, turn_detection=TurnDetection(kind="semantic_vad", eagerness="high"))
    assert session_config.session(meaning)["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "high",
        "create_response": True,
        "interrupt_response": True,
    }


def test_a_greeting_that_cannot_be_cut_starts_deaf_and_listens_later() -> None:
    deaf = replace(SETTINGS, starts_listening=False)
    detection = session_config.session(deaf)["audio"]["input"]["turn_detection"]
    assert (detection["create_response"], detection["interrupt_response"]) == (False, False)
    later = session_config.listening(deaf)["turn_detection"]
    assert (later["create_response"], later["interrupt_response"]) == (True, True)


def test_tools_are_declared_as_functions() -> None:
    tool = {"name": "end_call", "description": "End.", "parameters": {"type": "object", "properties": {}}}
    assert session_config.session(replace(SETTINGS, tools=(tool,)))["tools"] == [{"type": "function", **tool}]


def test_what_is_forgotten_is_said_only_where_it_is_not_the_vendors_own_way() -> None:
    assert "truncation" not in session_config.session(SETTINGS)
    assert session_config.session(replace(SETTINGS, truncation=Truncation("disabled")))["truncation"] == "disabled"
    ratio = session_config.session(replace(SETTINGS, truncation=Truncation("retention_ratio", 0.7)))["truncation"]
    assert ratio == {"type": "retention_ratio", "retention_ratio": 0.7}
    limited = session_config.accepted(replace(SETTINGS, truncation=Truncation("retention_ratio", 0.8, 20_000)))[
        "truncation"
    ]
    assert limited == {
        "type": "retention_ratio",
        "retention_ratio": 0.8,
        "token_limits": {"post_instructions": 20_000},
    }
