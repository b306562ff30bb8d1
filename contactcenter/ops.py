"""Operations: is the process up, can it serve, and what does it count."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from calls.consumers.process import process

_PATIENCE_S = 2.0


async def heartbeat(send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """`/healthz`, for every method: the event loop turns.

    Answered before Django: no thread, no database and no middleware may make a living process look dead, for whoever
    asks this may kill it. Under a server without a start of its own, a bridge begins with the first question.
    """
    process.ensure_started()
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"2"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


async def readyz(_: HttpRequest) -> JsonResponse:
    """The process can serve: each store answers. 503 names those that do not."""
    database, redis = await asyncio.gather(_database(), _redis())
    stores = {"database": database, "redis": redis}
    return JsonResponse(stores, status=200 if all(stores.values()) else 503)


async def _database() -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await sync_to_async(_select_one)()
    except (TimeoutError, DatabaseError, InterfaceError):
        return False
    return True


def _select_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _redis() -> bool:
    redis = Redis.from_url(settings.REDIS_URL, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await redis.ping()
    except (TimeoutError, RedisError, OSError):
        return False
    finally:
        await redis.aclose()
    return True


def metrics(request: HttpRequest) -> HttpResponse:
    """This process's counters, in the Prometheus text format; for this machine and for people who watch the floor."""
    is_local = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    if not is_local and not request.user.has_perm("calls.watch_floor"):
        return HttpResponse(status=404)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
