"""Who uses which of the databases of the same stores, when several test processes and houses run at once.

Each takes a seat and has the databases of its number: in Valkey the one with that number, in PostgreSQL one with the
number in its name. A seat is a lock on a file, so the kernel frees the seats of a process that dies.
"""

import fcntl
from pathlib import Path
from typing import IO, Self
from urllib.parse import urlsplit, urlunsplit

SEATS = 63  # Valkey of the tests has one database more than that, and that one is nobody's


class NoSeat(RuntimeError):
    """All are taken; the message is a sentence for the person at the terminal."""


class Seat:
    """A number that is nobody else's until it is given back."""

    def __init__(self, number: int, lock: IO[str]) -> None:
        self.number = number
        self._lock = lock

    def redis_url(self, url: str) -> str:
        """The database of this seat on the server of a REDIS_URL."""
        return urlunsplit(urlsplit(url)._replace(path=f"/{self.number}"))

    def leave(self) -> None:
        """Give it back."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


def take(var: Path, *, seats: int = SEATS) -> Seat:
    """The first free seat of those who use the stores of ``var``.

    Raises NoSeat.
    """
    folder = var / "seats"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, seats + 1):
        lock = (folder / str(number)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return Seat(number, lock)
    raise NoSeat(f"More than {seats} test processes and houses use {var} at once.")
