"""The journal's file on a disk that is full, and how it is read."""

import fcntl
import os
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from calls.journal.entries import Entry
from calls.journal.spool import Spool


class Disk(FileIO):
    """A file on a disk that may be full, counting how often it is read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "a+")
        fcntl.flock(self, fcntl.LOCK_EX)
        self.room: int | None = None
        self.reads = 0

    def write(self, data: Any) -> int:
        return super().write(data if self.room is None else data[: self.room])

    def read(self, size: int = -1) -> bytes:
        self.reads += 1
        return super().read(size)

    def readinto(self, buffer: Any) -> int:
        self.reads += 1
        return super().readinto(buffer)


def entry(n: int) -> Entry:
    return Entry("kind", {"n": n}, 1.5)


def numbers(spool: Spool) -> list[int]:
    return [one.data["n"] for one, _ in spool.entries(0)]


def test_an_entry_that_finds_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "one.journal"
    disk = Disk(path)
    spool = Spool(path, disk)
    first = spool.append(entry(1))
    disk.room = 5
    with pytest.raises(OSError, match=os.strerror(28)):
        spool.append(entry(2))
    assert path.stat().st_size == spool.size == first
    disk.room = None
    spool.append(entry(3))
    assert numbers(spool) == [1, 3]
    spool.close()


def test_it_is_read_in_large_pieces_and_stays_ours(tmp_path: Path) -> None:
    path = tmp_path / "one.journal"
    disk = Disk(path)
    spool = Spool(path, disk)
    for n in range(500):
        spool.append(entry(n))
    assert numbers(spool) == list(range(500))
    assert next(spool.entries(0))[0] == entry(0)
    assert disk.reads < 10
    assert list(Spool.orphans(tmp_path)) == []
    spool.append(entry(500))
    assert numbers(spool)[-1] == 500
    spool.close()
