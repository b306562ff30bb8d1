"""How our ASGI application is served: the command line of either server, and what bridges are called.

Loads nothing but the standard library, so that a process may know this without being one of Django's.
"""

import re
import sys
from importlib.util import find_spec

APPLICATION = "contactcenter.asgi:application"
# A message of Media Streams has some 400 bytes; what is read of a larger one keeps all calls of the process waiting.
LARGEST_WEBSOCKET_MESSAGE = 2 * 1024 * 1024
GRACE_S = 10  # for requests in progress when a process is asked to stop
LOOPBACK = ("127.0.0.1", "::1")
FIRST_BRIDGE_PORT = 9001
LONGEST_NAME = 40


# The library of every WebSocket, and uvicorn's class for it. Daphne brings its own for those it serves.
PLAIN_WEBSOCKETS = "websockets"
FAST_WEBSOCKETS = "picows"
WEBSOCKET_CLASSES = {PLAIN_WEBSOCKETS: "websockets-sansio", FAST_WEBSOCKETS: "contactcenter.fast_ws:FastWebSocket"}


class UnknownServer(ValueError):
    """ASGI_SERVER or WEBSOCKETS names what we do not have; the message is a sentence for the person at the terminal."""


def check_websockets(websockets: str) -> None:
    """Raises UnknownServer, also when a package is missing."""
    if websockets not in WEBSOCKET_CLASSES:
        raise UnknownServer(f"WEBSOCKETS={websockets} is unknown: it is {' or '.join(WEBSOCKET_CLASSES)}.")
    if websockets == FAST_WEBSOCKETS and find_spec("picows") is None:
        remedy = ".venv/bin/pip install --require-hashes -r requirements-fast.txt"
        raise UnknownServer(f"WEBSOCKETS=picows needs the extra `fast`, which is not installed: {remedy}")


def command(server: str, *, host: str, port: str, websockets: str = PLAIN_WEBSOCKETS) -> list[str]:
    """The command line of one process: uvicorn, or daphne.

    uvicorn believes the headers X-Forwarded-For and -Proto of the addresses in FORWARDED_ALLOW_IPS, of this machine
    when that is unset. daphne can only believe everybody or nobody: it believes while only this machine can reach it.

    Raises UnknownServer.
    """
    check_websockets(websockets)
    largest = str(LARGEST_WEBSOCKET_MESSAGE)
    if server == "uvicorn":
        options = ["--host", host, "--port", port, "--ws", WEBSOCKET_CLASSES[websockets]]
        options += ["--ws-max-size", largest, "--ws-per-message-deflate", "false"]
        options += ["--timeout-graceful-shutdown", str(GRACE_S)]
        return [sys.executable, "-m", "uvicorn", APPLICATION, *options, "--no-access-log", "--lifespan", "auto"]
    if server == "daphne":
        options = ["--bind", host, "--port", port, "--application-close-timeout", str(GRACE_S)]
        options += ["--websocket-max-message-size", largest, "--websocket-max-frame-size", largest]
        options += ["--proxy-headers"] if host in LOOPBACK else []
        options += ["--verbosity", "0", "--no-server-name"]
        return [sys.executable, "-m", "contactcenter.daphne_on_uvloop", *options, APPLICATION]
    raise UnknownServer(f"ASGI_SERVER={server} is unknown: it is uvicorn or daphne.")


def bridge_name(host: str, slot: int) -> str:
    """What a bridge is called: the machine's short name and a number, as `vm-1`; safe in a path and in a label."""
    number = f"-{slot}"
    short = re.sub(r"[^a-z0-9-]+", "-", host.partition(".")[0].lower()).strip("-") or "bridge"
    return short[: LONGEST_NAME - len(number)] + number
