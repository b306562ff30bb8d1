"""Daphne, as the launcher starts it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "contactcenter.daphne_on_uvloop", "tests.unit.contactcenter.turning_away:application"]
LISTENING = "Listening on TCP address "


@pytest.fixture(scope="module")
def daphne() -> Iterator[str]:
    """Where it listens; in the end it has complained of nothing."""
    with subprocess.Popen([*COMMAND, "-p", "0"], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = next(line.partition(LISTENING)[2].strip() for line in process.stderr if LISTENING in line)
        yield address
        process.terminate()
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("asked", "code"), [("", 1000), ("1000", 1000), ("1008", 1008), ("1011", 1011), ("4403", 4403)]
)
def test_a_socket_is_closed_with_the_code_the_application_says(daphne: str, asked: str, code: int) -> None:
    with connect(f"ws://{daphne}/{asked}", proxy=None) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
