"""Daphne as we need it: `python -m contactcenter.daphne_on_uvloop`, with daphne's own options.

Daphne installs its reactor on asyncio's default event loop as soon as it is imported, and has no option for another. A
bridge on uvloop spends a fifth less time on the same calls.
"""

import asyncio
from contextlib import suppress

with suppress(ImportError):
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

from daphne.cli import CommandLineInterface  # type: ignore[import-untyped]
from daphne.ws_protocol import WebSocketProtocol  # type: ignore[import-untyped]


def close(socket: WebSocketProtocol, code: int | None = None) -> None:
    """Close with the code the application says.

    Daphne asks autobahn, which takes 1000 and 3000 to 4999 from applications and leaves out that RFC 6455 (7.4.1) has
    1008 for whoever is turned away: the socket was closed with 1011 instead, and a fault was logged.
    """
    socket.sendCloseFrame(code=1000 if code is None else code, isReply=False)


WebSocketProtocol.serverClose = close

if __name__ == "__main__":
    CommandLineInterface.entrypoint()
