"""One TCP connection of the front: read in turns while requests are answered, tied to another one after an upgrade.

Tied wires pass on whatever arrives in the same moment, without a task in between, and end together.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import cast

READ_AHEAD = 64 * 1024
WRITE_BEHIND = 256 * 1024
# A peer that takes nothing any more may keep what was meant for it waiting this long after the other end has gone.
LAST_BYTES_S = 2.0
OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),  # 20 ms of speech must not wait for more
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),  # who has gone without a word is found out in two minutes
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
        if hasattr(socket, name)
    ),
]
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of no time at all: socket(7)


class Wire(asyncio.Protocol):
    """A connection. `peer` is the far end's address."""

    def __init__(self, *, on_made: "Callable[[Wire], None] | None" = None) -> None:
        self._on_made = on_made
        self._buffer = bytearray()
        self._other: Wire | None = None
        self._pass_on: Callable[[bytes], None] | None = None
        self._has_news = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._is_reading = True
        self.on_lost: Callable[[], None] | None = None
        self.is_over = False  # nothing more will come
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.peer = ""

    # --- called by the event loop -------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_BEHIND)
        self._socket = transport.get_extra_info("socket")
        with suppress(OSError):  # it may be over already
            for level, option, value in OPTIONS:
                self._socket.setsockopt(level, option, value)
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        if self._on_made is not None:
            self._on_made(self)

    def data_received(self, data: bytes) -> None:
        if self._pass_on is not None:
            self._pass_on(data)
            return
        self._buffer += data
        self._has_news.set()
        if len(self._buffer) >= READ_AHEAD:
            self._pause()

    def eof_received(self) -> None:
        self.is_over = True
        self._has_news.set()

    def connection_lost(self, problem: Exception | None) -> None:
        self.is_over = True
        self._has_news.set()
        self._may_write.set()
        if not self.ended.done():
            self.ended.set_result(None)
        if self._other is not None:
            if problem is None:
                self._other.close()
            else:
                self._other.reset()
        if self.on_lost is not None:
            self.on_lost()

    def pause_writing(self) -> None:
        self._may_write.clear()
        if self._other is not None:
            self._other._pause()

    def resume_writing(self) -> None:
        self._may_write.set()
        if self._other is not None:
            self._other._resume()

    # --- reading and writing in turns ---------------------------------------------------------------------------

    async def read(self) -> bytes:
        """What has come, waiting for something when there is nothing; empty when nothing more will come."""
        while not self._buffer and not self.is_over:
            self._has_news.clear()
            await self._has_news.wait()
        data = bytes(self._buffer)
        self._buffer.clear()
        self._resume()
        return data

    def write(self, data: bytes) -> None:
        """Send, or keep for sending; nothing happens when the connection is lost."""
        if data and not self._transport.is_closing():
            self._transport.write(data)

    async def drained(self) -> None:
        """Wait until little is left to be sent."""
        await self._may_write.wait()

    # --- the end ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close once all is sent, and in any case soon."""
        if self._transport.is_closing():
            return
        self._transport.close()
        asyncio.get_running_loop().call_later(LAST_BYTES_S, self._transport.abort)

    def reset(self) -> None:
        """Break it off, so that the far end takes nothing it has got so far for the whole."""
        with suppress(OSError, ValueError):  # gone already, as the system says it, or as uvloop does
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def _pause(self) -> None:
        if self._is_reading and not self._transport.is_closing():
            self._is_reading = False
            self._transport.pause_reading()

    def _resume(self) -> None:
        if not self._is_reading and not self._transport.is_closing():
            self._is_reading = True
            self._transport.resume_reading()


async def tied(one: Wire, other: Wire) -> None:
    """Let each pass on to the other whatever comes, until they end, together."""
    for wire, far in ((one, other), (other, one)):
        far.write(bytes(wire._buffer))
        wire._buffer.clear()
        wire._other, wire._pass_on = far, far._transport.write
        wire._resume()
        if not far._may_write.is_set():
            wire._pause()
        if wire.is_over:
            far.close()
    await asyncio.wait({one.ended, other.ended})
