"""The model's socket on websockets."""

import contextlib
from collections.abc import Mapping

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from calls.realtime.sockets import CLOSE_LIMIT_S, LARGEST_EVENT, PING_EVERY_S, PONG_LIMIT_S, NotConnected


class PlainSocket:
    """See `sockets.Socket`."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        response = connection.response
        self.date = response.headers.get("Date", "") if response is not None else ""

    async def send(self, event: str) -> None:
        """Send one event."""
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send(event)

    async def receive(self) -> str | bytes | None:
        """The next event."""
        try:
            return await self._connection.recv()
        except ConnectionClosed:
            return None

    async def close(self) -> None:
        """Close it."""
        await self._connection.close()


async def connect(url: str, headers: Mapping[str, str]) -> PlainSocket:
    """Open a socket. Raises NotConnected."""
    try:
        connection = await connect_websocket(
            url,
            additional_headers=headers,
            compression=None,
            max_size=LARGEST_EVENT,
            ping_interval=PING_EVERY_S,
            ping_timeout=PONG_LIMIT_S,
            close_timeout=CLOSE_LIMIT_S,
            user_agent_header=None,
        )
    except InvalidHandshake as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        raise NotConnected(f"refused {status}" if status else "refused", status=status) from error
    except (OSError, ConnectionClosed, InvalidURI) as error:
        raise NotConnected(type(error).__name__) from error
    return PlainSocket(connection)
