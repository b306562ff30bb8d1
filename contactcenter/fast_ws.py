"""uvicorn's WebSocket class on picows, for every socket of the process: `WEBSOCKETS=picows`.

A class for uvicorn's `--ws` is given the connection and the request that asks for a WebSocket. It runs the application
and answers as that says; once accepted, the connection is `fast_frames.Frames`' own.
"""

import asyncio
import logging
from typing import Any, cast
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.protocols.utils import (
    ClientDisconnected,
    get_client_addr,
    get_local_addr,
    get_path_with_query_string,
    get_remote_addr,
    is_ssl,
)
from uvicorn.server import ServerState

from contactcenter import upgrade
from contactcenter.fast_frames import Frames

# Where the application finds the Frames of its connection, beside the plain way.
EXTENSION = "contactcenter.frames"
# The other side has this long to agree to our closing; when the process stops, this long.
CLOSE_S = 10.0
CLOSE_AT_SHUTDOWN_S = 1.0
# Nobody may speak before we have agreed to a WebSocket; what comes all the same is kept up to this size.
_MOST_EARLY = 64 * 1024
_REFUSED, _FAILED = 403, 500
_RESTART = 1012

log = logging.getLogger("uvicorn.error")


class FastWebSocket(asyncio.Protocol):
    """One connection from the request on; uvicorn makes these."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self._config, self._state, self._app_state = config, server_state, app_state
        self._transport: asyncio.Transport | None = None
        self._upgrade: upgrade.Upgrade | None = None
        self._early = b""
        self._is_answered = self._is_accepted = False
        self._response: tuple[int, list[tuple[bytes, bytes]], bytes] | None = None
        self._frames = Frames(self._gone, largest=config.ws_max_size, most_waiting=max(config.ws_max_queue, 1))
        self.scope: dict[str, Any] = {}

    # --- the connection, until it is accepted ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection, handed over by uvicorn."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own classes

    def data_received(self, data: bytes) -> None:
        """First the request, whole; then whatever a client says too early."""
        assert self._transport is not None
        if self._upgrade is not None:
            self._early += data
            if len(self._early) > _MOST_EARLY:
                self._transport.abort()
            return
        try:
            self._upgrade = upgrade.read(data)
        except upgrade.BadUpgrade as problem:
            self._answer(problem.answer)
            return
        self.scope = self._scope(self._upgrade)
        self._frames.put({"type": "websocket.connect"})
        task = asyncio.get_running_loop().create_task(self._run())
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    def _scope(self, asked: upgrade.Upgrade) -> dict[str, Any]:
        assert self._transport is not None
        root = self._config.root_path
        return {
            "type": "websocket",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self._transport) else "ws",
            "server": get_local_addr(self._transport),
            "client": get_remote_addr(self._transport),
            "root_path": root,
            "path": root + unquote(asked.path.decode("latin-1")),
            "raw_path": root.encode() + asked.path,
            "query_string": asked.query,
            "headers": asked.headers,
            "subprotocols": asked.subprotocols,
            "state": self._app_state.copy(),
            "extensions": {"websocket.http.response": {}, EXTENSION: self._frames},
        }

    def eof_received(self) -> None:
        """The other side has hung up."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone before it was accepted; afterwards it is the frames' to notice."""
        self._frames.tell_gone(1006)
        self._frames.resume_writing()
        self._gone()

    def pause_writing(self) -> None:
        """The transport holds as much as it likes to."""
        self._frames.pause_writing()

    def resume_writing(self) -> None:
        """It has been read."""
        self._frames.resume_writing()

    def _gone(self) -> None:
        self._state.connections.discard(self)
        self._transport = None

    def shutdown(self) -> None:
        """The process stops: uvicorn asks every connection once."""
        if self._is_accepted:
            self._frames.close(_RESTART, patience_s=CLOSE_AT_SHUTDOWN_S)
            self._frames.hurry(CLOSE_AT_SHUTDOWN_S)
        elif not self._is_answered:
            self._answer(upgrade.answer(_FAILED, self._state.default_headers))
        elif self._transport is not None:
            self._transport.close()

    # --- the application ------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        code = 1000
        try:
            await self._config.loaded_app(self.scope, self._frames.receive, self._send)
        except ClientDisconnected:
            pass
        except Exception:  # a fault of one application ends one socket, with a code
            log.exception("Exception in ASGI application\n")
            code = 1011
        finally:  # also when it is cancelled
            if not self._is_answered:
                self._answer(upgrade.answer(_FAILED, self._state.default_headers))
            self._frames.close(code, patience_s=CLOSE_S)

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if self._is_accepted:
            await self._say(kind, message)
        elif self._transport is None or self._transport.is_closing():
            raise ClientDisconnected
        elif self._response is not None and kind == "websocket.http.response.body":
            self._respond(message)
        elif self._is_answered or self._response is not None:
            raise RuntimeError(f"Unexpected ASGI message '{kind}' after the connection was refused.")
        elif kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.close":
            self._note(str(_REFUSED))
            self._answer(upgrade.answer(_REFUSED, self._state.default_headers))
        elif kind == "websocket.http.response.start":
            self._note(str(message["status"]))
            self._response = message["status"], list(message.get("headers", ())), b""
        else:
            raise RuntimeError(f"Unexpected ASGI message '{kind}' before the connection was accepted.")

    async def _say(self, kind: str, message: dict[str, Any]) -> None:
        if kind == "websocket.send":
            await self._frames.send(text=message.get("text"), data=message.get("bytes"))
        elif kind == "websocket.close":
            await self._frames.drained()
            self._frames.close(message.get("code") or 1000, message.get("reason") or "", patience_s=CLOSE_S)
        else:
            raise RuntimeError(f"Unexpected ASGI message '{kind}' on an open WebSocket.")

    def _accept(self, message: dict[str, Any]) -> None:
        assert self._transport is not None
        assert self._upgrade is not None
        headers = [*self._state.default_headers, *message.get("headers", ())]
        if chosen := message.get("subprotocol"):
            headers.append((b"sec-websocket-protocol", chosen.encode()))
        if any(mark in part for header in headers for part in header for mark in (b"\r", b"\n")):
            raise ValueError("a header must not contain a line break")
        self._note("[accepted]")
        self._is_answered = self._is_accepted = True
        try:
            self._frames.open(
                self._transport,
                request=self._upgrade.request,
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers],
                early=self._early,
                ping_s=self._config.ws_ping_interval,
                pong_s=self._config.ws_ping_timeout,
            )
        except Exception:  # whatever it is, the peer is not left with half an answer
            self._transport.abort()
            raise

    def _respond(self, message: dict[str, Any]) -> None:
        """A refusal in the application's own words."""
        assert self._response is not None
        status, headers, body = self._response
        self._response = status, headers, body + message.get("body", b"")
        if not message.get("more_body"):
            status, headers, body = self._response
            self._answer(upgrade.answer(status, (*self._state.default_headers, *headers), body))

    def _answer(self, response: bytes) -> None:
        """Say something else than yes, and hang up."""
        self._is_answered = True
        self._frames.tell_gone(1006)
        if self._transport is not None:
            self._transport.write(response)
            self._transport.close()

    def _note(self, outcome: str) -> None:
        where = get_path_with_query_string(self.scope)  # type: ignore[arg-type]
        log.info('%s - "WebSocket %s" %s', get_client_addr(self.scope), where, outcome)  # type: ignore[arg-type]
