"""The model's socket on picows: the same as `socket.ModelSocket`, and a lane in which nobody waits.

Who takes that lane (`listen`) is handed the events of each read as they arrive: no task is woken for them.
"""

import asyncio
import functools
import logging
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import picows

from calls.realtime.socket import MOST_UNSENT, Events, UnableToConnect

# A socket whose other end has gone silently is noticed within the sum of these.
_PING_EVERY_S = 2.0
_PONG_LIMIT_S = 2.5
_CLOSE_LIMIT_S = 1.0
_LARGEST_EVENT = 16 * 1024 * 1024
# Reading is paused while this many events have not been taken.
_MOST_UNREAD = 256
_HANDSHAKE_LIMIT_S = 5.0  # who asks gives up sooner; this ends what they leave behind
_TEXT, _BINARY, _CONTINUATION = picows.WSMsgType.TEXT, picows.WSMsgType.BINARY, picows.WSMsgType.CONTINUATION
_CLOSE, _PING, _PONG = picows.WSMsgType.CLOSE, picows.WSMsgType.PING, picows.WSMsgType.PONG

log = logging.getLogger(__name__)


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """picows' log: it says at length who came and went, and would show the key when everything is to be logged."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802  (logging's name)
        return level >= logging.DEBUG and super().isEnabledFor(level)

    def log(self, level: int, msg: object, *args: object, **more: Any) -> None:
        super().log(level if more.get("exc_info") else min(level, logging.DEBUG), msg, *args, **more)


_quiet = _Quiet(logging.getLogger(f"{__name__}.wire"), {})


class FastSocket(picows.WSListener):
    """One socket to the model; `open` makes them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        # The moment of the handshake by the server's clock, as its header says it; empty when it does not.
        self.date = ""
        self._wire: picows.WSTransport | None = None
        self._is_unwanted = self._is_gone = self._is_paused = False
        self._take: Callable[[Events], object] | None = None
        self._lost: Callable[[], object] | None = None
        self._events: list[str | bytes] = []
        self._news: asyncio.Future[None] | None = None
        self._parts = bytearray()
        self._parts_kind: picows.WSMsgType | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_pressed = False
        self._gone = asyncio.Event()

    @classmethod
    async def open(cls, url: str, headers: Mapping[str, str]) -> "FastSocket":
        """Connect. Raises UnableToConnect."""
        socket = cls()
        try:
            _, listener = await picows.ws_connect(
                lambda *_: socket,
                url,
                ssl_context=_trust() if url.startswith("wss:") else None,
                websocket_handshake_timeout=_HANDSHAKE_LIMIT_S,
                logger_name=_quiet,
                enable_auto_pong=False,  # or nobody would tell us that a ping was the last frame of a read
                max_frame_size=_LARGEST_EVENT,
                extra_headers=dict(headers),
                max_redirects=0,  # the key is for the host that was named
                proxy=_proxy(url),
            )
        except picows.WSHandshakeError as error:
            answer = error.response if isinstance(error, picows.WSInvalidStatusError) else None
            status = int(answer.status) if answer is not None else None
            raise UnableToConnect(f"refused {status}" if status else "refused", status=status) from error
        except (OSError, picows.WSError) as error:
            raise UnableToConnect(type(error).__name__) from error
        except BaseException:  # also when it is cancelled: nobody else knows the socket
            socket._give_up()
            raise
        if listener is None:  # closed before it answered
            raise UnableToConnect("refused")
        return socket

    # --- out ----------------------------------------------------------------------------------------------------

    def post(self, text: str) -> None:
        """Send a text message, after those before it; never waits. A socket that is gone swallows it."""
        if self._wire is None:
            return
        if self._is_pressed and self._wire.underlying_transport.get_write_buffer_size() > MOST_UNSENT:
            self._wire.disconnect(False)
            return
        self._wire.send(_TEXT, text)

    def pause_writing(self) -> None:
        """The transport holds more than it likes to."""
        self._is_pressed = True

    def resume_writing(self) -> None:
        """It has been read."""
        self._is_pressed = False

    # --- in -----------------------------------------------------------------------------------------------------

    def listen(self, take: Callable[[Events], object], lost: Callable[[], object]) -> None:
        """Hand over the events of each read as they arrive, first what has been waiting; `lost` is called at the end.

        Neither may wait. After `deafen` or `close` neither is called any more.
        """
        self._take, self._lost = take, lost
        self._pass_on()
        if self._is_gone:
            self._say_lost()

    def deafen(self) -> None:
        """Hand over nothing more, not even that the socket is lost."""
        self._take = self._lost = None

    async def events(self) -> list[str | bytes]:
        """Every message that has come since the last time, at least one; empty once the socket is closed."""
        while not self._events and not self._is_gone:
            self._news = self._loop.create_future()
            try:
                await self._news
            finally:
                self._news = None
        events, self._events = self._events, []
        self._read_on()
        return events

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Open; unless who asked has given up meanwhile."""
        if self._is_unwanted:
            transport.disconnect(False)
            return
        self._wire = transport
        self.date = transport.response.headers.get("Date", "")
        self._timer = self._loop.call_later(_PING_EVERY_S, self._ping)

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
        else:
            try:
                self._events.append(frame.get_payload_as_utf8_text())
            except UnicodeDecodeError:
                self._fail(transport, 1007)
        if frame.last_in_buffer and self._events:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._take is None:
            if len(self._events) > _MOST_UNREAD and not self._is_paused and self._wire is not None:
                self._is_paused = True
                self._wire.underlying_transport.pause_reading()
            self._wake()
            return
        events, self._events = self._events, []
        try:
            if events:
                self._take(events)
        except Exception:  # a fault of ours ends this session and touches no other
            log.exception("taking events failed")
            self._take = None
            if self._wire is not None:
                self._fail(self._wire, 1011)
        self._read_on()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _read_on(self) -> None:
        if self._is_paused and self._wire is not None and not self._wire.underlying_transport.is_closing():
            self._is_paused = False
            self._wire.underlying_transport.resume_reading()

    def _unusual(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        kind = frame.msg_type
        if kind is _CLOSE:
            if not transport.is_close_frame_sent:
                code = frame.get_close_code()
                transport.send_close(picows.WSCloseCode.OK if code is picows.WSCloseCode.NO_INFO else code)
            transport.disconnect()
        elif transport.is_close_frame_sent:
            pass  # what is under way when we close is not read any more
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(transport, 1002)
        elif kind is _PONG:
            self._ponged()
        elif kind is _PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind in (_TEXT, _BINARY, _CONTINUATION):
            self._take_part(transport, kind, frame)

    def _take_part(self, transport: picows.WSTransport, kind: picows.WSMsgType, frame: picows.WSFrame) -> None:
        if (kind is _CONTINUATION) != (self._parts_kind is not None):
            self._fail(transport, 1002)
            return
        if self._parts_kind is None:
            self._parts_kind = kind
        self._parts += frame.get_payload_as_memoryview()
        if len(self._parts) > _LARGEST_EVENT:
            self._fail(transport, 1009)
        elif frame.fin:
            whole, is_text = bytes(self._parts), self._parts_kind is _TEXT
            self._parts, self._parts_kind = bytearray(), None
            try:
                self._events.append(whole.decode() if is_text else whole)
            except UnicodeDecodeError:
                self._fail(transport, 1007)

    # --- keeping alive, and the end -----------------------------------------------------------------------------

    def _ping(self) -> None:
        if self._wire is not None:
            self._wire.send_ping()
            self._timer = self._loop.call_later(_PONG_LIMIT_S, self._judge)

    def _ponged(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(_PING_EVERY_S, self._ping)

    def _judge(self) -> None:
        if self._is_paused:  # the answer waits behind what we do not read
            self._ping()
        elif self._wire is not None:
            self._wire.disconnect(False)

    def _fail(self, transport: picows.WSTransport, code: int) -> None:
        transport.send_close(code)  # type: ignore[arg-type]  # any number may be sent, not the named ones alone
        self._loop.call_later(_CLOSE_LIMIT_S, transport.disconnect, False)

    def _give_up(self) -> None:
        self._is_unwanted = True
        if self._wire is not None:
            self._wire.disconnect(False)

    async def close(self) -> None:
        """Say that we go, and wait for the other side to agree; it is not waited for long. May be called twice."""
        self.deafen()
        wire = self._wire
        if wire is None:
            return
        if not wire.is_close_frame_sent:
            wire.send_close(picows.WSCloseCode.OK)
        self._read_on()
        try:
            async with asyncio.timeout(_CLOSE_LIMIT_S):
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
        self._pass_on()
        self._say_lost()

    def _say_lost(self) -> None:
        lost, self._take, self._lost = self._lost, None, None
        if lost is not None:
            lost()


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
