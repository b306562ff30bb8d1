"""Things that must not go on unseen, counted over all processes: so many in each minute, kept in Redis for a while.

Whoever sees one notes it, which costs an addition; a process tells Redis at most twice a second, whatever is thrown at
it. Without Redis the notes of that time are lost, and Health says that Redis is away.
"""

import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

WINDOW_MIN = 10
_PREFIX = "sightings."
_PATIENCE_S = 1.0
_TOLD_EVERY_S = 0.5


class Sight(StrEnum):
    """What may be seen. Values are stable: they are keys in Redis."""

    CARRIER_SIGNATURE = "carrier_signature"  # a webhook that is not Twilio's, or not signed for our address
    MODEL_SIGNATURE = "model_signature"  # the same of OpenAI's
    STREAM_SIGNATURE = "stream_signature"  # a stream's handshake that is not Twilio's
    STREAM_REFUSED = "stream_refused"  # a genuine stream that we did not let in
    ACCEPT_REFUSED = "accept_refused"  # the model did not take our acceptance of a SIP call (4xx)


@dataclass(frozen=True, slots=True)
class Seen:
    """How often within the last minutes, and whether in the last two."""

    count: int
    is_recent: bool


_noted: Counter[str] = Counter()
_lock = threading.Lock()
_waiting: list[threading.Timer] = []


def note(sight: Sight) -> None:
    """Count one; never waits."""
    with _lock:
        _noted[sight.value] += 1
        if _waiting:
            return
        timer = threading.Timer(_TOLD_EVERY_S, tell)
        timer.daemon = True
        _waiting.append(timer)
    timer.start()


def tell() -> None:
    """Tell Redis what was noted since it was told last."""
    with _lock:
        _waiting.clear()
        counts = dict(_noted)
        _noted.clear()
    if not counts:
        return
    minute = int(time.time() // 60)
    with suppress(RedisError), _redis() as redis, redis.pipeline(transaction=False) as together:
        for sight, count in counts.items():
            key = f"{_PREFIX}{sight}.{minute}"
            together.incrby(key, count)
            together.expire(key, (WINDOW_MIN + 2) * 60)
        together.execute()


def seen() -> dict[Sight, Seen] | None:
    """What was seen in the last ten minutes, by all processes; None when Redis does not answer."""
    minute = int(time.time() // 60)
    minutes = range(minute - WINDOW_MIN + 1, minute + 1)
    try:
        with _redis() as redis:
            keys = [f"{_PREFIX}{sight}.{each}" for sight in Sight for each in minutes]
            counts = [int(count or 0) for count in redis.mget(keys)]
    except RedisError:
        return None
    found = {}
    for place, sight in enumerate(Sight):
        of_sight = counts[place * WINDOW_MIN : (place + 1) * WINDOW_MIN]
        if sum(of_sight):
            found[sight] = Seen(sum(of_sight), is_recent=any(of_sight[-2:]))
    return found


def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)
