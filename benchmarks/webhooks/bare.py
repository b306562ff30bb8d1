"""The least that can be done for a webhook in Python: check the carrier's signature, write one row, answer.

An ASGI program without a framework; psycopg's own pool. What is told of it is the floor, not a rival.
"""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from psycopg_pool import AsyncConnectionPool
from twilio.request_validator import RequestValidator

from benchmarks.product import Product

_TOKEN, _PUBLIC, _DATABASE = "BARE_TOKEN", "BARE_PUBLIC", "BARE_DATABASE"
_ANSWER = b"<?xml version='1.0' encoding='utf-8'?><Response><Connect><Stream url='wss://a'/></Connect></Response>"
_pool: AsyncConnectionPool | None = None


def environment(product: Product) -> Mapping[str, str]:
    """What this program needs to know of the product it stands beside."""
    return {_TOKEN: product.token, _PUBLIC: product.origin, _DATABASE: product.database_url}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One request, or the life of the process."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        status, body = (200, b"ok") if scope["path"] == "/healthz" else await _answered(scope, receive)
        headers = [(b"content-type", b"text/xml"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _answered(scope: dict[str, Any], receive: Any) -> tuple[int, bytes]:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    signature = dict(scope["headers"]).get(b"x-twilio-signature", b"").decode()
    validator = RequestValidator(os.environ[_TOKEN])
    if not validator.validate(os.environ[_PUBLIC] + scope["path"], form, signature):
        return 403, b""
    assert _pool is not None
    async with _pool.connection() as link:
        await link.execute("INSERT INTO bare (sid, status) VALUES (%s, %s)", (form["CallSid"], form["CallStatus"]))
    return 200, _ANSWER


async def _live(receive: Any, send: Any) -> None:
    global _pool  # noqa: PLW0603  (one per process)
    await receive()
    _pool = AsyncConnectionPool(os.environ[_DATABASE], min_size=2, max_size=16, open=False)
    await _pool.open()
    async with _pool.connection() as link:
        await link.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, sid text, status text)")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await _pool.close()
    await send({"type": "lifespan.shutdown.complete"})
