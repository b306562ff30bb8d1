"""Every client event: its good shape is accepted, and each way of getting it wrong is refused by name."""

import base64
import copy
import json

import pytest

from sandbox.model.client_events import check_event, parse_event
from sandbox.model.refusal import Refused

AUDIO = base64.b64encode(b"\xff" * 160).decode()
SYSTEM = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "The caller is known."}]}
USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "[keypad] 1"}]}
VOICE = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": AUDIO, "transcript": "hi"}]}
IMAGE = {
    "type": "message",
    "role": "user",
    "content": [{"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"}],
}
ASSISTANT = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}
CALL = {"type": "function_call", "name": "end_call", "call_id": "call_1", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "{}"}
TOOL = {"type": "function", "name": "end_call", "description": "Ends it.", "parameters": {"type": "object"}}
MCP = {
    "type": "mcp",
    "server_label": "shop",
    "server_url": "https://mcp.example",
    "authorization": "token",
    "headers": {"X-A": "b"},
    "allowed_tools": {"read_only": True, "tool_names": ["a"]},
    "require_approval": {"always": {"tool_names": ["a"]}, "never": {"read_only": True}},
    "server_description": "The shop",
    "defer_loading": False,
    "allowed_callers": ["direct"],
}
SESSION = {
    "type": "realtime",
    "model": "gpt-realtime-2.1",
    "output_modalities": ["audio"],
    "instructions": "",
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "noise_reduction": {"type": "near_field", "strength": 0.5},
            "transcription": {"model": "gpt-4o-transcribe", "language": "en", "prompt": "names"},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.6,
                "prefix_padding_ms": 200,
                "silence_duration_ms": 400,
                "idle_timeout_ms": 6000,
                "create_response": True,
                "interrupt_response": False,
            },
        },
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": {"id": "voice_1234"}, "speed": 1.1},
    },
    "tools": [TOOL, MCP],
    "tool_choice": {"type": "function", "name": "end_call"},
    "parallel_tool_calls": False,
    "reasoning": {"effort": "low"},
    "max_output_tokens": 4096,
    "truncation": {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 8000}},
    "prompt": {"id": "pmpt_1", "version": "2", "variables": {"name": "x"}},
    "tracing": {"workflow_name": "calls", "group_id": "g", "metadata": {"a": 1}},
    "include": ["item.input_audio_transcription.logprobs"],
}
RESPONSE = {
    "conversation": "none",
    "input": [SYSTEM, USER, {"type": "item_reference", "id": "item_1"}],
    "instructions": "Say “hello”.",
    "output_modalities": ["text"],
    "audio": {"output": {"format": {"type": "audio/pcmu"}, "voice": "marin"}},
    "tools": [TOOL],
    "tool_choice": "none",
    "max_output_tokens": "inf",
    "metadata": {"topic": "summary"},
}
GOOD = [
    {"type": "session.update", "session": SESSION},
    {"type": "session.update", "session": {"type": "realtime"}, "event_id": "mine"},
    {"type": "input_audio_buffer.append", "audio": AUDIO},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear", "event_id": None},
    *(
        {"type": "conversation.item.create", "item": item}
        for item in (SYSTEM, USER, VOICE, IMAGE, ASSISTANT, CALL, OUTPUT)
    ),
    {"type": "conversation.item.create", "item": {**USER, "id": "item_9"}, "previous_item_id": "root"},
    {"type": "conversation.item.retrieve", "item_id": "item_1"},
    {"type": "conversation.item.delete", "item_id": "item_1"},
    {"type": "conversation.item.truncate", "item_id": "item_1", "content_index": 0, "audio_end_ms": 0},
    {"type": "response.create"},
    {"type": "response.create", "response": RESPONSE},
    {"type": "response.cancel"},
    {"type": "response.cancel", "response_id": "resp_1"},
]


@pytest.mark.parametrize("event", GOOD, ids=lambda event: event["type"])
def test_good_events_are_accepted(event):
    assert check_event(event) == event["type"]


@pytest.mark.parametrize("event", GOOD, ids=lambda event: event["type"])
def test_an_unknown_field_is_refused_at_every_depth(event):
    for path, holder in list(_objects(event, "")):
        if path.endswith(("parameters", "metadata", "variables", "headers")):
            continue  # free maps
        holder["surprise"] = 1
        with pytest.raises(Refused) as refused:
            check_event(event)
        expected = f"{path}.surprise" if path else "surprise"
        assert (refused.value.code, refused.value.param) == ("unknown_parameter", expected)
        del holder["surprise"]


