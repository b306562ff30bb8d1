"""The model's events, as documented and otherwise."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.realtime import wire
from calls.realtime.wire import Skipped
from calls.voice import effects as e
from calls.voice import messages as m

LISTENING = {"turn_detection": {"type": "server_vad"}}


def decode(**event: object) -> list[wire.Decoded]:
    return wire.decode(json.dumps({"event_id": "event_1", **event}))


def test_audio_and_words_of_the_assistant() -> None:
    place = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}
    assert decode(type="response.output_audio.delta", delta="/////w==", **place) == [
        m.AudioDelta("resp_1", "item_1", "/////w==")
    ]
    assert decode(type="response.output_audio_transcript.delta", delta="Hel", **place) == [
        m.AssistantWords("resp_1", "item_1", "Hel", is_final=False)
    ]
    assert decode(type="response.output_audio_transcript.done", transcript="Hello", **place) == [
        m.AssistantWords("resp_1", "item_1", "Hello", is_final=True)
    ]


def test_the_callers_words_and_what_they_cost() -> None:
    prefix = "conversation.item.input_audio_transcription"
    usage = {"type": "tokens", "input_tokens": 12, "output_tokens": 4, "total_tokens": 16}
    assert decode(type=f"{prefix}.delta", item_id="i", content_index=0, delta="Hi") == [
        m.CallerWords("i", "Hi", is_final=False)
    ]
    assert decode(type=f"{prefix}.completed", item_id="i", transcript="Hi there", usage=usage) == [
        m.CallerWords("i", "Hi there", is_final=True),
        m.TranscriptionUsage("i", usage),
    ]
    assert decode(type=f"{prefix}.failed", item_id="i", error={"code": "audio_unintelligible"}) == [
        m.CallerWordsFailed("i", "audio_unintelligible")
    ]


def test_speech() -> None:
    assert decode(type="input_audio_buffer.speech_started", item_id="i", audio_start_ms=740) == [
        m.SpeechStarted("i", 740)
    ]
    assert decode(type="input_audio_buffer.speech_stopped", item_id="i", audio_end_ms=1900) == [
        m.SpeechStopped("i", 1900)
    ]


CALLED = {"call_id": "c", "name": "end_call", "arguments": "{}"}


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.function_call_arguments.done", "response_id": "r", **CALLED},
        {"type": "response.output_item.done", "response_id": "r", "item": {"type": "function_call", **CALLED}},
    ],
)
def test_a_tool_call_is_known_by_each_of_its_events(event: dict) -> None:
    assert decode(**event) == [m.ToolCalled("r", "c", "end_call", "{}")]


def test_a_finished_response_tells_its_tool_calls_and_its_usage() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "end_call", "arguments": "{}"}
    response = {"id": "r", "status": "completed", "output": [item], "usage": {"total_tokens": 7}}
    assert decode(type="response.done", response=response) == [
        m.ToolCalled("r", "c", "end_call", "{}"),
        m.ResponseEnded("r", "completed", "", {"total_tokens": 7}),
    ]


@pytest.mark.parametrize(
    ("response", "ended"),
    [
        (
            {"id": "r", "status": "cancelled", "status_details": {"reason": "turn_detected"}},
            ("cancelled", "turn_detected"),
        ),
        (
            {"id": "r", "status": "failed", "status_details": {"error": {"code": "insufficient_quota"}}},
            ("failed", "insufficient_quota"),
        ),
        ({"id": "r", "status": "completed", "status_details": None, "usage": None}, ("completed", "")),
    ],
)
def test_how_a_response_ended(response: dict, ended: tuple[str, str]) -> None:
    (message,) = decode(type="response.done", response=response)
    assert (message.status, message.reason) == ended


def test_a_cancelled_response_calls_no_tool() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "end_call", "arguments": "{"}
    assert decode(type="response.done", response={"id": "r", "status": "cancelled", "output": [item]}) == [
        m.ResponseEnded("r", "cancelled", "", {})
    ]


def test_a_response_out_of_band_is_not_part_of_the_conversation() -> None:
    assert decode(type="response.created", response={"id": "r", "conversation_id": None}) == [
        Skipped("response.created", is_known=True)
    ]
    assert decode(type="response.created", response={"id": "r", "conversation_id": "conv_1"}) == [
        m.ResponseStarted("r")
    ]


def test_errors_and_limits() -> None:
    assert decode(
        type="error", error={"type": "invalid_request_error", "code": "invalid_value", "param": "item.id"}
    ) == [m.ModelFault("invalid_value", "item.id", is_expiry=False)]
    assert decode(type="error", error={"code": "session_expired"}) == [
        m.ModelFault("session_expired", "", is_expiry=True)
    ]
    limits = [{"name": "tokens", "limit": 40000, "remaining": 39000, "reset_seconds": 0.5}]
    assert decode(type="rate_limits.updated", rate_limits=limits) == [m.RateLimits((("tokens", 39000, 40000, 0.5),))]


@pytest.mark.parametrize("reset", [None, "soon", -1, float("nan"), float("inf"), 10**400])
def test_a_limit_that_does_not_say_when_it_is_back_is_taken_for_one_by_the_minute(reset: object) -> None:
    limits = [{"name": "tokens", "limit": 10, "remaining": 1, "reset_seconds": reset}]
    assert decode(type="rate_limits.updated", rate_limits=limits) == [m.RateLimits((("tokens", 1, 10, 60.0),))]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[1]",
        "{}",
        b"\xff\xfe",
        "[" * 100_000,
        '{"type":"response.audio.delta","delta":"AAAA"}',
        '{"type":"response.output_audio.delta"}',
        '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"not base64!"}',
        '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"\\"},{\\""}',
        '{"type":"response.done","response":7}',
        '{"type":"error","error":null}',
        '{"type":"input_audio_buffer.speech_started","item_id":"i","audio_start_ms":"later"}',
    ],
)
def test_what_is_unknown_or_broken_is_counted_and_never_raises(text: str | bytes) -> None:
    (skipped,) = wire.decode(text)
    assert isinstance(skipped, Skipped)
    assert not skipped.is_known


def test_documented_events_without_consequence_are_not_counted_as_unknown() -> None:
    assert decode(type="session.updated", session={}) == [Skipped("session.updated", is_known=True)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "item", "delta", "error"]), inner)
    ),
)


fields = ["response", "item", "item_id", "response_id", "delta", "transcript", "error", "usage", "call_id", "name"]


@given(st.sampled_from(sorted(wire._DECODERS)), st.dictionaries(st.sampled_from(fields), json_values))
def test_no_shape_of_a_known_event_raises(kind: str, fields: dict) -> None:
    assert wire.decode(json.dumps({"type": kind, **fields}))


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999", "-1", "9" * 30, '"x"', "null"])
def test_a_moment_that_is_none_is_skipped(number: str) -> None:
    text = f'{{"type":"input_audio_buffer.speech_started","item_id":"i","audio_start_ms":{number}}}'
    assert wire.decode(text) == [Skipped("input_audio_buffer.speech_started", is_known=False)]


def test_words_that_no_database_can_hold_are_made_holdable() -> None:
    kind = "conversation.item.input_audio_transcription.completed"
    assert decode(type=kind, item_id="i", transcript="a\x00b\ud800c") == [
        m.CallerWords("i", "a\ufffdb\ufffdc", is_final=True)
    ]


@pytest.mark.parametrize("usage", ["much", [1], 7, None])
def test_a_bill_that_is_none_is_left_out(usage: object) -> None:
    response = {"id": "r", "status": "completed", "usage": usage}
    assert decode(type="response.done", response=response) == [m.ResponseEnded("r", "completed", "", {})]


@pytest.mark.parametrize(
    ("effect", "event"),
    [
        (e.AppendAudio("/////w=="), {"type": "input_audio_buffer.append", "audio": "/////w=="}),
        (e.CommitAudio(), {"type": "input_audio_buffer.commit"}),
        (e.Respond(), {"type": "response.create", "response": {}}),
        (e.Respond("Say “hello”"), {"type": "response.create", "response": {"instructions": "Say “hello”"}}),
        (e.CancelResponse("r"), {"type": "response.cancel", "response_id": "r"}),
        (
            e.Truncate("i", 1260),
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1260},
        ),
        (
            e.AddMessage("user", "[keypad] 1"),
            {
                "type": "conversation.item.create",
                "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "[keypad] 1"}]},
            },
        ),
        (
            e.AnswerTool("c", "done"),
            {
                "type": "conversation.item.create",
                "item": {"type": "function_call_output", "call_id": "c", "output": "done"},
            },
        ),
        (e.ListenAgain(), {"type": "session.update", "session": {"type": "realtime", "audio": {"input": LISTENING}}}),
    ],
)
def test_orders_have_the_shape_of_the_published_api(effect: e.ToModel, event: dict) -> None:
    assert json.loads(wire.encode(effect, listening=LISTENING)) == event
