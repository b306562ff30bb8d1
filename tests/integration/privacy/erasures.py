"""Erasing Carol, and looking for her afterwards."""

from django.db import connection
from django.utils import timezone

from compliance.models import (
    Erasure,
)
from contactcenter.privacy import erasing
from tests import given


def confirmed() -> Erasure:
    now = timezone.now()
    erasure = erasing.ask(number=given.CAROL, why="by letter", by="ada@example.com", now=now)
    erasing.confirm(erasure=erasure, typed=given.CAROL, by="ben@example.com", now=now)
    return erasure


def erased() -> Erasure:
    erasure = confirmed()
    assert erasing.go_on(erasure=erasure, now=timezone.now())
    erasure.refresh_from_db()
    return erasure


def dump() -> str:
    """Everything in the tables of ours, as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("calls_", "compliance_", "agents_")):
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                rows += [row[0] for row in cursor.fetchall()]
        return "\n".join(rows)
