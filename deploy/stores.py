"""PostgreSQL and Valkey for a machine that has neither: from wheels, under a folder ``var``, without root or Docker.

Whoever needs the stores of a ``var`` calls :func:`start`: the first brings them up, the next ones join, the last to
call :meth:`Stores.stop` ends them. A process that died without saying so no longer counts, so a hard kill needs no
tidying up: the next start adopts servers that still run and replaces those that do not.

Used by the launcher and by the tests, never by the product, which only knows DATABASE_URL and REDIS_URL.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from deploy import postgres_programs, postgres_server, private_files, processes, valkey_server
from deploy.postgres_programs import UnableToRunPostgres
from deploy.signals import undisturbed
from deploy.valkey_server import UnableToRunValkey


class UnableToStart(RuntimeError):
    """The stores cannot be had; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Stores in use by this process. A URL is empty when that store was not asked for."""

    var: Path
    database_url: str
    redis_url: str
    seconds: float

    def stop(self) -> None:
        """Say that this process no longer needs them: the last one stops Valkey, then PostgreSQL."""
        with _locked(self.var), undisturbed():
            users = _living_users(self.var)
            if (me := processes.own_mark()) in users:
                users.remove(me)
            if users:
                _write_record(self.var, users)
                return
            _stop_servers(self.var)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    var: Path,
    *,
    database: str = "contactcenter",
    for_tests: bool = False,
    postgres: bool = True,
    valkey: bool = True,
) -> Stores:
    """Join the stores of ``var``, bringing up what does not run and creating the database when it is missing.

    ``for_tests`` trades safety of the data for speed; it counts only for a server that is not running yet.
    ``postgres`` and ``valkey`` ask for one alone, when the other is elsewhere.

    Raises UnableToStart.
    """
    began = time.monotonic()
    _check_platform(postgres=postgres, valkey=valkey)
    var = var.resolve()
    database_url = redis_url = ""
    try:
        with _locked(var), _undone_unless_complete(var), undisturbed():
            if postgres:
                postmaster = postgres_server.ensure_running(var / "pg", for_tests=for_tests)
                _create_database(postmaster, database)
                database_url = postmaster.url(database)
            if valkey:
                redis_url = valkey_server.ensure_running(var / "valkey", for_tests=for_tests).url
            _write_record(var, [*_living_users(var), processes.own_mark()])
    except (UnableToRunPostgres, UnableToRunValkey) as problem:
        raise UnableToStart(str(problem)) from None
    except PermissionError as problem:
        raise UnableToStart(
            f"{problem.filename} cannot be used: {problem.strerror}. It was probably made by another account; "
            f"run this as that account, or remove {var} to begin anew."
        ) from None
    return Stores(var=var, database_url=database_url, redis_url=redis_url, seconds=time.monotonic() - began)


def stop_unused(var: Path) -> bool:
    """Stop stores that a hard kill left running without anybody who uses them; False when somebody does."""
    var = var.resolve()
    if not var.exists():
        return True
    with _locked(var):
        if _living_users(var):
            return False
        _stop_servers(var)
        return True


def _check_platform(*, postgres: bool, valkey: bool) -> None:
    missing = []
    if postgres and postgres_programs.folder() is None:
        missing.append(("PostgreSQL", "DATABASE_URL"))
    if valkey and valkey_server.program() is None:
        missing.append(("Valkey", "REDIS_URL"))
    if missing:
        raise UnableToStart(
            f"There is no ready-made {' and no ready-made '.join(name for name, _ in missing)} for this platform: "
            f"please run your own and set {' and '.join(variable for _, variable in missing)}."
        )


@contextmanager
def _locked(var: Path) -> Iterator[None]:
    """One process at a time starts or stops the stores; the kernel frees the lock of a process that dies."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "stores.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _undone_unless_complete(var: Path) -> Iterator[None]:
    """A start that fails or is interrupted leaves no server behind that nobody uses."""
    before = _living_users(var)
    try:
        yield
    except BaseException:  # also when somebody interrupts it
        with undisturbed():
            if before:
                _write_record(var, before)
            else:
                _stop_servers(var)
        raise


def _living_users(var: Path) -> list[processes.Mark]:
    recorded = private_files.read_json(var / "stores.json").get("users", [])
    users = [processes.Mark(pid=one["pid"], born=one["born"]) for one in recorded]
    return [user for user in users if processes.is_alive(user)]


def _write_record(var: Path, users: list[processes.Mark]) -> None:
    postmaster = postgres_server.running(var / "pg")
    valkey = valkey_server.running(var / "valkey")
    record = {
        "users": [{"pid": user.pid, "born": user.born} for user in users],
        "postgres": {"pid": postmaster.process.pid, "url": postmaster.url("postgres")} if postmaster else None,
        "valkey": {"pid": valkey.process.pid, "url": valkey.url} if valkey else None,
    }
    private_files.write_json(var / "stores.json", record)


def _stop_servers(var: Path) -> None:
    valkey_server.stop(var / "valkey")
    postgres_server.stop(var / "pg")
    (var / "stores.json").unlink(missing_ok=True)


def _create_database(postmaster: postgres_server.Postmaster, database: str) -> None:
    with psycopg.connect(postmaster.url("postgres"), autocommit=True) as link:
        known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if known is None:
            link.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8'").format(sql.Identifier(database)))
