"""Answers in text, word by word, from the Responses API: asked with the whole conversation, bounded in time.

The only importer of the model's SDK. Cancel the iteration and the connection is closed: the model writes no further.

Source: https://developers.openai.com/api/docs/guides/streaming-responses.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import cache
from typing import Any

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


@cache
def _client(key: str, base_url: str, project: str, _loop: int) -> openai.AsyncOpenAI:
    """The SDK's client, whose open connections the next question finds; one for each event loop."""
    return openai.AsyncOpenAI(
        api_key=key or "none", base_url=base_url, project=project or None, max_retries=0, timeout=WHOLE_LIMIT_S
    )


async def answers(text_model: TextModel, ask: r.Ask) -> AsyncIterator[r.AnswerMessage]:
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
    except openai.APIConnectionError:
        code = "broken off" if has_begun else "not reached"
        yield r.AnswerFailed(ask.answer_id, code, unreachable=not has_begun)
    except openai.APIError as error:  # an error inside the stream
        yield r.AnswerFailed(ask.answer_id, str(error.code or "unknown")[:60])
    except (OSError, ValueError) as error:  # not the API at all, or a body that is no stream of it
        yield r.AnswerFailed(ask.answer_id, type(error).__name__)


async def _events(text_model: TextModel, ask: r.Ask) -> AsyncIterator[dict[str, Any]]:
    loop = id(asyncio.get_running_loop())
    client = _client(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_PROJECT_ID, loop)
    async with asyncio.timeout(FIRST_LIMIT_S):
        stream = await client.responses.create(**responses_wire.request(text_model, ask), stream=True)
    async with stream:
        events = aiter(stream)
        while True:
            try:
                async with asyncio.timeout(BETWEEN_LIMIT_S):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            yield event.to_dict(mode="json", warnings=False)
