"""A prompt version as a session object."""

import json
from dataclasses import replace

import pytest

from calls.realtime import session_config
from calls.realtime.session_config import SessionSettings, StoredPrompt, Truncation, TurnDetection
from calls.voice.transcoding import ModelAudio
from sandbox.model.session_shape import SESSION

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


def test_a_stored_prompt_is_named_and_nothing_empty_is_put_in_its_place() -> None:
    stored = StoredPrompt("pmpt_1", "3", {"topic": "tents"})
    session = session_config.session(replace(SETTINGS, instructions="", stored=stored))
    assert session["prompt"] == {"id": "pmpt_1", "version": "3", "variables": {"topic": "tents"}}
    assert not session.keys() & {"instructions", "tools"}
    assert session_config.session(replace(SETTINGS, stored=StoredPrompt("pmpt_1")))["prompt"] == {"id": "pmpt_1"}


def test_settings_of_the_session_are_sent_when_they_differ_from_the_usual_and_are_accepted() -> None:
    kept = {"truncation": Truncation("retention_ratio", 0.7), "speed": 1.2, "max_output_tokens": 900}
    more = replace(SETTINGS, **kept, noise_reduction="near_field", is_language_open=True, stored=StoredPrompt("pmpt_1"))
    session = session_config.session(more)
    assert session["truncation"] == {"type": "retention_ratio", "retention_ratio": 0.7}
    assert (session["audio"]["output"]["speed"], session["max_output_tokens"]) == (1.2, 900)
    assert "language" not in session["audio"]["input"]["transcription"]
    SESSION(session, "session")  # the sandbox refuses what the API would
    assert not session_config.session(SETTINGS).keys() & {"truncation", "max_output_tokens", "prompt"}


def test_what_changes_in_mid_call_is_what_may_change_while_it_speaks() -> None:
    before = replace(SETTINGS, stored=StoredPrompt("pmpt_1"), is_language_open=True)
    event = json.loads(session_config.changed(session_config.in_language(SETTINGS, "pt-BR"), before=before))
    assert event["type"] == "session.update"
    SESSION(event["session"], "session")
    assert event["session"]["prompt"] is None
    assert event["session"]["audio"] == {
        "input": {"transcription": {"model": "gpt-4o-transcribe", "language": "pt"}},
        "output": {"speed": 1.0},
    }


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
