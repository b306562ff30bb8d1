"""Daphne, as the launcher starts it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import unix_connect

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "contactcenter.daphne_on_uvloop", "tests.unit.contactcenter.turning_away:application"]


@pytest.fixture(scope="module")
def daphne(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """Where it listens, and the process."""
    path = tmp_path_factory.mktemp("daphne") / "socket"
    with subprocess.Popen([*COMMAND, "-u", str(path)], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Configuring endpoint" in line:
                break
        yield path, process
        process.terminate()
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("asked", "code"), [("", 1000), ("1000", 1000), ("1008", 1008), ("1011", 1011), ("4403", 4403)]
)
def test_a_socket_is_closed_with_the_code_the_application_says(daphne, asked: str, code: int) -> None:
    path, _ = daphne
    with unix_connect(str(path), f"ws://here/{asked}") as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
