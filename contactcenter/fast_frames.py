"""One open WebSocket on picows: frames in and out, the closing handshake, and nobody faster than the other can take.

What comes in waits as ASGI events until the application asks for it. An application that finds this object in its
scope may have text handed over as it arrives instead, and may send without waiting (`listen`, `send_texts`).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import picows
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # in the module, not in its stub
from uvicorn.protocols.utils import ClientDisconnected

Event = dict[str, Any]
# A carrier's frame has 300 bytes; the buffer grows when a message asks for it.
_BUFFER = 4096
# Of what waits unread: beyond the first, nothing is read from the socket until the second is reached.
_MUCH = 256 * 1024
_LITTLE = 64 * 1024
# Codes that may not be sent, or that mean there was none (RFC 6455, section 7.4).
_NO_CODE = 1005
_LOST = 1006
_PONG_MISSED = 1001  # what picows sends then
_TEXT, _BINARY, _CONTINUATION = picows.WSMsgType.TEXT, picows.WSMsgType.BINARY, picows.WSMsgType.CONTINUATION
_CLOSE = picows.WSMsgType.CLOSE

log = logging.getLogger("contactcenter.fast_ws")


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """picows' log: it says at length who came and went, and calls a client's mistake an error; a fault stays one."""

    def log(self, level: int, msg: object, *args: object, **more: Any) -> None:
        super().log(level if more.get("exc_info") else min(level, logging.DEBUG), msg, *args, **more)


_quiet = _Quiet(logging.getLogger("contactcenter.fast_ws.wire"), {})


class Frames(picows.WSListener):
    """`ended` is called once, when the connection is gone."""

    def __init__(self, ended: Callable[[], None], *, largest: int, most_waiting: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = ended
        self._largest, self._most_waiting = largest, most_waiting
        self._events: deque[tuple[Event, int]] = deque()  # with their sizes
        self._bytes_waiting = 0
        self._reader: asyncio.Future[None] | None = None
        self._take: Callable[[str], object] | None = None
        self._parts = bytearray()
        self._parts_kind: picows.WSMsgType | None = None
        self._wire: picows.WSTransport | None = None
        self._transport: asyncio.Transport | None = None
        self._pauses: set[str] = set()
        self._is_closing = self._is_told = False
        self._closer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def open(
        self,
        transport: asyncio.Transport,
        *,
        request: bytes,
        headers: list[tuple[str, str]],
        early: bytes,
        ping_s: float | None,
        pong_s: float | None,
    ) -> None:
        """Answer the request and take the connection over; `early` is what came after it already."""
        pings = bool(ping_s)
        idle = ping_s or 1.0
        response = picows.WSUpgradeResponse.create_101_response(headers)
        protocol = WSProtocol(
            None,
            None,
            False,  # the client's side
            lambda _: picows.WSUpgradeResponseWithListener(response, self),
            _quiet,
            False,  # exceptions are caught below
            None,  # no limit: the request is here
            pings,
            idle,
            min(pong_s or idle, idle),
            picows.WSAutoPingStrategy.PING_WHEN_IDLE,
            True,  # pongs are answered
            self._largest,
            None,
            _BUFFER,
        )
        self._transport = transport
        transport.pause_reading()  # a transport asks its protocol how it wants to be fed when reading begins
        protocol.connection_made(transport)
        heard = request + early
        while heard:
            room = protocol.get_buffer(-1)
            piece, heard = heard[: len(room)], heard[len(room) :]
            room[: len(piece)] = piece
            protocol.buffer_updated(len(piece))
        if self._wire is None:
            raise OSError("picows did not accept the request")
        transport.set_protocol(protocol)
        if not self._pauses:
            transport.resume_reading()

    # --- what comes in --------------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Keep the way out."""
        self._wire = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """A frame: nearly always a whole text message."""
        if (
            frame.msg_type is not _TEXT
            or not frame.fin
            or frame.rsv1
            or self._parts_kind is not None
            or transport.is_close_frame_sent
        ):
            self._unusual(transport, frame)
            return
        try:
            text = frame.get_payload_as_utf8_text()
        except UnicodeDecodeError:
            self._fail(1007, "not UTF-8")
            return
        self._hand_over(text, size=frame.payload_size)

    def _hand_over(self, text: str, *, size: int) -> None:
        if self._take is None:
            self.put({"type": "websocket.receive", "text": text}, size=size)
            return
        try:
            self._take(text)
        except Exception:  # a fault of ours ends this connection and touches no other
            log.exception("taking a message failed")
            self._fail(1011, "")

    def _unusual(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        kind = frame.msg_type
        if transport.is_close_frame_sent and not self._is_closing:
            # picows could not read what came and closes in a moment; until then it goes on reading all the same.
            self.tell_gone(_code_sent(transport))
        elif kind is _CLOSE:
            self._closed_by_peer(frame.get_close_code(), frame.get_close_reason())
        elif self._is_closing:
            pass  # what is under way when we close is not read any more
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(1002, "no extension was agreed upon")
        elif kind in (_TEXT, _BINARY, _CONTINUATION):
            self._take_part(kind, frame.get_payload_as_memoryview(), is_last=bool(frame.fin))

    def _take_part(self, kind: picows.WSMsgType, data: memoryview, *, is_last: bool) -> None:
        if (kind is _CONTINUATION) != (self._parts_kind is not None):
            self._fail(1002, "messages are mixed up")
            return
        if self._parts_kind is None:
            self._parts_kind = kind
        self._parts += data
        if len(self._parts) > self._largest:
            self._fail(1009, "message too big")
        elif is_last:
            whole, is_text = bytes(self._parts), self._parts_kind is _TEXT
            self._parts, self._parts_kind = bytearray(), None
            self._take_whole(whole, is_text=is_text)

    def _take_whole(self, data: bytes, *, is_text: bool) -> None:
        if not is_text:
            self.put({"type": "websocket.receive", "bytes": data}, size=len(data))
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._fail(1007, "not UTF-8")
            return
        self._hand_over(text, size=len(data))

    # --- events for the application -------------------------------------------------------------------------------

    def put(self, event: Event, *, size: int = 0) -> None:
        """Have an event wait for the application."""
        self._events.append((event, size))
        self._bytes_waiting += size
        if self._bytes_waiting > _MUCH or len(self._events) >= self._most_waiting:
            self.pause_reading("unread")
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def receive(self) -> Event:
        """The next ASGI event; that the connection is gone is said as often as it is asked for."""
        while not self._events:
            self._reader = self._loop.create_future()
            await self._reader
        event, size = self._events[0]
        if event["type"] == "websocket.disconnect":
            return event
        self._events.popleft()
        self._bytes_waiting -= size
        if self._pauses and self._bytes_waiting < _LITTLE and len(self._events) <= self._most_waiting // 4:
            self.resume_reading("unread")
        return event

    def tell_gone(self, code: int, reason: str | None = None) -> None:
        """The connection ends; only the first code counts, and nothing comes after it."""
        if not self._is_told:
            self._is_told = True
            self.put({"type": "websocket.disconnect", "code": code, "reason": reason or ""})

    # --- the fast lane --------------------------------------------------------------------------------------------

    def listen(self, take: Callable[[str], object]) -> None:
        """From now on every text message is handed to `take` as it arrives; first what has been waiting.

        `take` must not wait. It is called by the event loop, in order; binary messages and the end of the connection
        are still told by `receive`. If it cannot keep up it calls `pause_reading`.
        """
        self._take = take
        waiting, self._events = self._events, deque()
        for event, size in waiting:
            if event.get("text") is None:
                self._events.append((event, size))
            else:
                self._bytes_waiting -= size
                if self._take is not None:
                    self._hand_over(event["text"], size=size)
        self.resume_reading("unread")

    def send_texts(self, texts: Iterable[str]) -> bool:
        """Send text messages now, by one system call; False when the other side reads slowly: wait for `drained`.

        Raises ClientDisconnected.
        """
        if self._wire is None or self._transport is None or self._is_closing or self._is_told:
            raise ClientDisconnected
        self._transport.write(b"".join([_framed(text.encode()) for text in texts]))
        return self._writable.is_set()

    async def drained(self) -> None:
        """Wait until the other side has read enough, or is gone."""
        await self._writable.wait()

    def pause_reading(self, why: str = "taker") -> None:
        """Read nothing from the socket until every reason to pause is gone."""
        if not self._pauses and self._transport is not None and not self._is_closing:
            with suppress(RuntimeError):  # closed
                self._transport.pause_reading()
        self._pauses.add(why)

    def resume_reading(self, why: str = "taker") -> None:
        """One reason to pause is gone."""
        was_paused = bool(self._pauses)
        self._pauses.discard(why)
        if was_paused and not self._pauses and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # --- what goes out --------------------------------------------------------------------------------------------

    async def send(self, *, text: str | None, data: bytes | None) -> None:
        """Send one message, when the other side has read enough of those before. Raises ClientDisconnected."""
        if not self._writable.is_set():
            await self._writable.wait()
        if self._wire is None or self._is_told:
            raise ClientDisconnected
        if data is not None:
            self._wire.send(_BINARY, data)
        else:
            self._wire.send(_TEXT, text or "")

    def pause_writing(self) -> None:
        """The transport holds as much as it likes to."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It has been read."""
        self._writable.set()

    # --- the end --------------------------------------------------------------------------------------------------

    def close(self, code: int, reason: str = "", *, patience_s: float) -> None:
        """Begin to close; the other side has this long to agree, and what it still sends is not read any more."""
        if self._is_closing or self._wire is None:
            return
        self.tell_gone(code, reason)
        self._wire.send_close(code, reason[:100])  # type: ignore[arg-type]  # any number may be sent, not the named alone
        self._is_closing = True
        self._take = None
        if self._pauses and self._transport is not None and not self._transport.is_closing():
            self._pauses.clear()
            self._transport.resume_reading()  # to see the other side agree
        self._closer = self._loop.call_later(patience_s, self._wire.disconnect)

    def hurry(self, patience_s: float) -> None:
        """Wait this long at most for a closing handshake that has begun."""
        if self._closer is not None and self._wire is not None:
            self._closer.cancel()
            self._closer = self._loop.call_later(patience_s, self._wire.disconnect)

    def _fail(self, code: int, reason: str) -> None:
        self.close(code, reason, patience_s=1.0)

    def _closed_by_peer(self, code: Any, reason: str | None) -> None:
        assert self._wire is not None
        if not self._is_closing:
            self.tell_gone(code or _NO_CODE, reason)
            self._wire.send_close(code or 1000)  # type: ignore[arg-type]
            self._is_closing = True
        self._wire.disconnect()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """The connection is gone, for whatever reason."""
        if self._closer is not None:
            self._closer.cancel()
        self.tell_gone(_code_sent(transport))
        self._take = self._wire = self._transport = None
        self._writable.set()
        ended, self._ended = self._ended, _nothing
        ended()


def _nothing() -> None:
    """Nobody is told twice."""


def _code_sent(transport: picows.WSTransport) -> int:
    """Why picows closed the connection by itself; lost, when it did not."""
    closing = transport.close_handshake
    if closing is None or closing.sent is None or closing.sent.code == _PONG_MISSED:
        return _LOST
    return int(closing.sent.code)  # type: ignore[call-overload]  # an IntEnum, or any other number


def _framed(payload: bytes) -> bytes:
    """A text message as a server sends it (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    length = b"\x81\x7e" + size.to_bytes(2) if size < 65536 else b"\x81\x7f" + size.to_bytes(8)
    return length + payload
