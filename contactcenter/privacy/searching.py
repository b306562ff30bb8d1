"""Looking for a number everywhere: in every column of every table of ours, and in the message broker."""

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from redis import Redis

_OURS = ("contactcenter", "calls", "agents", "compliance")
_TEXT = (models.CharField, models.TextField, models.JSONField)


def tables() -> int:
    """How many tables are looked through."""
    return len(_models())


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in _OURS and model._meta.managed]


def in_tables(number: str, *, leave_out: Collection[tuple[str, str]] = ()) -> list[str]:
    """Where a number stands, as table.column; what is encrypted is not looked into, nobody finds it there."""
    digits = number.removeprefix("+")
    quote = connection.ops.quote_name
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for model in _models():
            table = model._meta.db_table
            for field in model._meta.concrete_fields:
                column = str(field.column)
                if not isinstance(field, _TEXT) or (table, column) in leave_out:
                    continue
                cursor.execute(
                    f"SELECT 1 FROM {quote(table)} WHERE {quote(column)}::text LIKE %s LIMIT 1",  # noqa: S608
                    [f"%{digits}%"],
                )
                if cursor.fetchone() is not None:
                    found.append(f"{table}.{column}")
    return found


def in_valkey(number: str) -> list[str]:
    """Keys of the message broker whose name or value holds a number."""
    wanted = number.encode()
    with Redis.from_url(settings.REDIS_URL, socket_timeout=5) as broker:
        found = [key for key in broker.scan_iter(count=1000) if wanted in key or wanted in _value(broker, key)]
    return [key.decode(errors="replace") for key in found]


def _value(broker: Any, key: bytes) -> bytes:
    kind = broker.type(key)
    match kind:
        case b"string":
            return bytes(broker.get(key) or b"")
        case b"list":
            return b"\n".join(broker.lrange(key, 0, -1))
        case b"set":
            return b"\n".join(broker.smembers(key))
        case b"zset":
            return b"\n".join(broker.zrange(key, 0, -1))
        case b"hash":
            return b"\n".join(part for pair in broker.hgetall(key).items() for part in pair)
        case b"stream":
            return repr(broker.xrange(key)).encode()
    return b""
