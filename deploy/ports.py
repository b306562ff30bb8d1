"""Which ports to listen on, and whether somebody has them already."""

import errno
import socket
from collections.abc import Callable
from typing import Self

ROOM = 50


class NoPort(RuntimeError):
    """The wanted port, or every port near it, is taken; the message is a sentence for the person at the terminal."""


class Reserved:
    """Ports kept from others between our choice and the start of our servers, which may be many seconds."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def take(self, host: str, port: int) -> bool:
        """Whether a server could listen there now; if so the port is ours until it is released.

        Connections of a server that just ended do not matter. Raises NoPort when ``host`` is not of this machine.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._held.append(socket.create_server((host, port), family=family))
        except OSError as problem:
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise NoPort(f"HOST={host} is not an address of this machine.") from None
        return True

    def release(self) -> None:
        """Make room for our own servers."""
        while self._held:
            self._held.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


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
