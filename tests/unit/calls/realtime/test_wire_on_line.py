"""Events of a call by SIP, and the session object with which it is let in."""

import json
from typing import Any

import pytest

from calls.realtime import session_config, wire
from calls.realtime.session_config import SessionSettings
from calls.voice import effects as e
from calls.voice import line_messages as lm


def on_line(**event: Any) -> list[Any]:
    return wire.decode_on_line(json.dumps(event))


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"type": "output_audio_buffer.started", "response_id": "r1"}, lm.OutputStarted("r1")),
        ({"type": "output_audio_buffer.stopped", "response_id": "r1"}, lm.OutputStopped("r1")),
        ({"type": "output_audio_buffer.cleared", "response_id": "r1"}, lm.OutputCleared("r1")),
        ({"type": "output_audio_buffer.cleared"}, lm.OutputCleared("")),
        ({"type": "input_audio_buffer.dtmf_event_received", "event": "#", "received_at": 1}, lm.LineKey("#")),
        (
            {"type": "conversation.item.added", "item": {"id": "i2"}, "previous_item_id": "i1"},
            lm.ItemPlaced("i2", "i1"),
        ),
        (
            {"type": "conversation.item.done", "item": {"id": "i1"}, "previous_item_id": None},
            lm.ItemPlaced("i1", ""),
        ),
        (
            {
                "type": "conversation.item.retrieved",
                "item": {"id": "i1", "role": "user", "content": [{"type": "input_audio", "transcript": " Hello. "}]},
            },
            lm.ItemRetrieved("i1", "user", "Hello."),
        ),
        (
            {"type": "conversation.item.retrieved", "item": {"id": "i1", "type": "function_call"}},
            lm.ItemRetrieved("i1", "", ""),
        ),
    ],
)
def test_what_only_a_line_tells_is_understood(event: dict[str, Any], message: object) -> None:
    assert on_line(**event) == [message]


@pytest.mark.parametrize("key", ["", "12", "x", None, 5, "#*"])
def test_what_is_no_key_is_skipped(key: object) -> None:
    (skipped,) = on_line(type="input_audio_buffer.dtmf_event_received", event=key)
    assert isinstance(skipped, wire.Skipped)


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"conversation.item.added"}',
        '{"type":"conversation.item.added","item":7}',
        '{"type":"conversation.item.added","item":{"id":null}}',
        '{"type":"conversation.item.retrieved","item":{"id":"i","content":7}}',
        '{"type":"conversation.item.retrieved","item":{"id":"i","content":[7]}}',
        "conversation.item.added",
        "[" * 100_000 + '"conversation.item."',
        b"\xff conversation.item.done",
    ],
)
def test_no_shape_of_them_raises(text: str | bytes) -> None:
    (skipped,) = wire.decode_on_line(text)
    assert isinstance(skipped, wire.Skipped)


def test_what_is_ordered_only_of_a_line_is_written_as_the_model_wants_it() -> None:
    assert json.loads(wire.encode(e.SilenceOutput(), listening={})) == {"type": "output_audio_buffer.clear"}
    assert json.loads(wire.encode(e.RetrieveItem("i1"), listening={})) == {
        "type": "conversation.item.retrieve",
        "item_id": "i1",
    }


def test_a_call_is_let_in_with_the_same_session_but_for_the_formats_of_sound() -> None:
    settings = SessionSettings(model="gpt-realtime-2.1", voice="marin", instructions="Be kind.")
    whole, streamed = session_config.accepted(settings), session_config.session(settings)
    assert whole.pop("model") == "gpt-realtime-2.1"
    for side in ("input", "output"):
        assert streamed["audio"][side].pop("format")
    assert whole == streamed
