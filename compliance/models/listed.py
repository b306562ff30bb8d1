"""Where the numbers of a copy lie: a table of their own while they are loaded, then one partition of the whole.

A look-up reads the copies in force first, and then the numbers of exactly these copies. So a copy joins the table in
one transaction and comes into force in a later one, and leaves the table long after it was replaced: whoever looks
has either the old copy whole or the new one whole, never half of one (`compliance.lists`).
"""

import re
from collections.abc import Iterable

from django.db import connection, transaction

_NAMED = re.compile(r"compliance_(?:loading|listed)_([0-9]+)")
# Sorting ten million numbers takes longer than any page may; and a little memory of its own, given back afterwards.
_AT_LENGTH = (
    "SET LOCAL statement_timeout = '30min'; SET LOCAL work_mem = '64MB'; SET LOCAL maintenance_work_mem = '128MB'"
)
# Joining and leaving wait for whoever is looking a number up, and are waited for: not for long. They are tried again.
_IN_PASSING = "SET LOCAL lock_timeout = '1s'"
_BEGIN = """
DROP TABLE IF EXISTS {loading}, {listed};
CREATE UNLOGGED TABLE {loading} (number bigint NOT NULL, line bigint, is_removed boolean)
"""
# The check spares the whole table being read again when it joins.
_CREATE = """
DROP TABLE IF EXISTS {listed};
CREATE TABLE {listed} (number bigint NOT NULL, copy_id bigint NOT NULL DEFAULT {copy} CHECK (copy_id = {copy}))
"""
_FILL = "INSERT INTO {listed} (number) SELECT DISTINCT number FROM {loading} ORDER BY number"
_CHANGE = """
WITH last AS MATERIALIZED (
    SELECT DISTINCT ON (number) number, is_removed FROM {loading} ORDER BY number, line DESC
)
INSERT INTO {listed} (number)
SELECT number FROM (
    SELECT held.number FROM compliance_listednumber held
    WHERE held.copy_id = {base} AND NOT EXISTS (SELECT FROM last WHERE last.number = held.number)
    UNION ALL
    SELECT number FROM last WHERE NOT is_removed
) AS found ORDER BY number
"""
_FINISH = "ALTER TABLE {listed} ADD PRIMARY KEY (number, copy_id); ANALYZE {listed}; DROP TABLE {loading}"
_JOIN = "ALTER TABLE compliance_listednumber ATTACH PARTITION {listed} FOR VALUES IN ({copy})"


def _of(copy_id: int, statement: str, base_id: int = 0) -> str:
    """A statement about the tables of one copy. Names of tables are made of its number, and of nothing else."""
    own = int(copy_id)
    names = {"loading": f"compliance_loading_{own}", "listed": f"compliance_listed_{own}"}
    return statement.format(**names, copy=own, base=int(base_id))


def begin(copy_id: int) -> None:
    """An empty table to load a copy into. It does not outlive a crash of the server, which `count` then shows."""
    with connection.cursor() as cursor:
        cursor.execute(_of(copy_id, _BEGIN))


def add_lines(copy_id: int, lines: bytes) -> None:
    """Load numbers, one a line."""
    statement = _of(copy_id, "COPY {loading} (number) FROM STDIN")
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(lines)


def add_changes(copy_id: int, changes: Iterable[tuple[int, int, bool]]) -> None:
    """Load changes: the number, its line, whether it is taken away."""
    lines = "".join(f"{number}\t{line}\t{'t' if is_removed else 'f'}\n" for number, line, is_removed in changes)
    with connection.cursor() as cursor, cursor.copy(_of(copy_id, "COPY {loading} FROM STDIN")) as copy:
        copy.write(lines.encode())


def count(copy_id: int) -> int | None:
    """How many lines have been loaded; None when there is no such table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [_of(copy_id, "{loading}")])
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute(_AT_LENGTH)
        cursor.execute(_of(copy_id, "SELECT count(*) FROM {loading}"))
        return int(cursor.fetchone()[0])


def put_in_order(copy_id: int, *, base_id: int | None) -> int:
    """Make the copy of what was loaded, each number once and indexed; of changes, upon the copy `base_id`.

    Nobody sees it yet. The number of its rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(_AT_LENGTH)
        cursor.execute(_of(copy_id, _CREATE))
        cursor.execute(_of(copy_id, _FILL) if base_id is None else _of(copy_id, _CHANGE, base_id))
        rows = int(cursor.rowcount)
        cursor.execute(_of(copy_id, _FINISH))
    return rows


def join(copy_id: int) -> None:
    """The copy becomes a part of the whole. Commit this before it comes into force."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_PASSING)
        cursor.execute(_of(copy_id, _JOIN))


def copies_with_tables() -> set[int]:
    """Every copy that has a table of its own, of whatever kind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
            " AND relname ~ '^compliance_(loading|listed)_[0-9]+$'"
        )
        return {int(found[1]) for (name,) in cursor.fetchall() if (found := _NAMED.fullmatch(name))}


def drop(copy_id: int) -> None:
    """Give back the room of a copy that nobody reads any more."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_IN_PASSING)
        cursor.execute(_of(copy_id, "DROP TABLE IF EXISTS {loading}, {listed}"))
