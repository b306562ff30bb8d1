"""What is asked and written for every call: Django puts the SQL together once, and much of it goes out in one round.

Django puts a statement together anew each time, which takes ten times as long as the database needs for the answer, and
a caller waits for a dozen of them. A `Question` keeps the text and Django's own way of making objects of the rows;
a `Change` the same of an UPDATE, `insert` and `insert_all` of an INSERT. They do what the query set, or `save`, would.

What is asked and inserted in a block of `together` goes out without waiting for answers (libpq's pipeline mode,
https://www.postgresql.org/docs/current/libpq-pipeline-mode.html).
"""

import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    QuerySet,
    ValuesIterable,
    get_related_populators,
)
from django.db.models.sql.subqueries import UpdateQuery
from psycopg.pq import PipelineStatus

# Examples of values that no query holds by itself.
EXAMPLE_TIME = datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
EXAMPLE_KEY = -(2**62)
_populators: Any = get_related_populators  # typed as in releases after ours
Row = TypeVar("Row")
Raw = Sequence[Any]
# Where a parameter stands, its name, and how the driver is told its type, where that matters to it.
Place = tuple[int, str, Callable[[Any], Any] | None]


class NotKept(TypeError):
    """A query that cannot be kept in this way; `str()` says why. Told at its first asking, whatever the values."""


def _one(row: Raw) -> Any:
    return row[0]


