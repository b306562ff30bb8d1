"""The model's side of one call: what changed while a session was being opened reaches it as soon as it is open."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from calls.consumers.model_line import ModelLine
from calls.realtime.session_config import SessionSettings

BEFORE = SessionSettings(model="gpt-realtime-2.1", voice="marin", instructions="Nothing is known yet.")


class AClient:
    """A session that says nothing."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, text: str) -> None:
        self.sent.append(text)

    def left_ms(self) -> int:
        return 1000

    def listen(self, *_: Any) -> bool:
        return True

    def deafen(self) -> None:
        return

    async def close(self) -> None:
        return


async def opened_after(change: Callable[[ModelLine], None]) -> list[dict[str, Any]]:
    """What a session is told that was being opened when this happened to its line."""
    client, gate, ready = AClient(), asyncio.Event(), asyncio.Event()

    async def opening() -> Any:
        await gate.wait()
        return client

    async def take(_: Any) -> None:
        ready.set()

    line = ModelLine(
        settings=BEFORE,
        listening={},
        opening=asyncio.create_task(opening()),
        take=take,
        take_now=lambda _: None,
    )
    change(line)
    assert client.sent == []
    gate.set()
    await ready.wait()
    await line.close()
    return [json.loads(text)["session"] for text in client.sent]


async def test_settings_that_changed_meanwhile_are_told_once_it_is_open() -> None:
    known = replace(BEFORE, instructions="The caller is Carol.")
    told = await opened_after(lambda line: line.reshape(known))
    assert [session["instructions"] for session in told] == ["The caller is Carol."]


async def test_nothing_is_told_where_nothing_changed() -> None:
    assert await opened_after(lambda _: None) == []
