"""The journal's file: entries are appended before anything else happens with them.

Each process has a file of its own and holds a lock on it; the lock goes with the process, however it ends. So a file
that can be locked is an orphan, and whoever locks it may go on with it. A line reaches the operating system at once:
it survives the process, though not a crash of the machine.
"""

import errno
import fcntl
import os
import uuid
from collections.abc import Iterator
from io import BufferedReader, FileIO
from pathlib import Path

from calls.journal.entries import Entry

# An emptied file larger than this is begun anew.
_LARGE = 1_000_000
_SUFFIX = ".journal"
_READ_AT_ONCE = 64 * 1024


class Spool:
    """One file. `written` is how far the database has it, in bytes."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self.path = path
        self._file = file
        self.size = os.fstat(file.fileno()).st_size

    @property
    def name(self) -> str:
        """What the database knows it by."""
        return self.path.stem

    @classmethod
    def create(cls, folder: Path) -> "Spool":
        """A new file, ours."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{os.getpid()}-{uuid.uuid4().hex[:12]}{_SUFFIX}"
        file = path.open("a+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return cls(path, file)

    @classmethod
    def orphans(cls, folder: Path) -> "Iterator[Spool]":
        """Files whose process is gone, now ours."""
        if not folder.is_dir():
            return
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            try:
                file = path.open("a+b", buffering=0)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            if not path.exists():  # whoever had it before us has finished with it
                file.close()
                continue
            yield cls(path, file)

    def append(self, entry: Entry) -> int:
        """Append an entry; the place behind it. Raises OSError when the disk is full, and leaves the file as it was."""
        line = entry.line()
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            self._file.truncate(self.size)
            raise
        self.size += len(line)
        return self.size

    def entries(self, start: int) -> Iterator[tuple[Entry, int]]:
        """The entries from a place on, each with the place behind it; a line that was cut off ends it."""
        self._file.seek(start)
        place = start
        lines = BufferedReader(self._file, _READ_AT_ONCE)
        try:
            for line in lines:
                place += len(line)
                if not line.endswith(b"\n"):
                    return
                try:
                    yield Entry.read(line), place
                except ValueError:
                    continue
        finally:
            lines.detach()  # the file stays open: the lock on it is what makes it ours

    @property
    def is_large(self) -> bool:
        """True when it is worth beginning another."""
        return self.size > _LARGE

    def close(self) -> None:
        """Leave it to whoever comes next."""
        self._file.close()

    def remove(self) -> None:
        """Everything in it is in the database: the file goes."""
        self.path.unlink(missing_ok=True)
        self._file.close()
