"""A worker of the product's with one task more, which takes as long as a test wishes."""

from django.conf import settings
from redis import Redis

from contactcenter.celery import app

__all__ = ["app"]
TASK, BEGUN, MAY_END, ENDED = "tests.wait", "waiting:begun", "waiting:may_end", "waiting:ended"
QUEUE = "waiting"  # of its own: in the usual one stands what the tests before have left


@app.task(name=TASK)
def wait() -> None:
    """Say that it has begun, wait for a word, say that it has ended."""
    with Redis.from_url(settings.REDIS_URL, socket_timeout=None) as redis:  # it waits for longer than a socket
        redis.lpush(BEGUN, 1)
        redis.blpop(MAY_END, timeout=60)
        redis.lpush(ENDED, 1)
