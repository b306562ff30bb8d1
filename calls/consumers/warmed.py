"""Sessions of the model that were warmed for callers who have left before their stream began: looked for, and let go.

The caller's leaving is told to whichever process answers webhooks, and the session waits in the bridge. So the bridge
looks into the books itself, as long as anybody is waited for.
"""

import asyncio

from django.db import DatabaseError, InterfaceError

from calls.consumers.asking import in_turn
from calls.models import Stream
from calls.realtime import warm

LOOK_EVERY_S = 2.0


async def look_after() -> None:
    """For ever, in the event loop in which the sessions wait."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        await look()


async def look() -> None:
    """Let go of every session for which nobody will come; without the books they go by themselves, later."""
    waiting = warm.waiting()
    if not waiting:
        return
    try:
        left = await in_turn(Stream.not_coming)(waiting)
    except (DatabaseError, InterfaceError):
        return
    for nonce in left:
        warm.abandon(nonce)
