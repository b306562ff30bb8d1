"""Which workers are alive: each says so every two seconds, under its own name, where it is forgotten by itself."""

from contextlib import suppress
from typing import Any

from celery.signals import heartbeat_sent
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

_PREFIX = "pulse.worker."
_FORGOTTEN_AFTER_S = 15
_PATIENCE_S = 1.0


def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)


@heartbeat_sent.connect
def _felt(sender: Any, **_: Any) -> None:
    """Celery's worker is alive, says its own heart."""
    with suppress(RedisError), _redis() as redis:
        redis.set(f"{_PREFIX}{sender.eventer.hostname}", 1, ex=_FORGOTTEN_AFTER_S)


def workers() -> list[str] | None:
    """The names of the workers that are alive; None when Redis does not answer."""
    try:
        with _redis() as redis:
            return sorted(key.decode().removeprefix(_PREFIX) for key in redis.scan_iter(f"{_PREFIX}*", count=1000))
    except RedisError:
        return None
