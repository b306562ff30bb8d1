"""The model's WebSocket, with two short cuts past what `websockets` does for everybody.

Fifty times a second a frame of the caller goes out: it is written at once, without a task waiting for it. And what came
in one read is handed over in one go. The opening, proxies, pings and the closing are the library's.
"""

import asyncio
import os
import struct
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.frames import Frame, Opcode, apply_mask  # type: ignore[attr-defined]
from websockets.protocol import Event, State

# A socket whose other end has gone silently is noticed within the sum of these.
_PING_EVERY_S = 2.0
_PONG_LIMIT_S = 2.5
_LARGEST_EVENT = 16 * 1024 * 1024

# A model that does not take this much, about a minute of a caller's sound, does not listen any more.
MOST_UNSENT = 1024 * 1024
# Reading is paused while this many events have not been taken.
_MOST_UNREAD = 256
_TEXT = 0x81
_MASKED = 0x80
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


Events = Sequence[str | bytes]


class UnableToConnect(Exception):
    """No socket was had; `str()` is a short code without secrets, `status` the HTTP answer of a server that refused."""

    def __init__(self, why: str, *, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


class Socket(Protocol):
    """What the client needs of a socket, whichever library makes it: this file's, or `fast_socket`'s."""

    @property
    def date(self) -> str:
        """The moment of the handshake by the server's clock, as its header says it; empty when it does not."""

    def post(self, text: str) -> None:
        """Send a text message, after those before it; never waits. A socket that is gone swallows it."""

    async def events(self) -> Events:
        """Every message that has come since the last time, at least one; empty once the socket is closed."""

    async def close(self) -> None:
        """Close it."""


@runtime_checkable
class Listenable(Protocol):
    """A socket that can hand over what comes in without a task that waits for it."""

    def listen(self, take: Callable[[Events], object], lost: Callable[[], object]) -> None:
        """Hand over the events of each read as they arrive; `lost` is called at the end. Neither may wait."""

    def deafen(self) -> None:
        """Hand over nothing more, not even that the socket is lost."""


class _Masks:
    """Mask keys of RFC 6455, 5.3: not to be foretold, so of the system's randomness, but not one call for each."""

    def __init__(self) -> None:
        self._pool = b""
        self._place = 0

    def next(self) -> bytes:
        """Four bytes."""
        if self._place >= len(self._pool):
            self._pool, self._place = os.urandom(4096), 0
        self._place += 4
        return self._pool[self._place - 4 : self._place]


_masks = _Masks()


def text_frame(text: str) -> bytes:
    """A client's text frame, whole and masked (RFC 6455, 5.2)."""
    data = text.encode()
    length = len(data)
    mask = _masks.next()
    if length < 126:
        head = struct.pack("!BB", _TEXT, _MASKED | length)
    elif length < 65536:
        head = struct.pack("!BBH", _TEXT, _MASKED | 126, length)
    else:
        head = struct.pack("!BBQ", _TEXT, _MASKED | 127, length)
    return head + mask + apply_mask(data, mask)


class ModelSocket(ClientConnection):
    """One socket to the model. Read it with `events` only, never with the library's `recv`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._events: list[bytes] = []
        self._parts: list[bytes] = []
        self._news: asyncio.Future[None] | None = None
        self._is_lost = self._is_reading_paused = False

    @classmethod
    async def open(cls, url: str, headers: dict[str, str]) -> "ModelSocket":
        """Connect. Raises UnableToConnect."""
        try:
            socket = await connect(
                url,
                additional_headers=headers,
                compression=None,
                max_size=_LARGEST_EVENT,
                ping_interval=_PING_EVERY_S,
                ping_timeout=_PONG_LIMIT_S,
                close_timeout=1,
                user_agent_header=None,
                create_connection=cls,
            )
        except InvalidHandshake as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            raise UnableToConnect(f"refused {status}" if status else "refused", status=status) from error
        except (OSError, ConnectionClosed, InvalidURI) as error:
            raise UnableToConnect(type(error).__name__) from error
        assert isinstance(socket, cls)
        return socket

    @property
    def date(self) -> str:
        """The moment of the handshake by the server's clock, as its header says it; empty when it does not."""
        return self.response.headers.get("Date", "") if self.response is not None else ""

    # --- out ---

    def post(self, text: str) -> None:
        """Send a text message, after those before it; never waits. A socket that is gone swallows it."""
        if self.protocol.state is not State.OPEN:
            return
        if self.paused and self.transport.get_write_buffer_size() > MOST_UNSENT:
            self.transport.abort()
            return
        self.transport.write(text_frame(text))

    # --- in ---

    async def events(self) -> list[bytes]:
        """Every message that has come since the last time, at least one; empty once the socket is closed."""
        while not self._events and not self._is_lost:
            self._news = self.loop.create_future()
            try:
                await self._news
            finally:
                self._news = None
        events, self._events = self._events, []
        if self._is_reading_paused:
            self._is_reading_paused = False
            self.transport.resume_reading()
        return events

    def process_event(self, event: Event) -> None:
        """Take messages ourselves; the handshake, pings and the closing are the library's."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
            return
        if event.fin and not self._parts:
            self._events.append(bytes(event.data))
        else:
            self._parts.append(bytes(event.data))
            if event.fin:
                self._events.append(b"".join(self._parts))
                self._parts.clear()
        if len(self._events) > _MOST_UNREAD and not self._is_reading_paused:
            self._is_reading_paused = True
            self.transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, in whatever way."""
        super().connection_lost(exc)
        self._is_lost = True
        self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
