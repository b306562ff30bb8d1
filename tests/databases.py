"""Databases beside the one of the environment, for houses and for rings that have a database of their own."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("contactcenter", "calls", "agents", "compliance")
HOUSE = "house_template"
MIGRATED = "migrated_template"


def url_of(name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def a_database(name: str) -> str:
    """A new, empty database; returns its URL."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        _make(server, name)
    return url_of(name)


def a_furnished_database(name: str, furnish: Callable[[str], None]) -> str:
    """A new database with its tables and what `furnish` puts into them, given its URL; returns its URL.

    That is done once for each state of the sources and each day: what is in the demo's past is some days old.
    """
    migrated = a_migrated_template()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server, _alone(server, HOUSE):
        _make_template(server, HOUSE, furnish, like=migrated)
        _make(server, name, like=HOUSE)
    return url_of(name)


def a_migrated_template() -> str:
    """The name of a database whose tables are made, to be copied; they are made once for each state of the sources."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server, _alone(server, MIGRATED):
        _make_template(server, MIGRATED, _migrate)
    return MIGRATED


def _migrate(database_url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url}, check=True)


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


def _make_template(
    server: psycopg.Connection, name: str, furnish: Callable[[str], None], *, like: str = "template1"
) -> None:
    """Unless it is there already, in the present state of the sources."""
    if _described_as(server, name) != (state := _state()):
        _make(server, name, like=like)
        furnish(url_of(name))
        server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), state))


@contextmanager
def _alone(server: psycopg.Connection, template: str) -> Iterator[None]:
    """Of those who use this server, one at a time makes the template or copies it."""
    server.execute("SELECT pg_advisory_lock(hashtext(%s))", [template])
    try:
        yield
    finally:
        server.execute("SELECT pg_advisory_unlock(hashtext(%s))", [template])


def _described_as(server: psycopg.Connection, name: str) -> str | None:
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    return (server.execute(query, [name]).fetchone() or (None,))[0]


def _state() -> str:
    """Another one whenever tables or the demo's world may be others."""
    told = hashlib.sha256(datetime.now(UTC).date().isoformat().encode())
    for folder in PRODUCT:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".md", ".toml"):  # the law is written in the last
                told.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return told.hexdigest()
