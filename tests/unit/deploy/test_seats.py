"""Seats at the same stores."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy import seats

ROOT = Path(__file__).resolve().parents[3]


def test_nobody_shares_a_seat_and_one_that_was_left_is_free(tmp_path: Path) -> None:
    with seats.take(tmp_path) as first, seats.take(tmp_path) as second:
        assert (first.number, second.number) == (1, 2)
        first.leave()
        with seats.take(tmp_path) as third:
            assert third.number == 1


def test_the_seat_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from deploy import seats;"
        "seat = seats.take(Path(sys.argv[1])); print(seat.number, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "1"
        with seats.take(tmp_path) as ours:
            assert ours.number == 2
        other.kill()
        other.wait()
        with seats.take(tmp_path) as ours:
            assert ours.number == 1


def test_when_all_are_taken_it_is_said(tmp_path: Path) -> None:
    with seats.take(tmp_path, seats=1), pytest.raises(seats.NoSeat, match="More than 1 test processes"):
        seats.take(tmp_path, seats=1)


def test_a_seat_has_a_database_of_its_number(tmp_path: Path) -> None:
    with seats.take(tmp_path) as seat:
        assert seat.redis_url("redis://:secret@127.0.0.1:5000/0") == "redis://:secret@127.0.0.1:5000/1"
