"""Answers in text, word by word, from the Responses API: asked with the whole conversation, bounded in time.

The SDK's typed events are not used: building their classes would hold every other call
of the process for seconds. Cancel the iteration and the connection is closed: the model writes no further.

Source: https://developers.openai.com/api/docs/guides/streaming-responses.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cache
from typing import Any

import httpx2
import openai
from django.conf import settings

from calls.realtime import responses_wire
from calls.realtime.responses_wire import TextModel
from calls.voice import relay_messages as r

# The caller waits: for the first event, between two, and for all of an answer.
FIRST_LIMIT_S = 6.0
BETWEEN_LIMIT_S = 6.0
WHOLE_LIMIT_S = 60.0
_REFUSED_FOR_GOOD = (400, 401, 403, 404, 422)
_DATA = "data:"


@cache
def _client(key: str, base_url: str, project: str) -> openai.AsyncOpenAI:
    """The SDK's client, whose open connections the next question finds."""
    return openai.AsyncOpenAI(
        api_key=key or "none", base_url=base_url, project=project or None, max_retries=0, timeout=WHOLE_LIMIT_S
    )


def load() -> None:
    """Do now what the first question would otherwise hold the event loop for: the SDK loads its parts when asked."""
    _ = _ours().responses


def _ours() -> openai.AsyncOpenAI:
    return _client(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_PROJECT_ID)


async def answers(text_model: TextModel, ask: r.Ask) -> AsyncGenerator[r.AnswerMessage, None]:
    """The messages of one answer; the last is `AnswerEnded` or `AnswerFailed`. Raises nothing but cancellation."""
    has_begun = False
    try:
        async with asyncio.timeout(WHOLE_LIMIT_S), aclosing(_events(text_model, ask)) as events:
            async for event in events:
                has_begun = True
                message = responses_wire.decode(event, answer_id=ask.answer_id)
                if message is not None:
                    yield message
                if isinstance(message, r.AnswerEnded | r.AnswerFailed):
                    return
        yield r.AnswerFailed(ask.answer_id, "broken off")
    except TimeoutError:
        yield r.AnswerFailed(ask.answer_id, "timed out", unreachable=not has_begun)
    except openai.APIStatusError as error:
        is_permanent = error.status_code in _REFUSED_FOR_GOOD or error.code == "insufficient_quota"
        code = str(error.code or error.status_code)[:60]
        yield r.AnswerFailed(ask.answer_id, code, is_permanent=is_permanent, unreachable=True)
    except (openai.APIError, httpx2.HTTPError, httpx2.StreamError, OSError):
        code = "broken off" if has_begun else "not reached"
        yield r.AnswerFailed(ask.answer_id, code, unreachable=not has_begun)


async def _events(text_model: TextModel, ask: r.Ask) -> AsyncGenerator[Any, None]:
    """The events of one answer as JSON; what is none is left out."""
    asked = responses_wire.request(text_model, ask)
    opening = _ours().responses.with_streaming_response.create(**asked, stream=True)
    async with asyncio.timeout(FIRST_LIMIT_S):
        response = await opening.__aenter__()
    try:
        lines = response.iter_lines()
        while True:
            try:
                async with asyncio.timeout(BETWEEN_LIMIT_S):
                    line = await anext(lines)
            except StopAsyncIteration:
                return
            if line.startswith(_DATA):
                try:
                    yield json.loads(line.removeprefix(_DATA))
                except (ValueError, RecursionError):
                    continue
    finally:
        await opening.__aexit__(None, None, None)
