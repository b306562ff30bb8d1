"""The command line of every process the launcher runs."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.environment import DEFAULT_HOST, DEMO_NUMBERS, Ports, SandboxKeys

APPLICATION = "contactcenter.asgi:application"
LARGEST_WEBSOCKET_MESSAGE = 16 * 1024 * 1024  # a ConversationRelay or Media Streams message is far smaller
GRACE_S = 10  # for calls in progress when the web process is asked to stop
SIMULATED_CUSTOMERS = 3


class UnknownServer(ValueError):
    """ASGI_SERVER names neither server; the message is a sentence for the person at the terminal."""


def product(env: Mapping[str, str]) -> dict[str, list[str]]:
    """The product: web answers pages, webhooks and sockets, worker runs tasks, beat starts them on time."""
    level = env.get("LOG_LEVEL") or "INFO"
    # Beside the worker, not inside it: a beat forked by a worker outlives the worker's hard kill.
    beat = ["beat", "--scheduler", "django_celery_beat.schedulers:DatabaseScheduler", "--pidfile=", "--loglevel", level]
    worker = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", level]
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "contactcenter"]
    return {
        "web": web(env.get("ASGI_SERVER") or "uvicorn", host=env["HOST"], port=env["PORT"]),
        "worker": [*celery, *worker],
        "beat": [*celery, *beat],
    }


def web(server: str, *, host: str, port: str) -> list[str]:
    """The ASGI server: uvicorn, or daphne.

    Raises UnknownServer.
    """
    largest = str(LARGEST_WEBSOCKET_MESSAGE)
    if server == "uvicorn":
        options = ["--host", host, "--port", port, "--ws", "websockets-sansio", "--ws-max-size", largest]
        options += ["--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", str(GRACE_S)]
        return [sys.executable, "-m", "uvicorn", APPLICATION, *options, "--no-access-log", "--lifespan", "auto"]
    if server == "daphne":
        options = ["--bind", host, "--port", port, "--application-close-timeout", str(GRACE_S)]
        options += ["--websocket-max-message-size", largest, "--websocket-max-frame-size", largest]
        return [sys.executable, "-m", "daphne", *options, "--verbosity", "0", "--no-server-name", APPLICATION]
    raise UnknownServer(f"ASGI_SERVER={server} is unknown: it is uvicorn or daphne.")


def sandbox(*, ports: Ports, keys: SandboxKeys, var: Path) -> list[str]:
    """The simulated phone network and model, with customers who call by themselves."""
    account = ["--account-sid", keys.account_sid, "--auth-token", keys.auth_token, "--api-key", keys.api_key]
    where = ["--host", DEFAULT_HOST, "--carrier-port", str(ports.carrier), "--model-port", str(ports.model)]
    world = ["--numbers", ",".join(DEMO_NUMBERS), "--traffic", str(SIMULATED_CUSTOMERS), "--var", str(var / "sandbox")]
    return [sys.executable, "-m", "sandbox", *where, *account, *world]


def manage(*args: str) -> list[str]:
    """One management command."""
    return [sys.executable, "manage.py", *args]


def line(command: list[str]) -> str:
    """The command for a shell, which steps aside, so that signals reach the program itself."""
    return f"exec {shlex.join(command)}"


def line_after(file: Path, line: str) -> str:
    """The same line, once a file exists."""
    return f"until [ -e {shlex.quote(str(file))} ]; do sleep 0.1; done; {line}"
