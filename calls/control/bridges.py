"""Which process holds a call: chosen by room, told to make ready, and never more than it can hold.

Where no bridge process has said that it is there, the process that answers the webhook holds the call itself.

What a bridge is told goes over the channel layer and may get lost. So it is either asked for again and again, or in the
books, where whoever takes the call up finds it.
"""

import asyncio
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import structlog
from channels.layers import get_channel_layer
from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from redis.exceptions import RedisError

from calls import metrics
from calls.models import BridgeWorker, Call, Sideband, SidebandWorker, Stream
from compliance.statements import EXAMPLE_TIME, Asked, Question

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


@dataclass(frozen=True, slots=True)
class There:
    """A bridge that is there; `expected` are the calls it holds or was promised, as the books have it."""

    name: str
    calls: int
    capacity: int
    is_draining: bool
    model_share_left: float
    expected: int

    @property
    def load(self) -> int:
        """What a bridge says of itself is a second old."""
        return max(self.calls, self.expected)


def ask_who_is_there(*, now: datetime) -> Asked[dict[str, Any]]:
    """Ask for the bridges that are there, on their way to `choose`."""
    return _WHO_IS_THERE.ask(now=now)


def who_is_there(asked: Asked[dict[str, Any]]) -> list[There]:
    """What was answered, the least busy by their own word first."""
    return [There(**row) for row in asked.all()]


def _who_is_there(now: datetime) -> "QuerySet[BridgeWorker, Any]":
    promised = Stream.promised(now=now).filter(bridge=OuterRef("name")).order_by().values("bridge")
    expected = Coalesce(Subquery(promised.annotate(n=Count("pk")).values("n")), 0)
    return BridgeWorker.lately().values(*(field.name for field in fields(There)[:-1])).annotate(expected=expected)


_WHO_IS_THERE = Question(_who_is_there, now=EXAMPLE_TIME)


def choose(
    *, now: datetime, but_not: str = "", is_under_way: bool = False, asked: Asked[dict[str, Any]] | None = None
) -> Place:
    """A process with room for one more call, the least busy first; `but_not` is taken only when there is no other.

    What a bridge says of itself is a second old, and a call that was sent to it may ring for ten more: whatever it has
    been promised counts, or all calls of a busy minute would go to the same one.

    `is_under_way`: the call has a conversation already, which the model's limits do not end. `asked`: who is there was
    asked already. Raises NoRoom.
    """
    there = who_is_there(asked or ask_who_is_there(now=now))
    if not there:
        if metrics.STREAMS_OPEN._value.get() >= settings.BRIDGE_CALLS:
            raise NoRoom("full")
        return Place()
    if not is_under_way and min(bridge.model_share_left for bridge in there) < LEAST_MODEL_SHARE:
        raise NoRoom("model limits")
    free = [bridge for bridge in there if not bridge.is_draining and bridge.load < bridge.capacity]
    if not free:
        raise NoRoom("full" if any(not bridge.is_draining for bridge in there) else "draining")
    others = [bridge for bridge in free if bridge.name != but_not]
    return Place(min(others or free, key=lambda bridge: bridge.load).name)


def group_of(name: str) -> str:
    """The channel group on which a bridge listens."""
    return f"bridge.{name}"


def holding(call: Call) -> Place | None:
    """Who holds the call's conversation now; None when nobody does."""
    held = Stream.objects.filter(call=call, opened_at__isnull=False, closed_at=None)
    name = held.order_by("-opened_at").values_list("bridge", flat=True).first()
    if name is None:
        name = Sideband.holder_of(call) or None
    return None if name is None else Place(name)


def is_there(place: Place) -> bool:
    """True while a bridge says that it is there; of a process that is none nobody knows better."""
    if not place.name or place.name in {bridge.name for bridge in BridgeWorker.heard_lately()}:
        return True
    return SidebandWorker.is_there(place.name)


async def make_ready(place: Place, *, nonce: str, call_id: int) -> None:
    """Tell a bridge that this stream will come to it, so that it opens the model while the phone rings. A hint."""
    await _tell(place, {"type": "bridge.warm", "nonce": nonce, "call": call_id})


async def ask_for_sound(place: Place, *, call_id: int) -> None:
    """Have a call's sound copied to those who listen to it, for a few seconds from now."""
    await _tell(place, {"type": "bridge.listen", "call": call_id})


async def advise(place: Place, *, call_id: int, ref: str, text: str, aloud: bool) -> None:
    """Tell the assistant of a call something, or have it say it."""
    await _tell(place, {"type": "bridge.advise", "call": call_id, "ref": ref, "text": text, "aloud": aloud})


async def swap_prompt(place: Place, *, call_id: int) -> None:
    """Tell who holds a call that it has another prompt version now."""
    await _tell(place, {"type": "bridge.swap", "call": call_id})


async def tell_decided(place: Place, *, call_id: int, approval_id: int) -> None:
    """Tell who holds a call that a tool which waited for a supervisor waits no longer."""
    await _tell(place, {"type": "bridge.decided", "call": call_id, "approval": approval_id})


async def _tell(place: Place, message: dict[str, Any]) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await get_channel_layer().group_send(group_of(place.name), message)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("bridge not told", what=message["type"], error=type(error).__name__)
