"""The model's socket on picows: the same as `plain_socket`, and a lane in which nobody waits.

Who takes that lane is handed each event as it arrives (`listen`) and sends at once (`send_now`): no task is woken for
a frame. An event that has arrived is passed on by the same turn of the event loop.
"""

import asyncio
import functools
import logging
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import picows

from calls.realtime.sockets import CLOSE_LIMIT_S, LARGEST_EVENT, PING_EVERY_S, PONG_LIMIT_S, NotConnected

# Of what waits unread: beyond this many, nothing is read from the socket until half of them are gone.
_MOST_WAITING = 64
_HANDSHAKE_LIMIT_S = 5.0  # who asks gives up sooner; this ends what they leave behind
_TEXT, _BINARY, _CONTINUATION = picows.WSMsgType.TEXT, picows.WSMsgType.BINARY, picows.WSMsgType.CONTINUATION
_CLOSE, _PONG = picows.WSMsgType.CLOSE, picows.WSMsgType.PONG

log = logging.getLogger(__name__)


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """picows' log: it says at length who came and went, and would show the key when everything is to be logged."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802  (logging's name)
        return level >= logging.DEBUG and super().isEnabledFor(level)

    def log(self, level: int, msg: object, *args: object, **more: Any) -> None:
        super().log(level if more.get("exc_info") else min(level, logging.DEBUG), msg, *args, **more)


_quiet = _Quiet(logging.getLogger(f"{__name__}.wire"), {})


class FastSocket(picows.WSListener):
    """See `sockets.Socket`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.date = ""
        self._wire: picows.WSTransport | None = None
        self._is_unwanted = self._is_gone = self._is_paused = False
        self._take: Callable[[str | bytes], object] | None = None
        self._lost: Callable[[], object] | None = None
        self._events: deque[str | bytes] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._parts = bytearray()
        self._parts_kind: picows.WSMsgType | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._gone = asyncio.Event()

    # --- sending ------------------------------------------------------------------------------------------------

    async def send(self, event: str) -> None:
        """Send one event."""
        if not self._writable.is_set():
            await self._writable.wait()
        if self._wire is not None:
            self._wire.send(_TEXT, event)

    def send_now(self, event: str) -> bool:
        """Send one event at once; when this is False the other side reads slowly: wait for `drained` before the next.

        A socket that is gone swallows it.
        """
        if self._wire is not None:
            self._wire.send(_TEXT, event)
        return self._writable.is_set()

    async def drained(self) -> None:
        """Wait until the other side has read enough, or is gone."""
        await self._writable.wait()

    def pause_writing(self) -> None:
        """The transport holds as much as it likes to."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It has been read."""
        self._writable.set()

    # --- reading ------------------------------------------------------------------------------------------------

    def listen(self, take: Callable[[str | bytes], object], lost: Callable[[], object]) -> None:
        """Hand every event to `take` as it arrives, first what has been waiting; `lost` is called once, at the end.

        Neither may wait. After `close` neither is called any more.
        """
        self._take, self._lost = take, lost
        while self._events and self._take is not None:
            self._hand_over(self._events.popleft())
        if self._is_gone:
            self._say_lost()
        else:
            self._read_on()

    async def receive(self) -> str | bytes | None:
        """The next event."""
        while not self._events:
            if self._is_gone:
                return None
            self._reader = self._loop.create_future()
            await self._reader
        event = self._events.popleft()
        if self._is_paused and len(self._events) <= _MOST_WAITING // 2:
            self._read_on()
        return event

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Open; unless who asked has given up meanwhile."""
        if self._is_unwanted:
            transport.disconnect(False)
            return
        self._wire = transport
        self.date = transport.response.headers.get("Date", "")
        self._timer = self._loop.call_later(PING_EVERY_S, self._ping)

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
            self._fail(transport, 1007)
            return
        if self._take is not None:
            self._hand_over(text)
        else:
            self._put(text)

    def _hand_over(self, event: str | bytes) -> None:
        assert self._take is not None
        try:
            self._take(event)
        except Exception:  # a fault of ours ends this session and touches no other
            log.exception("taking an event failed")
            self._take = None
            if self._wire is not None:
                self._fail(self._wire, 1011)

    def _put(self, event: str | bytes) -> None:
        self._events.append(event)
        if len(self._events) >= _MOST_WAITING and not self._is_paused and self._wire is not None:
            self._is_paused = True
            self._wire.underlying_transport.pause_reading()
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _read_on(self) -> None:
        if self._is_paused and self._wire is not None and not self._wire.underlying_transport.is_closing():
            self._is_paused = False
            self._wire.underlying_transport.resume_reading()

    def _unusual(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        kind = frame.msg_type
        if kind is _CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close(frame.get_close_code() or picows.WSCloseCode.OK)
            transport.disconnect()
        elif transport.is_close_frame_sent:
            pass  # what is under way when we close is not read any more
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(transport, 1002)
        elif kind is _PONG:
            self._ponged()
        elif kind in (_TEXT, _BINARY, _CONTINUATION):
            self._take_part(transport, kind, frame)

    def _take_part(self, transport: picows.WSTransport, kind: picows.WSMsgType, frame: picows.WSFrame) -> None:
        if (kind is _CONTINUATION) != (self._parts_kind is not None):
            self._fail(transport, 1002)
            return
        if self._parts_kind is None:
            self._parts_kind = kind
        self._parts += frame.get_payload_as_memoryview()
        if len(self._parts) > LARGEST_EVENT:
            self._fail(transport, 1009)
        elif frame.fin:
            whole, is_text = bytes(self._parts), self._parts_kind is _TEXT
            self._parts, self._parts_kind = bytearray(), None
            try:
                event = whole.decode() if is_text else whole
            except UnicodeDecodeError:
                self._fail(transport, 1007)
                return
            if self._take is not None:
                self._hand_over(event)
            else:
                self._put(event)

    # --- keeping alive, and the end -----------------------------------------------------------------------------

    def _ping(self) -> None:
        if self._wire is not None:
            self._wire.send_ping()
            self._timer = self._loop.call_later(PONG_LIMIT_S, self._judge)

    def _ponged(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(PING_EVERY_S, self._ping)

    def _judge(self) -> None:
        if self._is_paused:  # the answer waits behind what we do not read
            self._ping()
        elif self._wire is not None:
            self._wire.disconnect(False)

    def _fail(self, transport: picows.WSTransport, code: int) -> None:
        transport.send_close(code)  # type: ignore[arg-type]  # any number may be sent, not the named ones alone
        self._loop.call_later(CLOSE_LIMIT_S, transport.disconnect, False)

    def give_up(self) -> None:
        """Who asked for this socket does not want it any more."""
        self._is_unwanted = True
        if self._wire is not None:
            self._wire.disconnect(False)

    async def close(self) -> None:
        """Say that we go, and wait for the other side to agree; it is not waited for long."""
        self._take = self._lost = None
        wire = self._wire
        if wire is None:
            return
        if not wire.is_close_frame_sent:
            wire.send_close(picows.WSCloseCode.OK)
        self._read_on()
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._gone.wait()
        except TimeoutError:
            wire.disconnect(False)
            await self._gone.wait()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """The connection is gone, for whatever reason."""
        self._wire, self._is_gone = None, True
        if self._timer is not None:
            self._timer.cancel()
        self._gone.set()
        self._writable.set()
        self._wake()
        self._say_lost()

    def _say_lost(self) -> None:
        lost, self._take, self._lost = self._lost, None, None
        if lost is not None:
            lost()


async def connect(url: str, headers: Mapping[str, str]) -> FastSocket:
    """Open a socket. Raises NotConnected."""
    socket = FastSocket()
    is_secure = url.startswith("wss:")
    try:
        _, listener = await picows.ws_connect(
            lambda *_: socket,
            url,
            ssl_context=_trust() if is_secure else None,
            websocket_handshake_timeout=_HANDSHAKE_LIMIT_S,
            logger_name=_quiet,
            max_frame_size=LARGEST_EVENT,
            extra_headers=dict(headers),
            max_redirects=0,  # the key is for the host that was named
            proxy=_proxy(url),
        )
    except picows.WSHandshakeError as error:
        status = (
            int(error.response.status) if isinstance(error, picows.WSInvalidStatusError) and error.response else None
        )
        raise NotConnected(f"refused {status}" if status else "refused", status=status) from error
    except (OSError, picows.WSError) as error:
        raise NotConnected(type(error).__name__) from error
    except BaseException:
        socket.give_up()
        raise
    if listener is None:  # closed before it answered
        raise NotConnected("refused")
    return socket


@functools.cache
def _trust() -> ssl.SSLContext:
    """Whom to trust; read from disk once, not for every call."""
    return ssl.create_default_context()


def _proxy(url: str) -> str | None:
    """The proxy of this machine's environment for this address, as other clients take it."""
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    return proxies.get("https" if parts.scheme == "wss" else "http")
