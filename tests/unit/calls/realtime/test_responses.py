"""Answers in text from the model's stand-in: word by word, bounded, and each failure told as what it is."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from calls.realtime import responses
from calls.realtime.responses_wire import TextModel
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice import relay_messages as r
from sandbox.clock import Clock
from sandbox.model.app import STATE, make_app
from sandbox.model.state import ModelState

KEY = "sk-sandbox-1234567890"
END_CALL = {"name": "end_call", "description": "End it.", "parameters": {"type": "object", "properties": {}}}
MODEL = TextModel("gpt-4.1-mini", "Be kind.", (END_CALL,))


@pytest.fixture
async def model(settings: Any) -> AsyncIterator[ModelState]:
    app = make_app(clock=Clock(), api_key=KEY)
    async with TestServer(app) as server:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = str(server.make_url("/v1")), KEY
        yield app[STATE]


async def answer(text: str, text_model: TextModel = MODEL) -> list[r.AnswerMessage]:
    ask = r.Ask("a", (e.AddMessage("user", text),))
    return [message async for message in responses.answers(text_model, ask)]


async def test_an_answer_comes_in_words_and_ends_with_what_it_cost(model: ModelState) -> None:
    *pieces, ended = await answer("What are your opening hours?")
    assert len(pieces) > 5
    assert "nine to six" in "".join(piece.text for piece in pieces if isinstance(piece, r.Piece))
    assert isinstance(ended, r.AnswerEnded)
    assert ended.ref == model.text_answers[-1].id
    assert ended.usage["output_token_details"]["text_tokens"] > 0


async def test_tools_are_called_in_the_same_answer(model: ModelState) -> None:
    told = await answer("No, that is all. Goodbye.")
    (call,) = [message for message in told if isinstance(message, m.ToolCalled)]
    assert (call.response_id, call.name, call.arguments) == ("a", "end_call", "{}")


@pytest.mark.parametrize(
    ("faults", "failed"),
    [
        ({"refuse_connects": 1, "refuse_status": 500}, r.AnswerFailed("a", "server_error", unreachable=True)),
        (
            {"refuse_connects": 1, "refuse_status": 401},
            r.AnswerFailed("a", "invalid_api_key", is_permanent=True, unreachable=True),
        ),
        (
            {"refuse_connects": 1, "refuse_status": 429, "refuse_no_quota": True},
            r.AnswerFailed("a", "insufficient_quota", is_permanent=True, unreachable=True),
        ),
        ({"refuse_connects": 1, "refuse_status": 429}, r.AnswerFailed("a", "rate_limit_exceeded", unreachable=True)),
        ({"response_failures": 1}, r.AnswerFailed("a", "server_error")),
        ({"close_responses": 1}, r.AnswerFailed("a", "broken off")),
    ],
)
async def test_a_failure_is_told_as_what_it_is(
    model: ModelState, faults: dict[str, Any], failed: r.AnswerFailed
) -> None:
    model.faults.set(faults)
    assert (await answer("What are your opening hours?"))[-1] == failed


async def test_a_model_that_is_not_there_or_knows_no_such_name(model: ModelState, settings: Any) -> None:
    (failed,) = await answer("Hello", TextModel("gpt-none", "x"))
    assert failed == r.AnswerFailed("a", "model_not_found", is_permanent=True, unreachable=True)
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    assert await answer("Hello") == [r.AnswerFailed("a", "not reached", unreachable=True)]


async def test_a_model_that_says_nothing_is_not_waited_for(model: ModelState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "BETWEEN_LIMIT_S", 0.05)
    model.faults.set({"first_audio_delay_ms": 60_000})
    assert (await answer("Hello"))[-1] == r.AnswerFailed("a", "timed out")


async def test_who_stops_listening_stops_the_model(model: ModelState) -> None:
    async for _ in (listening := responses.answers(MODEL, r.Ask("a", (e.AddMessage("user", "your tents?"),)))):
        break
    await listening.aclose()
    async with asyncio.timeout(5):
        while model.text_answers[-1].status != "cancelled":  # noqa: ASYNC110  a log announces nothing
            await asyncio.sleep(0.01)
    assert "response.completed" not in model.text_answers[-1].events


@pytest.mark.parametrize(
    "body",
    [
        "data: not json\n\ndata: [1]\n\n",
        "data: {}\n\n",
        "<html>",
        "event: x\n\n",
        'data: {"type":"response.completed"}\n\n',
    ],
)
async def test_a_stream_that_is_none_has_broken_off(settings: Any, body: str) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type="text/event-stream")

    app = web.Application()
    app.router.add_post("/v1/responses", page)
    async with TestServer(app) as server:
        settings.OPENAI_BASE_URL = str(server.make_url("/v1"))
        assert await answer("Hello") == [r.AnswerFailed("a", "broken off")]
