"""Which process holds a call: chosen by room, told to make ready, and never more than it can hold.

Where no bridge process has said that it is there, the process that answers the webhook holds the call itself.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from calls import metrics
from calls.models import BridgeWorker, Stream

# Below this share of its tightest limit the model gets no new conversations, so that those under way can go on.
LEAST_MODEL_SHARE = 0.03
_PATIENCE_S = 0.3

log = structlog.get_logger(__name__)


class NoRoom(Exception):
    """Every process is full, about to stop, or the model's limits are nearly used up; `str()` is a code."""


@dataclass(frozen=True, slots=True)
class Place:
    """A process that can hold a call; `name` empty: the one that asks."""

    name: str = ""


def choose(*, now: datetime, but_not: str = "") -> Place:
    """A process with room for one more call, the least busy first; `but_not` is taken only when there is no other.

    What a bridge says of itself is a second old, and a call that was sent to it may ring for ten more: whatever it has
    been promised counts, or all calls of a busy minute would go to the same one.

    Raises NoRoom.
    """
    there = BridgeWorker.heard_lately(now=now)
    if not there:
        if metrics.STREAMS_OPEN._value.get() >= settings.BRIDGE_CALLS:
            raise NoRoom("full")
        return Place()
    if min(bridge.model_share_left for bridge in there) < LEAST_MODEL_SHARE:
        raise NoRoom("model limits")
    expected = Stream.expected(now=now)
    busy = {bridge.name: max(bridge.calls, expected[bridge.name]) for bridge in there}
    free = [bridge for bridge in there if not bridge.is_draining and busy[bridge.name] < bridge.capacity]
    if not free:
        raise NoRoom("full" if any(not bridge.is_draining for bridge in there) else "draining")
    others = [bridge for bridge in free if bridge.name != but_not]
    return Place(min(others or free, key=lambda bridge: busy[bridge.name]).name)


def group_of(name: str) -> str:
    """The channel group on which a bridge listens."""
    return f"bridge.{name}"


async def make_ready(place: Place, *, nonce: str, call_id: int) -> None:
    """Tell a bridge that this stream will come to it, so that it opens the model while the phone rings. A hint."""
    message = {"type": "bridge.warm", "nonce": nonce, "call": call_id}
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await get_channel_layer().group_send(group_of(place.name), message)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("bridge not told, it opens the model when the stream comes", error=type(error).__name__)
