import copy

import pytest

from sandbox.model.refusal import Refused
from sandbox.model.session_settings import merge_update, new_session


def session(model="gpt-realtime-2.1"):
    return new_session(session_id="sess_1", model=model, expires_at=1)


def update(before=None, **fields):
    return merge_update(before or session(), {"type": "realtime", **fields})


def update_input(before=None, **fields):
    return update(before, audio={"input": fields})["audio"]["input"]


def test_the_defaults():
    started = session()
    assert started["output_modalities"] == ["audio"]
    assert started["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert started["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert started["audio"]["output"]["speed"] == 1.0
    assert started["audio"]["input"]["transcription"] is None
    assert started["audio"]["input"]["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }
    assert (started["tool_choice"], started["max_output_tokens"], started["truncation"]) == ("auto", "inf", "auto")


def test_an_update_changes_only_what_it_names_and_not_the_old_object():
    before = session()
    untouched = copy.deepcopy(before)
    after = update(before, instructions="Be brief.", audio={"output": {"voice": "cedar"}})
    assert before == untouched
    assert after["instructions"] == "Be brief."
    assert after["audio"]["output"] == {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "cedar", "speed": 1.0}
    assert after["audio"]["input"] == before["audio"]["input"]


def test_clearing():
    before = update(audio={"input": {"transcription": {}, "noise_reduction": {"type": "far_field"}}}, tools=[])
    after = update(
        before,
        instructions="",
        audio={"input": {"transcription": None, "noise_reduction": None, "turn_detection": None}},
    )
    assert after["instructions"] == ""
    assert [after["audio"]["input"][name] for name in ("transcription", "noise_reduction", "turn_detection")] == [
        None
    ] * 3


def test_arrays_replace():
    first = update(tools=[{"type": "function", "name": "a"}, {"type": "function", "name": "b"}])
    assert [tool["name"] for tool in update(first, tools=[{"type": "function", "name": "c"}])["tools"]] == ["c"]


def test_turn_detection_merges_within_its_kind_and_starts_from_defaults_otherwise():
    first = update(audio={"input": {"turn_detection": {"type": "server_vad", "threshold": 0.7}}})
    second = update_input(first, turn_detection={"type": "server_vad", "silence_duration_ms": 300})["turn_detection"]
    assert (second["threshold"], second["silence_duration_ms"], second["prefix_padding_ms"]) == (0.7, 300, 300)
    third = update_input(first, turn_detection={"type": "semantic_vad"})["turn_detection"]
    assert third == {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }


def test_noise_reduction_keeps_its_strength():
    first = update(audio={"input": {"noise_reduction": {"type": "near_field", "strength": 0.3}}})
    changed = update_input(first, noise_reduction={"type": "far_field"})["noise_reduction"]
    assert changed == {"type": "far_field", "strength": 0.3}
    assert update_input(noise_reduction={"type": "far_field"})["noise_reduction"]["strength"] == 1.0
    with pytest.raises(Refused) as refused:
        update_input(noise_reduction={"strength": 0.3})
    assert refused.value.param == "session.audio.input.noise_reduction.type"


def test_changing_the_format_replaces_it():
    changed = update_input(format={"type": "audio/pcmu"})
    assert changed["format"] == {"type": "audio/pcmu"}
    back = update_input(update(audio={"input": {"format": {"type": "audio/pcmu"}}}), format={"type": "audio/pcm"})
    assert back["format"] == {"type": "audio/pcm", "rate": 24000}


def test_the_model_is_fixed():
    assert update(model="gpt-realtime-2.1")["model"] == "gpt-realtime-2.1"
    with pytest.raises(Refused) as refused:
        update(model="gpt-realtime-2")
    assert (refused.value.code, refused.value.param) == ("invalid_value", "session.model")


def test_tracing_is_fixed_once_set():
    traced = update(tracing="auto")
    assert update(traced, tracing="auto")["tracing"] == "auto"
    with pytest.raises(Refused):
        update(traced, tracing=None)


@pytest.mark.parametrize("field", [{"reasoning": {"effort": "low"}}, {"parallel_tool_calls": True}])
def test_reasoning_is_for_reasoning_models(field):
    update(**field)
    with pytest.raises(Refused) as refused:
        update(session("gpt-realtime-1.5"), **field)
    assert refused.value.param == f"session.{next(iter(field))}"


@pytest.mark.parametrize(
    ("transcription", "param"),
    [
        ({"model": "gpt-4o-transcribe", "delay": "low"}, "delay"),
        ({"model": "gpt-realtime-whisper", "prompt": "x"}, "prompt"),
        ({"model": "gpt-4o-transcribe-diarize", "prompt": "x"}, "prompt"),
        ({"model": "whisper-1", "keywords": ["x"]}, "keywords"),
        ({"model": "whisper-1", "languages": ["en"]}, "languages"),
    ],
)
def test_transcription_settings_that_exclude_each_other(transcription, param):
    with pytest.raises(Refused) as refused:
        update_input(transcription=transcription)
    assert refused.value.param == f"session.audio.input.transcription.{param}"


def test_a_forced_function_must_exist():
    tools = [{"type": "function", "name": "end_call"}]
    update(tools=tools, tool_choice={"type": "function", "name": "end_call"})
    with pytest.raises(Refused) as refused:
        update(tools=tools, tool_choice={"type": "function", "name": "transfer"})
    assert refused.value.param == "session.tool_choice"
