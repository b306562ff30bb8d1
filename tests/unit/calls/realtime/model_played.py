"""A model played by the test, and the client on either library."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from calls.realtime.client import RealtimeClient
from calls.realtime.session_config import SessionSettings

SESSION = SessionSettings(model="gpt-realtime-2.1", voice="marin", instructions="Be kind.")
KEY = "sk-test"
LIMIT_S = 10.0
Answer = Callable[[ServerConnection], Awaitable[None]]
either_library = pytest.mark.parametrize("library", ["websockets", "picows"], indirect=True)


@asynccontextmanager
async def model(settings: Any, answer: Answer, **options: Any) -> AsyncIterator[None]:
    """A model played by the test."""
    options.setdefault("ping_interval", None)
    async with asyncio.timeout(LIMIT_S), serve(answer, "127.0.0.1", 0, **options) as server:
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield


async def configured(connection: ServerConnection, **session: Any) -> None:
    """Answer as a model does until the session is configured."""
    await connection.send(json.dumps({"type": "session.created", "session": {}}))
    assert json.loads(await connection.recv())["type"] == "session.update"
    await connection.send(json.dumps({"type": "session.updated", "session": session}))


async def heard(connection: ServerConnection) -> list[str]:
    """Everything the client says until it goes."""
    return [str(message) async for message in connection]


async def events_of(client: RealtimeClient, count: int | None = None) -> list[bytes]:
    """The next so many events, or all until the end."""
    found: list[bytes] = []
    async for events in client:
        found += [event.encode() if isinstance(event, str) else event for event in events]
        if count is not None and len(found) >= count:
            break
    return found
