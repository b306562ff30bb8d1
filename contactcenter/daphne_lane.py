"""Daphne's WebSockets with a lane beside its queues: text is handed over as it arrives, and sent without a task.

Everything else stays daphne's and autobahn's: the handshake, the parsing, pings, the closing, and the plain way, which
every connection goes that does not ask for the lane. It must be imported after the event loop's policy was chosen.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from daphne.cli import CommandLineInterface  # type: ignore[import-untyped]
from daphne.server import Server  # type: ignore[import-untyped]
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol  # type: ignore[import-untyped]

from contactcenter.text_lane import EXTENSION, framed

log = logging.getLogger(__name__)


class Lane:
    """The way past the queues of one connection; what it offers is described in `calls.consumers.lane`."""

    def __init__(self, protocol: "LaneProtocol") -> None:
        self._protocol = protocol
        self._take: Callable[[str], object] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._has_transport = False

    def listen(self, take: Callable[[str], object]) -> None:
        """From now on every text message is handed to `take` as it arrives; first what has been waiting.

        `take` must not wait. Binary messages and the end of the connection are still told by ASGI's `receive`.
        """
        self._take = take
        waiting, others = self._protocol.application_queue, []
        while not waiting.empty():
            event = waiting.get_nowait()
            if event.get("text") is None:
                others.append(event)
            else:
                self.hand_over(event["text"])
        for event in others:
            waiting.put_nowait(event)

    @property
    def is_listened_to(self) -> bool:
        """True while somebody takes text as it arrives."""
        return self._take is not None

    def hand_over(self, text: str) -> None:
        """One message; a fault of ours in taking it ends this connection and touches no other."""
        if self._take is None:
            return
        try:
            self._take(text)
        except Exception:
            log.exception("taking a message failed")
            self._take = None
            self._protocol.serverClose(code=1011)

    def send_texts(self, texts: Iterable[str]) -> bool:
        """Send text messages now, by one write; False when the other side reads slowly: wait for `drained`.

        Raises ConnectionResetError when the connection is gone, or about to be.
        """
        protocol = self._protocol
        if protocol.state != protocol.STATE_OPEN:
            raise ConnectionResetError
        if not self._has_transport:
            self._take_transport(protocol.transport)
        protocol.transport.write(b"".join([framed(text.encode()) for text in texts]))
        return self._writable.is_set()

    async def drained(self) -> None:
        """Wait until the other side has read enough, or is gone."""
        await self._writable.wait()

    def closed(self) -> None:
        """The connection is gone: nobody is waited for, and nothing is handed over."""
        self._take = None
        self._writable.set()

    # --- what the transport tells of itself, as Twisted's IPushProducer names it ----------------------------------

    def _take_transport(self, transport: Any) -> None:
        """Be told how much waits to be sent, instead of the HTTP channel that brought the connection here."""
        self._has_transport = True
        transport.unregisterProducer()
        transport.registerProducer(self, True)

    def pauseProducing(self) -> None:  # noqa: N802  (Twisted's names)
        """The transport holds as much as it likes to."""
        self._writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """It has been read."""
        self._writable.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone."""
        self.closed()


class LaneProtocol(WebSocketProtocol):
    """One connection; `lane` is its way past the queues."""

    def __init__(self) -> None:
        super().__init__()
        self.lane = Lane(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        """A whole message: down the lane when somebody listens there, else daphne's way."""
        if isBinary or self.muted or not self.lane.is_listened_to:
            super().onMessage(payload, isBinary)
            return
        self.last_ping = time.time()  # daphne's clock for its pings
        self.lane.hand_over(payload.decode())

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Close, with any code of RFC 6455, section 7.4: autobahn's own `sendClose` refuses 1008 and 1011."""
        self.sendCloseFrame(code=code or 1000, isReply=False)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """The connection is gone, for whatever reason."""
        self.lane.closed()
        super().onClose(wasClean, code, reason)


class LaneServer(Server):
    """Daphne, whose WebSockets offer a lane."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """The application of a connection, which finds the lane in its scope."""
        if isinstance(protocol, LaneProtocol):
            scope["extensions"] = {**scope.get("extensions", {}), EXTENSION: protocol.lane}
        return super().create_application(protocol, scope)


class LaneCommand(CommandLineInterface):
    """Daphne's command line, for this server."""

    server_class = LaneServer


# Daphne's server makes the factory itself and offers no choice of protocol.
WebSocketFactory.protocol = LaneProtocol
