"""One PostgreSQL server in a folder of its own, reached by unix socket only.

It is started and stopped with ``pg_ctl``: the wheel's own counting of its users by process id leaves the server
running after a hard kill.
"""

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from deploy import postgres_programs, processes
from deploy.postgres_programs import UnableToRunPostgres

SUPERUSER = "postgres"
PORT = 5432  # names the socket file; nothing listens on TCP
LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux and 104 on macOS, with the final zero
START_TIMEOUT_S = 60
ORPHANS_PATIENCE_S = 10

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_parallel_workers_per_gather": "0",  # no shared memory segments: /dev/shm is small in containers
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements carry people's data
}
# A lost database costs a test run nothing; waiting for the disk costs it minutes.
SPEED_FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A running server: its process and the folder that holds its socket."""

    process: processes.Mark
    socket_dir: Path

    def url(self, database: str) -> str:
        """DATABASE_URL of one database of this server."""
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(self.socket_dir), safe='')}&port={PORT}"


def running(data: Path) -> Postmaster | None:
    """The server that runs in this data folder now and takes connections, if one does."""
    lines = _pid_file_lines(data)
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    found = processes.mark(int(lines[0]))
    if found is None or not _is_ours(found.pid, data):
        return None
    return Postmaster(process=found, socket_dir=Path(lines[4]))


def ensure_running(data: Path, *, for_tests: bool) -> Postmaster:
    """Adopt the server of this data folder or start one, creating the cluster when the folder is new.

    You must hold a lock: two processes may not do this at once.
    """
    _check_owner(data)
    if adopted := running(data):
        return adopted
    postgres_programs.let_through(data.parent)
    if not (data / "PG_VERSION").exists():
        _create_cluster(data, for_tests=for_tests)
    _clear_remains(data)
    _write_settings(data, socket_dir=_socket_dir(data), for_tests=for_tests)
    _start(data)
    started = running(data)
    if started is None:
        raise UnableToRunPostgres(f"PostgreSQL stopped right after its start.\n{_last_words(data)}")
    return started


def stop(data: Path) -> None:
    """Stop the server of this data folder, closing its clients' connections; nothing happens when none runs."""
    server = running(data)
    if server is None:
        return
    done = postgres_programs.run("pg_ctl", "-D", str(data), "-m", "fast", "-t", "20", "-w", "stop")
    if done.returncode != 0:
        processes.end([server.process], patience_s=5)
    _remove_socket_dir(server.socket_dir, data)


def _check_owner(data: Path) -> None:
    if not data.exists():
        return
    account = postgres_programs.account()
    owner = data.stat().st_uid
    if owner != (account.pw_uid if account else os.geteuid()):
        raise UnableToRunPostgres(
            f"{data} was made by another account of this machine (number {owner}). "
            "Run this as that account, or remove the folder to begin anew."
        )


def _create_cluster(data: Path, *, for_tests: bool) -> None:
    shutil.rmtree(data, ignore_errors=True)  # the remains of an interrupted first start
    data.mkdir(mode=0o700)
    postgres_programs.hand_over(data)
    # "trust" inside a folder closed to everybody else: the file system is the password.
    options = ["--auth=trust", f"--username={SUPERUSER}", "--encoding=UTF8", "--locale=C"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # words sort alike on every machine
    done = postgres_programs.run("initdb", "-D", str(data), *options, *(["--no-sync"] if for_tests else []))
    if done.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        raise UnableToRunPostgres(f"PostgreSQL could not create its data folder {data}:\n{done.stdout}")


def _pid_file_lines(data: Path) -> list[str]:
    """``postmaster.pid``: process id, data folder, start time, port, socket folder, address, memory, status."""
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _is_ours(pid: int, data: Path) -> bool:
    words = processes.command_line(pid)
    return any(word == "-D" and Path(value) == data for word, value in pairwise(words))


def _clear_remains(data: Path) -> None:
    """Clear what a dead server left behind, so that the next one starts at once.

    PostgreSQL would refuse to start as long as its predecessor's process number is in use, be it by a stranger or by
    remains nobody has collected yet. A server of ours that is still starting is stopped first; orphaned backends are
    noticed by PostgreSQL itself.
    """
    lines = _pid_file_lines(data)
    known = processes.mark(int(lines[0])) if lines and lines[0].strip().isdigit() else None
    if known is not None and _is_ours(known.pid, data):
        processes.end([known], patience_s=5)
    if len(lines) > 4:
        _remove_socket_dir(Path(lines[4]), data)
    for name in ("postmaster.pid", f".s.PGSQL.{PORT}.lock", f".s.PGSQL.{PORT}"):
        (data / name).unlink(missing_ok=True)


def _socket_dir(data: Path) -> Path:
    """The data folder when the socket's path fits into an address, otherwise a short private folder of its own."""
    if len(os.fsencode(data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH and "," not in str(data):
        return data  # clients take a comma for the end of a host
    short = Path(tempfile.mkdtemp(prefix="pg-"))
    if len(os.fsencode(short / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET_PATH:
        short.rmdir()
        short = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    postgres_programs.hand_over(short)
    return short


def _remove_socket_dir(socket_dir: Path, data: Path) -> None:
    if socket_dir != data and socket_dir.name.startswith("pg-"):
        shutil.rmtree(socket_dir, ignore_errors=True)


def _write_settings(data: Path, *, socket_dir: Path, for_tests: bool) -> None:
    # The list of folders splits at commas, hence double quotes inside the single ones.
    where = '"' + str(socket_dir).replace('"', '""') + '"'
    settings = {**SETTINGS, **(SPEED_FOR_TESTS if for_tests else {}), "unix_socket_directories": where}
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
    (data / "postgresql.conf").write_text("# written at every start by deploy/postgres_server.py\n" + "".join(lines))


def _start(data: Path) -> None:
    log = data / "server.log"
    if log.exists():
        log.replace(data / "server.log.old")
    options = ["-D", str(data), "-l", str(log), "-t", str(START_TIMEOUT_S), "-w", "-s"]
    deadline = time.monotonic() + ORPHANS_PATIENCE_S
    while (done := postgres_programs.run("pg_ctl", *options, "start")).returncode != 0:
        # After a hard kill of the server alone its backends live for a moment and hold the shared memory.
        if "is still in use" not in _last_words(data) or time.monotonic() > deadline:
            raise UnableToRunPostgres(f"PostgreSQL did not start.\n{done.stdout}\n{_last_words(data)}")
        time.sleep(0.2)


def _last_words(data: Path) -> str:
    try:
        return "\n".join((data / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
    except OSError:
        return ""
