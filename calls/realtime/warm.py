"""Model sockets opened while the phone still rings, waiting for their media stream in the same event loop.

A stream that finds none opens its own; a socket that nobody claims closes by itself.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from calls.metrics import MODEL_WARM
from calls.realtime.client import ModelUnavailable, RealtimeClient
from calls.realtime.session_config import SessionSettings

# Longer than a stream's ticket lives.
UNCLAIMED_S = 75.0


@dataclass(frozen=True, slots=True)
class Warmed:
    """A session on its way or open, and what the beginner wants the taker to know."""

    client: "asyncio.Task[RealtimeClient]"
    context: Any


_waiting: dict[str, Warmed] = {}
_closing: set[asyncio.Task[None]] = set()


def begin(key: str, session: SessionSettings, *, context: Any) -> None:
    """Start opening a session under this key, unless one waits there already; `context` is kept with it."""
    if key in _waiting:
        return
    loop = asyncio.get_running_loop()
    opening = loop.create_task(RealtimeClient.open(session), name="warm model")
    opening.add_done_callback(_looked_at)
    _waiting[key] = Warmed(opening, context)
    loop.call_later(UNCLAIMED_S, abandon, key)


def waiting() -> list[str]:
    """The keys under which a session waits to be claimed."""
    return list(_waiting)


def take(key: str) -> Warmed | None:
    """What waits under this key, now the taker's to close; None when there is nothing."""
    warmed = _waiting.pop(key, None)
    MODEL_WARM.labels("missed" if warmed is None else "taken").inc()
    return warmed


def abandon(key: str) -> None:
    """Close what waits under this key, if anything does."""
    warmed = _waiting.pop(key, None)
    if warmed is None:
        return
    MODEL_WARM.labels("abandoned").inc()
    closing = asyncio.get_running_loop().create_task(_close(warmed.client))
    _closing.add(closing)
    closing.add_done_callback(_closing.discard)


async def _close(task: "asyncio.Task[RealtimeClient]") -> None:
    task.cancel()
    try:
        client = await task
    except (ModelUnavailable, asyncio.CancelledError):
        return
    await client.close()


def _looked_at(opening: "asyncio.Task[RealtimeClient]") -> None:
    """A model that could not be reached is told to whoever claims it; that nobody does is no fault to be reported."""
    if not opening.cancelled():
        opening.exception()


async def close_all() -> None:
    """Close everything that waits; the process is going down."""
    for key in waiting():
        abandon(key)
    await asyncio.gather(*_closing)