def _objects(value, path):
    if isinstance(value, dict):
        yield path, value
        for name, one in value.items():
            yield from _objects(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _objects(one, f"{path}[{index}]")


REQUIRED = [
    ("session.update", "session"),
    ("session.update", "session.type"),
    ("session.update", "session.audio.input.turn_detection.type"),
    ("session.update", "session.audio.input.format.type"),
    ("session.update", "session.tools[0].name"),
    ("session.update", "session.tools[0].type"),
    ("session.update", "session.tools[1].server_label"),
    ("session.update", "session.truncation.retention_ratio"),
    ("session.update", "session.prompt.id"),
    ("input_audio_buffer.append", "audio"),
    ("conversation.item.create", "item"),
    ("conversation.item.create", "item.type"),
    ("conversation.item.create", "item.role"),
    ("conversation.item.create", "item.content"),
    ("conversation.item.create", "item.content[0].text"),
    ("conversation.item.retrieve", "item_id"),
    ("conversation.item.delete", "item_id"),
    ("conversation.item.truncate", "item_id"),
    ("conversation.item.truncate", "content_index"),
    ("conversation.item.truncate", "audio_end_ms"),
]


@pytest.mark.parametrize(("kind", "path"), REQUIRED)
def test_a_missing_field_is_refused(kind, path):
    event = copy.deepcopy(next(event for event in GOOD if event["type"] == kind))
    holder, name = _walk(event, path)
    del holder[name]
    with pytest.raises(Refused) as refused:
        check_event(event)
    assert (refused.value.code, refused.value.param) == ("missing_required_parameter", path)


def _walk(event, path):
    steps = path.replace("[", ".").replace("]", "").split(".")
    for step in steps[:-1]:
        event = event[int(step)] if step.isdigit() else event[step]
    return event, int(steps[-1]) if steps[-1].isdigit() else steps[-1]


WRONG = [
    ("session.update", "session.type", "transcription", "invalid_value"),
    ("session.update", "session.type", 3, "invalid_value"),
    ("session.update", "session", [], "invalid_type"),
    ("session.update", "session.output_modalities", ["audio", "text"], "invalid_value"),
    ("session.update", "session.output_modalities", [], "invalid_value"),
    ("session.update", "session.output_modalities", "audio", "invalid_type"),
    ("session.update", "session.instructions", None, "invalid_type"),
    ("session.update", "session.audio.input.format", "g711_ulaw", "invalid_type"),
    ("session.update", "session.audio.input.format.type", "g711_ulaw", "invalid_value"),
    ("session.update", "session.audio.output.format.rate", 16000, "invalid_value"),
    ("session.update", "session.audio.output.voice", "nova", "invalid_value"),
    ("session.update", "session.audio.output.voice.id", "marin", "invalid_value"),
    ("session.update", "session.audio.output.speed", 1.6, "decimal_above_max_value"),
    ("session.update", "session.audio.output.speed", True, "invalid_type"),
    ("session.update", "session.audio.input.turn_detection.type", "none", "invalid_value"),
    ("session.update", "session.audio.input.turn_detection.threshold", 1.1, "decimal_above_max_value"),
    ("session.update", "session.audio.input.turn_detection.threshold", "0.5", "invalid_type"),
    ("session.update", "session.audio.input.turn_detection.prefix_padding_ms", -1, "integer_below_min_value"),
    ("session.update", "session.audio.input.turn_detection.silence_duration_ms", 0.5, "invalid_type"),
    ("session.update", "session.audio.input.turn_detection.idle_timeout_ms", 4999, "integer_below_min_value"),
    ("session.update", "session.audio.input.turn_detection.create_response", 1, "invalid_type"),
    ("session.update", "session.audio.input.transcription.model", "whisper-9", "invalid_value"),
    ("session.update", "session.audio.input.noise_reduction.type", "far", "invalid_value"),
    ("session.update", "session.tools", {}, "invalid_type"),
    ("session.update", "session.tools[0].type", "code_interpreter", "invalid_value"),
    ("session.update", "session.tools[0].name", "end call", "invalid_value"),
    ("session.update", "session.tools[0].name", "e" * 65, "string_above_max_length"),
    ("session.update", "session.tools[0].parameters", "{}", "invalid_type"),
    ("session.update", "session.tool_choice", "any", "invalid_value"),
    ("session.update", "session.tool_choice", 1, "invalid_type"),
    ("session.update", "session.reasoning.effort", "huge", "invalid_value"),
    ("session.update", "session.max_output_tokens", 0, "integer_below_min_value"),
    ("session.update", "session.max_output_tokens", 4097, "integer_above_max_value"),
    ("session.update", "session.max_output_tokens", "4096", "invalid_value"),
    ("session.update", "session.truncation", "enabled", "invalid_value"),
    ("session.update", "session.truncation.retention_ratio", 1.5, "decimal_above_max_value"),
    ("session.update", "session.include[0]", "everything", "invalid_value"),
    ("input_audio_buffer.append", "audio", [1, 2], "invalid_type"),
    ("conversation.item.create", "item.type", "mcp_call", "invalid_value"),
    ("conversation.item.create", "item.role", "tool", "invalid_value"),
    ("conversation.item.create", "item.content[0].type", "text", "invalid_value"),
    ("conversation.item.truncate", "content_index", "0", "invalid_type"),
    ("conversation.item.truncate", "audio_end_ms", -1, "integer_below_min_value"),
    ("conversation.item.truncate", "audio_end_ms", 12.5, "invalid_type"),
    ("response.cancel", "response_id", 5, "invalid_type"),
]


@pytest.mark.parametrize(("kind", "path", "value", "code"), WRONG)
def test_a_wrong_value_is_refused(kind, path, value, code):
    event = copy.deepcopy(next(event for event in GOOD if event["type"] == kind))
    holder, name = _walk(event, path)
    holder[name] = value
    with pytest.raises(Refused) as refused:
        check_event(event)
    assert (refused.value.code, refused.value.param) == (code, path)


RESPONSE_WRONG = [
    ({"conversation": "conv_1"}, "invalid_value", "response.conversation"),
    ({"modalities": ["audio"]}, "unknown_parameter", "response.modalities"),
    ({"voice": "marin"}, "unknown_parameter", "response.voice"),
    ({"output_audio_format": "g711_ulaw"}, "unknown_parameter", "response.output_audio_format"),
    ({"temperature": 0.8}, "unknown_parameter", "response.temperature"),
    ({"audio": {"input": {}}}, "unknown_parameter", "response.audio.input"),
    ({"audio": {"output": {"speed": 1}}}, "unknown_parameter", "response.audio.output.speed"),
    ({"input": [{"type": "item_reference"}]}, "missing_required_parameter", "response.input[0].id"),
    ({"metadata": {"n": 1}}, "invalid_type", "response.metadata.n"),
    ({"metadata": {str(n): "" for n in range(17)}}, "object_above_max_properties", "response.metadata"),
    ({"metadata": {"k" * 65: ""}}, "string_above_max_length", "response.metadata." + "k" * 65),
    ({"metadata": {"k": "v" * 513}}, "string_above_max_length", "response.metadata.k"),
]


@pytest.mark.parametrize(("response", "code", "param"), RESPONSE_WRONG)
def test_wrong_response_parameters_are_refused(response, code, param):
    with pytest.raises(Refused) as refused:
        check_event({"type": "response.create", "response": response})
    assert (refused.value.code, refused.value.param) == (code, param)


BETA = [
    ({"modalities": ["audio", "text"]}, "session.modalities"),
    ({"voice": "alloy"}, "session.voice"),
    ({"input_audio_format": "g711_ulaw"}, "session.input_audio_format"),
    ({"output_audio_format": "g711_ulaw"}, "session.output_audio_format"),
    ({"input_audio_transcription": {"model": "whisper-1"}}, "session.input_audio_transcription"),
    ({"turn_detection": {"type": "server_vad"}}, "session.turn_detection"),
    ({"temperature": 0.8}, "session.temperature"),
    ({"max_response_output_tokens": "inf"}, "session.max_response_output_tokens"),
    ({"id": "sess_1"}, "session.id"),
    ({"expires_at": 1}, "session.expires_at"),
]


@pytest.mark.parametrize(("fields", "param"), BETA, ids=lambda value: value if isinstance(value, str) else "")
def test_beta_and_server_side_fields_are_unknown(fields, param):
    with pytest.raises(Refused) as refused:
        check_event({"type": "session.update", "session": {"type": "realtime", **fields}})
    assert (refused.value.code, refused.value.param) == ("unknown_parameter", param)


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({}, "missing_required_parameter", "type"),
        ({"type": None}, "missing_required_parameter", "type"),
        ({"type": 7}, "invalid_value", "type"),
        ({"type": ["session.update"]}, "invalid_value", "type"),
        ({"type": "response.audio.delta"}, "invalid_value", "type"),
        ({"type": "transcription_session.update", "session": {}}, "invalid_value", "type"),
        ({"type": "output_audio_buffer.clear"}, "invalid_value", "type"),
        ({"type": "response.create", "event_id": 5}, "invalid_type", "event_id"),
        ({"type": "response.create", "event_id": "e" * 513}, "string_above_max_length", "event_id"),
        ({"type": "response.create", "response": None}, "invalid_type", "response"),
    ],
)
def test_events_wrong_as_a_whole(event, code, param):
    with pytest.raises(Refused) as refused:
        check_event(event)
    assert (refused.value.code, refused.value.param) == (code, param)


def test_assistant_audio_cannot_be_put_in():
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "Hi"}]}
    with pytest.raises(Refused) as refused:
        check_event({"type": "conversation.item.create", "item": item})
    assert (refused.value.code, refused.value.param) == ("missing_required_parameter", "item.content[0].text")


@pytest.mark.parametrize("item_id", ["i" * 33, "item/1", ""])
def test_item_ids_are_short_and_plain(item_id):
    with pytest.raises(Refused) as refused:
        check_event({"type": "conversation.item.create", "item": {**USER, "id": item_id}})
    assert refused.value.param == "item.id"


def test_audio_of_an_item_must_be_base64():
    item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "no base64!"}]}
    with pytest.raises(Refused) as refused:
        check_event({"type": "conversation.item.create", "item": item})
    assert (refused.value.code, refused.value.param) == ("invalid_value", "item.content[0].audio")


def test_a_frame_must_be_a_json_object():
    assert parse_event(json.dumps({"type": "x"})) == {"type": "x"}
    with pytest.raises(Refused, match="not valid JSON"):
        parse_event("{")
    with pytest.raises(Refused, match="must be a JSON object"):
        parse_event("[]")
