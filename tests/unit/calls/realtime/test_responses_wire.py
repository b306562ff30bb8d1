"""The Responses API's JSON: what is asked, and what its events mean."""

import pytest

from calls.realtime import responses_wire
from calls.realtime.responses_wire import TextModel
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice import relay_messages as r

TOOL = {"type": "function", "name": "look_up", "description": "Look it up.", "parameters": {"type": "object"}}
MODEL = TextModel("gpt-4.1-mini", "Be kind.", (TOOL,))


def test_a_question_brings_the_whole_conversation_and_keeps_nothing() -> None:
    items = (
        e.AddMessage("user", "Where is it?"),
        e.AddToolCall("call_1", "look_up", "{}"),
        e.AnswerTool("call_1", "Here."),
        e.AddMessage("assistant", "It is here."),
    )
    asked = responses_wire.request(MODEL, r.Ask("a", items, "Say so in one sentence."))
    assert asked["input"] == [
        {"role": "user", "content": "Where is it?"},
        {"type": "function_call", "call_id": "call_1", "name": "look_up", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "Here."},
        {"role": "assistant", "content": "It is here."},
        {"role": "system", "content": "Say so in one sentence."},
    ]
    assert (asked["model"], asked["instructions"], asked["store"]) == ("gpt-4.1-mini", "Be kind.", False)
    assert asked["tools"] == [TOOL | {"strict": False}]


def test_without_a_word_yet_there_is_still_something_to_answer() -> None:
    assert responses_wire.request(TextModel("m", "x"), r.Ask("a", ()))["input"]
    assert "tools" not in responses_wire.request(TextModel("m", "x"), r.Ask("a", ()))


USAGE = {"input_tokens": 60, "input_tokens_details": {"cached_tokens": 40}, "output_tokens": 9, "total_tokens": 69}


@pytest.mark.parametrize(
    ("event", "meant"),
    [
        ({"type": "response.output_text.delta", "delta": "We "}, r.Piece("a", "We ")),
        ({"type": "response.refusal.delta", "delta": "I cannot"}, r.Piece("a", "I cannot")),
        (
            {
                "type": "response.output_item.done",
                "item": {"type": "function_call", "call_id": "call_1", "name": "look_up", "arguments": '{"id":1}'},
            },
            m.ToolCalled("a", "call_1", "look_up", '{"id":1}'),
        ),
        ({"type": "response.output_item.done", "item": {"type": "message"}}, None),
        (
            {"type": "response.incomplete", "response": {"id": "resp_1", "status": "incomplete", "usage": None,
             "incomplete_details": {"reason": "max_output_tokens"}}},
            r.AnswerEnded("a", "resp_1", {}, "max_output_tokens"),
        ),
        (
            {"type": "response.failed", "response": {"id": "resp_1", "error": {"code": "server_error"}}},
            r.AnswerFailed("a", "server_error"),
        ),
        ({"type": "response.failed", "response": {"error": None}}, r.AnswerFailed("a", "unknown")),
        ({"type": "error", "code": "invalid_prompt"}, r.AnswerFailed("a", "invalid_prompt", is_permanent=True)),
        ({"type": "response.created", "response": {}}, None),
        ({"type": "response.surprise"}, None),
        ({"type": "response.output_text.delta"}, None),
        ({"type": "response.output_text.delta", "delta": 7}, None),
        ({"type": "response.completed"}, None),
        ({"type": ["x"]}, None),
        ([], None),
        (None, None),
    ],
)  # fmt: skip
def test_an_event_means(event: object, meant: r.AnswerMessage | None) -> None:
    assert responses_wire.decode(event, answer_id="a") == meant


def test_tokens_come_in_the_words_of_the_books() -> None:
    event = {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "usage": USAGE}}
    ended = responses_wire.decode(event, answer_id="a")
    assert isinstance(ended, r.AnswerEnded)
    assert ended.usage == {
        "input_token_details": {"text_tokens": 60, "cached_tokens_details": {"text_tokens": 40}},
        "output_token_details": {"text_tokens": 9},
    }
