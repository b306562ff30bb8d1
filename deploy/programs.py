"""The command line of every process the launcher runs."""

import shlex
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from contactcenter import serving
from deploy.environment import DEFAULT_HOST, DEMO_AGENTS, DEMO_CUSTOMERS, DEMO_NUMBERS, Ports, SandboxKeys

SIMULATED_CUSTOMERS = 3
CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "contactcenter"]
SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"


def product(env: Mapping[str, str], *, ports: Ports, believe: str) -> dict[str, list[str]]:
    """The product behind its front: web answers pages and webhooks, the bridges hold the calls, worker runs tasks and
    beat starts them on time. ``believe`` are the proxies before the front.

    Raises UnknownServer.
    """
    level = env.get("LOG_LEVEL") or "INFO"
    return {
        "front": front(env["HOST"], env["PORT"], ports=ports, believe=believe),
        "web": web(
            env.get("ASGI_SERVER") or "uvicorn",
            host=DEFAULT_HOST,
            port=str(ports.pages),
            websockets=env.get("WEBSOCKETS") or serving.PLAIN_WEBSOCKETS,
        ),
        "bridge": bridges("--base-port", str(ports.bridge)),
        "worker": worker(level),
        "beat": beat(level),
        "sidebands": sidebands(),
    }


def worker(level: str) -> list[str]:
    """What runs tasks."""
    return [*CELERY, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", level]


def beat(level: str) -> list[str]:
    """What starts tasks on time; beside the worker, not inside it: there it would outlive the worker's hard kill."""
    return [*CELERY, "beat", "--scheduler", SCHEDULER, "--pidfile=", "--loglevel", level]


def web(server: str, *, host: str, port: str, websockets: str = serving.PLAIN_WEBSOCKETS) -> list[str]:
    """An ASGI server of the product: uvicorn, or daphne.

    Raises UnknownServer.
    """
    return serving.command(server, host=host, port=port, websockets=websockets)


def bridges(*options: str) -> list[str]:
    """The parent of the bridges."""
    return [sys.executable, "-m", "contactcenter.bridges", *options]


def sidebands(*options: str) -> list[str]:
    """The parent of those who look after calls by SIP."""
    return manage("run_sidebands", *options)


def front(host: str, port: str, *, ports: Ports, believe: str) -> list[str]:
    """The front, with everybody behind it."""
    names = [serving.bridge_name(socket.gethostname(), slot) for slot in range(1, ports.bridges + 1)]
    listed = [f"--bridge={name}={DEFAULT_HOST}:{ports.bridge + n}" for n, name in enumerate(names)]
    behind = [f"--web={DEFAULT_HOST}:{ports.pages}", *listed, f"--believe={believe}"]
    return [sys.executable, "-m", "deploy.front", "--host", host, "--port", port, *behind]


def sandbox(*, ports: Ports, keys: SandboxKeys, var: Path, is_model_real: bool = False) -> list[str]:
    """The simulated phone network and model, with customers who call by themselves; not where each call costs money."""
    traffic = 0 if is_model_real else SIMULATED_CUSTOMERS
    account = ["--account-sid", keys.account_sid, "--auth-token", keys.auth_token, "--api-key", keys.api_key]
    account += ["--rest-key", f"{keys.rest_key}:{keys.rest_secret}"] if keys.rest_key else []
    where = ["--host", DEFAULT_HOST, "--carrier-port", str(ports.carrier), "--model-port", str(ports.model)]
    where += ["--business-port", str(ports.business)]
    world = ["--numbers", ",".join(DEMO_NUMBERS), "--traffic", str(traffic), "--var", str(var / "sandbox")]
    world += ["--model-webhook", f"http://{DEFAULT_HOST}:{ports.web}/openai/webhook/"]
    world += ["--webhook-secret", keys.webhook_secret] if keys.webhook_secret else []
    world += ["--agents", ",".join(f"{number}={name}" for number, name in (DEMO_AGENTS | DEMO_CUSTOMERS).items())]
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
