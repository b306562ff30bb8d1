"""POST /v1/responses: strict on what is asked, and every event of the real one in its order, as the SDK reads them."""

import json

import openai
import pytest
from aiohttp.test_utils import TestServer
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from sandbox.clock import Clock
from sandbox.model.app import STATE, make_app
from tests.unit.sandbox.model.serving import BEARER, KEY

TOOL = {
    "type": "function",
    "name": "end_call",
    "description": "End it.",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}
ASKED = {"model": "gpt-4.1-mini", "input": [{"role": "user", "content": "What are your opening hours?"}]}


@pytest.fixture
async def model():
    app = make_app(clock=Clock(), api_key=KEY)
    async with TestServer(app) as server:
        sdk = openai.AsyncOpenAI(api_key=KEY, base_url=str(server.make_url("/v1")), max_retries=0)
        yield sdk, app[STATE]
        await sdk.close()


async def events(sdk, **changes):
    stream = await sdk.responses.create(**ASKED | changes, stream=True)
    return [event async for event in stream]


async def test_the_events_come_in_their_order_and_are_what_the_sdk_knows(model):
    sdk, state = model
    told = await events(sdk)
    kinds = [event.type for event in told]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in told] == list(range(len(told)))
    text = "".join(event.delta for event in told if event.type == "response.output_text.delta")
    assert text == told[-1].response.output_text
    assert "nine to six" in text
    known = TypeAdapter(ResponseStreamEvent)
    for event in told:
        known.validate_python(event.to_dict(), strict=False)
    assert state.text_answers[-1].status == "completed"


async def test_a_function_is_called_in_pieces_and_its_answer_is_spoken_of(model):
    sdk, _ = model
    said = [{"role": "user", "content": "No, that is all. Goodbye."}]
    told = await events(sdk, input=said, tools=[TOOL])
    (call,) = [
        event.item for event in told if event.type == "response.output_item.done" and event.item.type != "message"
    ]
    assert (call.name, call.arguments) == ("end_call", "{}")
    assert "response.function_call_arguments.done" in [event.type for event in told]
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        await events(sdk, input=[*said, call.to_dict()], tools=[TOOL])
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "Done."}
    assert (await events(sdk, input=[*said, call.to_dict(), output], tools=[TOOL]))[-1].type == "response.completed"
    with pytest.raises(openai.BadRequestError, match="No tool call found"):
        await events(sdk, input=[output])


async def test_words_between_curly_quotes_are_said_and_without_stream_it_comes_whole(model):
    sdk, _ = model
    order = {"role": "system", "content": "Say exactly: “We close now.”"}
    answer = await sdk.responses.create(**ASKED | {"input": [order]})
    assert answer.output_text == "We close now."
    assert answer.usage.total_tokens > 0


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"model": "gpt-4.1-mini"}, "missing_required_parameter", "input"),
        (ASKED | {"model": 3}, "invalid_type", "model"),
        (ASKED | {"model": "gpt-realtime-2.1"}, "model_not_found", "model"),
        (ASKED | {"voice": "marin"}, "unknown_parameter", "voice"),
        (ASKED | {"max_output_tokens": 3}, "integer_below_min_value", "max_output_tokens"),
        (ASKED | {"tools": [{"type": "function", "name": "a b", "parameters": {}}]}, "invalid_value", "tools[0].name"),
        (ASKED | {"input": [{"role": "bot", "content": "x"}]}, "invalid_value", "input[0].role"),
        (ASKED | {"input": [{"role": "user"}]}, "missing_required_parameter", "input[0].content"),
        (ASKED | {"input": [{"type": "item_reference", "id": "x"}]}, "invalid_value", "input[0].type"),
    ],
)
async def test_a_request_that_the_api_would_refuse_is_refused(server, body, code, param):
    async with server.post("/v1/responses", json=body, headers=BEARER) as response:
        error = (await response.json())["error"]
        assert (response.status, error["code"], error["param"]) == (400, code, param)


async def test_without_a_key_or_json_nothing_is_answered(server):
    async with server.post("/v1/responses", json=ASKED) as response:
        assert response.status == 401
    async with server.post("/v1/responses", data="{", headers=BEARER) as response:
        assert response.status == 400


async def test_it_can_be_told_to_fail(model):
    sdk, state = model
    state.faults.set({"response_failures": 1, "response_failure_code": "server_error"})
    told = await events(sdk)
    assert (told[-1].type, told[-1].response.error.code) == ("response.failed", "server_error")
    state.faults.set({"refuse_connects": 1, "refuse_status": 429})
    with pytest.raises(openai.RateLimitError):
        await events(sdk)
    state.faults.set({"close_responses": 1})
    with pytest.raises(openai.APIConnectionError):
        await events(sdk)
    assert [log.status for log in state.text_answers] == ["failed", "broken"]
    assert json.dumps(state.text_answers[-1].events)
