"""The stores brought along, for real: started, shared, killed, started again, stopped without a trace."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from deploy import postgres_server, processes, stores, valkey_server
from deploy.stores import Stores

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(
    params=[
        "plain",
        pytest.param("with a space, and a comma", marks=pytest.mark.rarely),
        pytest.param("long" * 25, marks=pytest.mark.rarely),
    ]
)
def var(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder of its own; the path of the last one is longer than the address of a unix socket may be."""
    top = Path(tempfile.mkdtemp(prefix="stores-"))
    folder = top / request.param
    yield folder
    unused = stores.stop_unused(folder)
    shutil.rmtree(top)
    assert unused, "the test has left somebody who uses the stores"


@pytest.fixture
def short_var() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="stores-"))
    yield folder
    unused = stores.stop_unused(folder)
    shutil.rmtree(folder)
    assert unused, "the test has left somebody who uses the stores"


def servers(var: Path) -> list[processes.Mark]:
    """The processes that serve this folder now."""
    postmaster, valkey = postgres_server.running(var / "pg"), valkey_server.running(var / "valkey")
    assert postmaster is not None
    assert valkey is not None
    return [postmaster.process, valkey.process]


def kill(known: processes.Mark) -> None:
    os.kill(known.pid, signal.SIGKILL)
    assert processes.wait_gone([known], patience_s=10)


def write(used: Stores, word: str) -> None:
    with psycopg.connect(used.database_url, autocommit=True) as link:
        link.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        link.execute("INSERT INTO words VALUES (%s)", [word])
    with redis.Redis.from_url(used.redis_url) as link:
        link.rpush("words", word)


def read(used: Stores) -> tuple[list[str], list[bytes]]:
    with psycopg.connect(used.database_url) as link:
        rows = [row[0] for row in link.execute("SELECT word FROM words")]
    with redis.Redis.from_url(used.redis_url) as link:
        return rows, link.lrange("words", 0, -1)


def test_they_start_keep_what_they_are_given_and_stop_without_a_trace(var: Path) -> None:
    with stores.start(var) as used:
        write(used, "first")
        running = servers(var)
        children = [
            found for child in psutil.Process(running[0].pid).children() if (found := processes.mark(child.pid))
        ]
        assert children, "PostgreSQL's own processes"
    assert processes.wait_gone([*running, *children], patience_s=10)
    assert not (var / "stores.json").exists()
    with stores.start(var) as used:
        assert read(used) == (["first"], [b"first"])


def test_two_users_share_them_and_the_last_one_stops_them(short_var: Path) -> None:
    ours = stores.start(short_var, for_tests=True)
    running = servers(short_var)
    program = (
        "import sys; from pathlib import Path; from deploy import stores;"
        "used = stores.start(Path(sys.argv[1])); print(used.database_url, used.redis_url, flush=True);"
        "sys.stdin.read(); used.stop()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(short_var)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline().split() == [ours.database_url, ours.redis_url]
    ours.stop()
    assert servers(short_var) == running
    other.communicate()
    assert processes.wait_gone(running, patience_s=10)


def test_a_user_killed_hard_does_not_keep_them_up(short_var: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from deploy import stores;"
        "stores.start(Path(sys.argv[1]), for_tests=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(short_var)], cwd=ROOT, check=False)
    left = servers(short_var)
    adopted = stores.start(short_var, for_tests=True)
    assert servers(short_var) == left
    adopted.stop()
    assert processes.wait_gone(left, patience_s=10)


def test_servers_killed_hard_are_replaced_at_once_and_nothing_is_lost(var: Path) -> None:
    with stores.start(var) as killed:
        write(killed, "before")
        with redis.Redis.from_url(killed.redis_url) as link:
            link.waitaof(1, 0, 5000)
        for known in servers(var):
            kill(known)
        with stores.start(var) as used:
            assert read(used) == (["before"], [b"before"])
            assert used.seconds < 20


def test_a_strangers_process_number_in_the_pid_files_does_not_hold_them_up(short_var: Path) -> None:
    with stores.start(short_var, for_tests=True):
        pid_file = (short_var / "pg" / "postmaster.pid").read_text()
        record = (short_var / "valkey" / "server.json").read_text()
        postmaster, valkey = servers(short_var)
    own = str(os.getpid())
    (short_var / "pg" / "postmaster.pid").write_text(pid_file.replace(str(postmaster.pid), own, 1))
    (short_var / "valkey" / "server.json").write_text(record.replace(str(valkey.pid), own, 1))
    with stores.start(short_var, for_tests=True) as used:
        write(used, "alive")
    assert psutil.pid_exists(os.getpid())


def test_half_written_remains_of_a_first_start_are_cleared(short_var: Path) -> None:
    (short_var / "pg").mkdir(mode=0o700)
    (short_var / "pg" / "half").write_text("")
    stores.postgres_programs.hand_over(short_var / "pg")
    with stores.start(short_var, for_tests=True, valkey=False) as used:
        assert used.redis_url == ""
        with psycopg.connect(used.database_url) as link:
            assert link.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_each_database_is_made_when_it_is_asked_for(short_var: Path) -> None:
    with stores.start(short_var, for_tests=True) as one, stores.start(short_var, database="an other") as two:
        for used, name in ((one, "contactcenter"), (two, "an other")):
            with psycopg.connect(used.database_url) as link:
                assert link.execute("SELECT current_database()").fetchone() == (name,)


def test_nobody_else_on_the_machine_gets_in(short_var: Path) -> None:
    with stores.start(short_var, for_tests=True) as used:
        address = urlsplit(used.redis_url)
        with socket.create_connection((address.hostname, address.port), timeout=5) as link:
            link.sendall(b"PING\r\n")
            assert link.recv(100).startswith(b"-NOAUTH")
        assert (short_var / "pg").stat().st_mode & 0o077 == 0
        assert (short_var / "stores.json").stat().st_mode & 0o077 == 0


def test_a_platform_without_wheels_is_told_what_to_set(short_var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores.postgres_programs, "folder", lambda: None)
    monkeypatch.setattr(stores.valkey_server, "program", lambda: None)
    with pytest.raises(stores.UnableToStart, match=r"^[^\n]*DATABASE_URL and REDIS_URL\.$"):
        stores.start(short_var)
