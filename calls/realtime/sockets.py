"""What the model's client needs of a socket, whichever library makes it: `plain_socket`, or `fast_socket`."""

from typing import Protocol

# A socket whose other end has gone silently is noticed within the sum of these.
PING_EVERY_S = 2.0
PONG_LIMIT_S = 2.5
CLOSE_LIMIT_S = 1.0
LARGEST_EVENT = 16 * 1024 * 1024


class NotConnected(Exception):
    """No socket was had; `str()` is a short word for why. `status` is what an HTTP server said instead."""

    def __init__(self, why: str, *, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


class Socket(Protocol):
    """An open socket. `date` is the Date header of the other side's answer, empty when it gave none."""

    date: str

    async def send(self, event: str) -> None:
        """Send one event, when the other side has read enough of those before; one that is gone swallows it."""

    async def receive(self) -> str | bytes | None:
        """The next event; None when the socket has closed, for whatever reason."""

    async def close(self) -> None:
        """Close it; may be called twice."""
