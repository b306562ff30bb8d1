"""Encrypt columns anew with the first key of FIELD_KEYS, while everything runs; safe to interrupt and repeat."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from compliance import encrypted
from compliance.encrypted import Unreadable

_BATCH = 1000


class Command(BaseCommand):
    """`manage.py rotate_field_keys`."""

    help = (
        "Encrypt names and other personal columns anew with the first key of FIELD_KEYS. Put the new key first, "
        "restart, run this, then take the old key out. Exit code 1: something could not be read with any key. "
        "Examples: rotate_field_keys --dry-run; rotate_field_keys"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Column after column."""
        lost = 0
        for field in encrypted.columns():
            done, unreadable = _rotate(field, is_dry=options["dry_run"])
            lost += unreadable
            verb = "to encrypt anew" if options["dry_run"] else "encrypted anew"
            trouble = f", {unreadable} cannot be read" if unreadable else ""
            self.stdout.write(f"{field.model._meta.label}.{field.name}: {done} {verb}{trouble}")
        if lost:
            raise SystemExit(1)


def _rotate(field: "encrypted.EncryptedField", *, is_dry: bool) -> tuple[int, int]:
    quote = connection.ops.quote_name
    table, key = quote(field.model._meta.db_table), quote(str(field.model._meta.pk.column))
    column = quote(str(field.column))
    done = unreadable = 0
    after: Any = None
    while True:
        with connection.cursor() as cursor:
            beyond = f"AND {key} > %s" if after is not None else ""
            cursor.execute(
                f"SELECT {key}, {column} FROM {table} WHERE {column} <> '' {beyond} ORDER BY {key} LIMIT {_BATCH}",  # noqa: S608
                [] if after is None else [after],
            )
            rows = cursor.fetchall()
        if not rows:
            return done, unreadable
        after = rows[-1][0]
        news = []
        for pk, stored in rows:
            if encrypted.is_current(stored):
                continue
            plain = encrypted.decrypt(stored)
            if isinstance(plain, Unreadable):
                unreadable += 1
            else:
                news.append((encrypted.encrypt(plain, is_searchable=field.is_searchable), pk, stored))
        done += len(news)
        if news and not is_dry:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL compliance.may = 'rotate'")
                # Somebody may have written it anew meanwhile: that stays.
                cursor.executemany(
                    f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s",  # noqa: S608
                    news,
                )