@dataclass(frozen=True, slots=True)
class _Written(Generic[Row]):
    """The text of a query, which of its parameters are whose, and what makes an answer of a row."""

    sql: str
    params: tuple[Any, ...]
    places: tuple[Place, ...]
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...] = ()
    read: Callable[[Raw], Row] = _one

    def filled(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters for these values."""
        params = list(self.params)
        for at, name, kind in self.places:
            params[at] = values[name] if kind is None else kind(values[name])
        return params


def _places(params: Sequence[Any], examples: Mapping[str, Any]) -> tuple[Place, ...]:
    """Which parameters are whose. Raises NotKept for a value that is nobody's parameter."""
    names = {(type(like), like): name for name, like in examples.items()}
    if len(names) < len(examples):
        raise NotKept("two examples are alike")
    places = []
    for at, value in enumerate(params):
        base = next((kind for kind in (str, int, datetime) if isinstance(value, kind)), None)
        if (name := names.get((base, value)) if base and type(value) is not bool else None) is not None:
            places.append((at, name, type(value) if type(value) is not base else None))
    if missing := examples.keys() - {name for _, name, _ in places}:
        raise NotKept(f"not a parameter of the query: {', '.join(sorted(missing))}")
    return tuple(places)


class Asked(Generic[Row]):
    """A question that was put. Its answer is read once, in the thread that asked; within `together` after the block."""

    def __init__(self, cursor: Any, written: _Written[Row]) -> None:
        self._cursor, self._written = cursor, written

    def all(self) -> list[Row]:
        """Every row. Raises what a query set raises."""
        with self._cursor as cursor:
            rows = cursor.fetchall()
        if self._written.converters:
            rows = list(_converted(rows, self._written.converters))
        return [self._written.read(row) for row in rows]

    def first(self) -> Row | None:
        """The first row, if there is one."""
        return next(iter(self.all()), None)


class Question(Generic[Row]):
    """A query that is asked again and again.

    `write` makes the query set of values by name; `examples` are such values, each of the type of its like and to be
    found nowhere else in the query. Of a value only what the query compares with it may depend: none may be None, and
    a list has the length it has. Make one per kind of question, at the module's level, and ask it from any thread.
    """

    def __init__(self, write: Callable[..., "QuerySet[Any, Row]"], **examples: Any) -> None:
        self._write, self._examples = write, examples
        self._written: _Written[Row] | None = None
        self._lock = threading.Lock()

    def ask(self, **values: Any) -> "Asked[Row]":
        """Put it, with these values. Raises NotKept, and what a query set raises."""
        written = self._written or self._put_together()
        cursor = connection.cursor()
        cursor.execute(written.sql, written.filled(values))
        return Asked(cursor, written)

    def all(self, **values: Any) -> list[Row]:
        """Every row for these values."""
        return self.ask(**values).all()

    def first(self, **values: Any) -> Row | None:
        """The first row, if there is one; it is for the query to have a limit."""
        return self.ask(**values).first()

    def _put_together(self) -> _Written[Row]:
        with self._lock:
            query = self._write(**self._examples)
            compiler = query.query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
            params = tuple(params)
            places = _places(params, self._examples)
            found = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
            converters = tuple((at, tuple(each), expression) for at, (each, expression) in found.items())
            self._written = _Written(str(sql), params, places, converters, _reader(query, compiler))
            return self._written


class ByHand:
    """A query in SQL of our own, asked like the others; a row is a tuple."""

    def __init__(self, sql: str) -> None:
        self._written: _Written[tuple[Any, ...]] = _Written(sql, (), (), read=tuple)

    def ask(self, *params: Any) -> Asked[tuple[Any, ...]]:
        """Put it, with these parameters."""
        cursor = connection.cursor()
        cursor.execute(self._written.sql, params)
        return Asked(cursor, self._written)


class Change:
    """An update that is made again and again.

    `write` makes the query set, of one table, and the new values of its fields; for `examples` see `Question`.
    """

    def __init__(self, write: Callable[..., "tuple[QuerySet[Any, Any], dict[str, Any]]"], **examples: Any) -> None:
        self._write, self._examples = write, examples
        self._written: _Written[Any] | None = None

    def make(self, **values: Any) -> int:
        """Make it, with these values; how many rows it changed. Raises RuntimeError in a block of `together`."""
        if _is_together():
            raise RuntimeError("how many rows a change touches is not known in a block of `together`")
        written = self._written or self._put_together()
        with connection.cursor() as cursor:
            cursor.execute(written.sql, written.filled(values))
            return cursor.rowcount

    def _put_together(self) -> _Written[Any]:
        rows, changes = self._write(**self._examples)
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(changes)
        sql, params = query.get_compiler(connection=connection).as_sql()
        self._written = _Written(sql, tuple(params), _places(params, self._examples))
        return self._written


def _converted(rows: list[Any], converters: Any) -> Iterator[list[Any]]:
    for row in map(list, rows):
        for at, each, expression in converters:
            for convert in each:
                row[at] = convert(row[at], expression, connection)
        yield row


def _reader(query: "QuerySet[Any, Any]", compiler: Any) -> Callable[[Raw], Any]:
    """What Django's own iterators do with a row."""
    how = query._iterable_class
    if how is FlatValuesListIterable:
        return _one
    if how is ValuesIterable:
        names = tuple(query.query.selected or ())
        return lambda row: dict(zip(names, row, strict=True))
    if how is not ModelIterable:
        raise NotKept(f"{how.__name__} is not read here")
    info, annotations = compiler.klass_info, tuple((compiler.annotation_col_map or {}).items())
    model, fields = info["model"], info["select_fields"]
    begin, end = fields[0], fields[-1] + 1
    names = tuple(column[0].target.attname for column in compiler.select[begin:end])
    populators = tuple(_populators(info, compiler.select, connection.alias))

    def read(row: Raw) -> Any:
        found = model.from_db(connection.alias, names, row[begin:end])
        for populator in populators:
            populator.populate(row, found)
        for name, at in annotations:
            setattr(found, name, row[at])
        return found

    return read


# --- writing ----------------------------------------------------------------------------------------------------------


@functools.cache
def _insert_into(model: type[models.Model], *, has_key: bool) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(field for field in model._meta.local_concrete_fields if has_key or not field.primary_key)
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    values = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({values})", fields  # noqa: S608  (names of ours)


def insert(row: models.Model) -> None:
    """Write a new row. One without a key is given it, but not in a block of `together`: there nobody learns it.

    No signals are sent, and no field may hold an expression. Raises what `save(force_insert=True)` raises.
    """
    sql, fields = _insert_into(type(row), has_key=row.pk is not None)
    is_key_wanted = row.pk is None and not _is_together()
    if is_key_wanted:
        sql += f" RETURNING {connection.ops.quote_name(str(row._meta.pk.column))}"
    link = connections[DEFAULT_DB_ALIAS]  # `connection` looks it up anew at every touch
    with link.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(field.pre_save(row, True), link) for field in fields])
        if is_key_wanted:
            (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, link.alias


def insert_all(rows: Sequence[models.Model], *, known: str = "") -> None:
    """Write new rows of one model in one statement, without learning their keys; all have a key of their own, or none.

    `known` says what becomes of a row that is there already: the statement's ON CONFLICT.
    """
    if not rows:
        return
    sql, fields = _insert_into(type(rows[0]), has_key=rows[0].pk is not None)
    begin, _, row_sql = sql.partition(" VALUES ")
    link = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(row, True), link) for row in rows for field in fields]
    with link.cursor() as cursor:
        cursor.execute(f"{begin} VALUES {', '.join([row_sql] * len(rows))} {known}", values)


def replacing(*fields: str, of: Sequence[str], unless: str = "") -> str:
    """For `insert_all`: a row that is there, told by the columns `of`, takes these columns of the new one."""
    changes = ", ".join(f'"{field}" = EXCLUDED."{field}"' for field in fields)
    condition = f" WHERE NOT ({unless})" if unless else ""
    return f"ON CONFLICT ({', '.join(of)}) DO UPDATE SET {changes}{condition}"


# For `insert_all`: a row that is there stays as it is.
STAYING = "ON CONFLICT DO NOTHING"


# --- in one round -----------------------------------------------------------------------------------------------------


@contextmanager
def together() -> Iterator[None]:
    """Send what is asked and inserted in this block in one round.

    What is read in it is waited for, as ever. How many rows an update touched is not known in it, so updates do not
    belong there. What goes wrong is told at the block's end, as Django tells it, and what came after it was not done.
    Begin a transaction outside of it: Django's beginning and end are rounds of their own within.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def _is_together() -> bool:
    return connection.connection is not None and connection.connection.pgconn.pipeline_status != PipelineStatus.OFF
