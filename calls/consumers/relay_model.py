"""The model's side of a line of text: one question at a time, its answer handed over as it comes."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from types import ModuleType

from calls.realtime.responses_wire import TextModel
from calls.realtime.session_config import SessionSettings
from calls.voice import relay_messages as r


def load() -> ModuleType:
    """What asks the model. Its SDK takes long to load: not in the event loop, nor where there is no line of text."""
    from calls.realtime import responses

    responses.load()
    return responses


class RelayModel:
    """`take` is given every message of every answer that was not cancelled; it may not wait."""

    def __init__(self, text_model: TextModel, take: Callable[[r.AnswerMessage], object]) -> None:
        self._text_model, self._take = text_model, take
        self._answers: dict[str, asyncio.Task[None]] = {}

    def reshape(self, settings: SessionSettings) -> None:
        """Answer by these instructions from the next question on."""
        self._text_model = replace(self._text_model, instructions=settings.instructions)

    def ask(self, ask: r.Ask) -> None:
        """Begin an answer."""
        task = asyncio.create_task(self._answer(ask), name="answer in text")
        self._answers[ask.answer_id] = task
        task.add_done_callback(lambda _: self._answers.pop(ask.answer_id, None))

    async def _answer(self, ask: r.Ask) -> None:
        if ask.after_ms:
            await asyncio.sleep(ask.after_ms / 1000)
        responses = await asyncio.to_thread(load)
        async with aclosing(responses.answers(self._text_model, ask)) as messages:
            async for message in messages:
                self._take(message)

    def cancel(self, answer_id: str) -> None:
        """End an answer that nobody wants any more."""
        task = self._answers.get(answer_id)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    async def close(self) -> None:
        """End every answer."""
        tasks = list(self._answers.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
