"""Databases for houses, beside the one of the environment."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("contactcenter", "calls", "agents", "compliance")
TEMPLATE = "house_template"


def url_of(name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def a_database(name: str) -> str:
    """A new, empty database; returns its URL."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        _make(server, name)
    return url_of(name)


def a_furnished_database(name: str, furnish: Callable[[str], None]) -> str:
    """A new database with what `furnish` puts into one, given its URL; returns its URL.

    That is done once for each state of the sources and each day: what is in the demo's past is some days old.
    """
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server, _alone(server):
        if _described_as(server) != (state := _state()):
            _make(server, TEMPLATE)
            furnish(url_of(TEMPLATE))
            server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(TEMPLATE), state))
        _make(server, name, like=TEMPLATE)
    return url_of(name)


def a_redis(number: int) -> str:
    """An empty database of the environment's server."""
    url = urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}"))
    with redis.from_url(url) as client:
        client.flushdb()
    return url


def _make(server: psycopg.Connection, name: str, *, like: str = "template1") -> None:
    given = sql.Identifier(name), sql.Identifier(like)
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(given[0]))
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*given))


@contextmanager
def _alone(server: psycopg.Connection) -> Iterator[None]:
    """Of those who use this server, one at a time makes the template or copies it."""
    server.execute("SELECT pg_advisory_lock(hashtext(%s))", [TEMPLATE])
    try:
        yield
    finally:
        server.execute("SELECT pg_advisory_unlock(hashtext(%s))", [TEMPLATE])


def _described_as(server: psycopg.Connection) -> str | None:
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    return (server.execute(query, [TEMPLATE]).fetchone() or (None,))[0]


def _state() -> str:
    """Another one whenever tables or the demo's world may be others."""
    told = hashlib.sha256(datetime.now(UTC).date().isoformat().encode())
    for folder in PRODUCT:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".md"):
                told.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return told.hexdigest()
