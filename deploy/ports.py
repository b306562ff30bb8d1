"""Which ports to listen on, and whether somebody has them already."""

import errno
import socket
from collections.abc import Callable
from typing import Self

ROOM = 50


class NoPort(RuntimeError):
    """The wanted port, or every port near it, is taken; the message is a sentence for the person at the terminal."""


class Reserved:
    """Ports kept from others: from everybody until our servers start, which may be many seconds, and after that from
    whoever chooses ports as we do, until the end.

    Between the moment a port is let go and the one in which our server has it, somebody else could take it. So each is
    claimed besides, by the UDP port of the same number, of which no server of ours makes use; the kernel gives claims
    back when their process dies.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []
        self._claims: list[socket.socket] = []

    def take(self, host: str, port: int) -> bool:
        """Whether a server could listen there now and nobody has claimed it; if so the port is ours.

        Connections of a server that just ended do not matter. Raises NoPort when ``host`` is not of this machine.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        claim = socket.socket(family, socket.SOCK_DGRAM)
        try:
            claim.bind((host, port))
            self._held.append(socket.create_server((host, port), family=family))
        except OSError as problem:
            claim.close()
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise NoPort(f"HOST={host} is not an address of this machine.") from None
        self._claims.append(claim)
        return True

    def release(self) -> None:
        """Make room for our own servers; the claims stay."""
        while self._held:
            self._held.pop().close()

    def forget(self) -> None:
        """Give everything back."""
        self.release()
        while self._claims:
            self._claims.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.forget()


def choose_row(*, wanted: int, count: int, take: Callable[[int], bool], what: str) -> int:
    """The first of ``count`` ports that follow each other and can all be taken, from the wanted one on.

    Raises NoPort.
    """
    taken: set[int] = set()
    for first in range(wanted, min(wanted + ROOM + count, 65536 - count)):
        for port in range(first, first + count):
            if port not in taken and not take(port):
                break
            taken.add(port)
        else:
            return first
    raise NoPort(f"No {count} free ports for {what} from {wanted} on.")


def choose(*, wanted: int, insist: bool = False, take: Callable[[int], bool], what: str) -> int:
    """The wanted port, or the next one above it that can be taken, unless the person insists on theirs.

    Raises NoPort.
    """
    for port in range(wanted, min(wanted + (1 if insist else ROOM), 65536)):
        if take(port):
            return port
    if insist:
        raise NoPort(f"Port {wanted} for {what} is taken by another program. Stop that, or set PORT to another number.")
    raise NoPort(f"No free port for {what} from {wanted} on. Set PORT to another number.")
