"""The parent of the bridges: starts them, starts a dead one anew, ends a hung one, and lets their calls end in peace.

A bridge is our ASGI application in a process of its own, on a port of its own, with a name of its own (BRIDGE_NAME).
The parent holds no call and loads no model, so that hardly anything can go wrong in it; whoever runs it need watch only
it. When it dies, the kernel ends its bridges too: nobody would notice when they hang.

Asked to stop, it tells every bridge to drain (SIGUSR1: take no new call; hand over what is left after DRAIN_S), then to
stop, then ends what has not gone. Asked again, it skips the waiting. Told to replace them (SIGHUP), it drains one after
another, each when the successor of the one before has answered: so there is always one that takes calls up.
"""

import argparse
import asyncio
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.conf import settings
from prometheus_client import Counter, Gauge, start_http_server

from contactcenter import logs, serving
from contactcenter.watchdog import ASK_EVERY_S, START_GRACE_S, Restarts, Verdict, Watch

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
REPLACE_SIGNAL = signal.SIGHUP
# Beyond DRAIN_S: a bridge waits for a pause in each call to hand it over, then does without, and writes its books.
SETTLING_S = 15.0
STOPPING_S = serving.GRACE_S + 2.0
HURRIED_S = 2.0
_QUESTION = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_PR_SET_PDEATHSIG = 1  # prctl(2)
# How a process ends that was asked to: whoever is killed or has failed ends otherwise.
_AS_ASKED = (0, -signal.SIGTERM)

STARTED = Counter("bridges_started_total", "Bridges started, the first time and again", ["bridge"])
ENDED = Counter("bridges_ended_total", "Bridges that ended, by why", ["bridge", "why"])
UP = Gauge("bridges_up", "Whether the bridge answered when it was last asked", ["bridge"])

log = structlog.get_logger("contactcenter.bridges")


@dataclass(frozen=True, slots=True)
class Post:
    """Where one bridge stands, whatever process does its work at the moment."""

    name: str
    host: str
    port: int
    command: Sequence[str]


class Bridge:
    """One bridge and the process that is it now."""

    def __init__(self, post: Post, *, stopping: asyncio.Event) -> None:
        self._post = post
        self._stopping = stopping
        self._restarts = Restarts()
        self._process: asyncio.subprocess.Process | None = None
        self._has_lived = self._is_being_replaced = False
        self._has_answered = asyncio.Event()  # the process that is it now
        self._log = log.bind(bridge=post.name)

    def send(self, signum: signal.Signals) -> None:
        """Send a signal to the process, if it lives."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signum)

    async def replace(self, *, drain_s: float) -> bool:
        """Have the process let its calls end, or hand them over, and another take its place; False if none comes."""
        process = self._process
        self._is_being_replaced = True
        if process is not None and process.returncode is None:
            await _end(process, drain_s=drain_s)
        self._has_answered.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_answered.wait(), START_GRACE_S)
        self._is_being_replaced = False
        return self._has_answered.is_set()

    @property
    def is_up(self) -> bool:
        """Whether the process that is it now has answered, and has not ended since."""
        return self._has_answered.is_set()

    async def keep(self, others: "Sequence[Bridge]" = ()) -> None:
        """Keep the bridge running until the parent is asked to stop and its last process has ended."""
        while not self._stopping.is_set():
            lived_s = await self._live()
            if self._stopping.is_set():
                return
            are_others_up = not self._is_being_replaced and any(other.is_up for other in others if other is not self)
            wait_s = self._restarts.wait_s(lived_s=lived_s, are_others_up=are_others_up)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait_s)

    async def _live(self) -> float:
        """One life, from the start of a process to its end; how many seconds it lasted."""
        started_at = time.monotonic()
        try:
            self._process = process = await self._start()
        except OSError as problem:  # no memory or no process number left: later, perhaps
            self._log.error("bridge not started", error=str(problem))
            return 0.0
        end = asyncio.create_task(process.wait())
        watch = asyncio.create_task(self._watch(Watch(started_at)))
        await asyncio.wait({end, watch}, return_when=asyncio.FIRST_COMPLETED)
        why = "died"
        if watch.done():
            why = watch.result().value
            self._log.error("bridge hung", pid=process.pid, why=why)
            self.send(signal.SIGKILL)  # closes its sockets: the carrier goes on with its next verb
        watch.cancel()
        code = await end
        lived_s = round(time.monotonic() - started_at, 1)
        self._has_answered.clear()
        UP.labels(self._post.name).set(0)
        if why == "died" and (self._stopping.is_set() or code in _AS_ASKED):
            why = "stopped"
            self._log.info("bridge stopped", pid=process.pid, code=code, lived_s=lived_s)
        else:
            self._log.error("bridge died", pid=process.pid, code=code, lived_s=lived_s)
        ENDED.labels(self._post.name, why).inc()
        return lived_s

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *self._post.command,
            env={**os.environ, "BRIDGE_NAME": self._post.name},
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # a signal for the parent is the parent's to pass on
            preexec_fn=_dying_with(os.getpid()),
        )
        STARTED.labels(self._post.name).inc()
        self._log.info(
            "bridge restarted" if self._has_lived else "bridge started", pid=process.pid, port=self._post.port
        )
        self._has_lived = True
        return process

    async def _watch(self, watch: Watch) -> Verdict:
        """Ask again and again; returns when the process must be killed."""
        while True:
            await asyncio.sleep(ASK_EVERY_S)
            asked_at = time.monotonic()
            try:
                async with asyncio.timeout(watch.patience_until(asked_at) - asked_at):
                    await self._ask()
            except TimeoutError:
                verdict = watch.silent(asked_at=asked_at, now=time.monotonic())
            except OSError:
                verdict = watch.refused(time.monotonic())
            else:
                watch.answered(time.monotonic())
                UP.labels(self._post.name).set(1)
                self._has_answered.set()
                continue
            UP.labels(self._post.name).set(0)
            if verdict is not Verdict.PATIENCE:
                return verdict

    async def _ask(self) -> None:
        """Ask once; returns when it has answered. Raises OSError when it takes no connection, or closes it silently."""
        reader, writer = await asyncio.open_connection(self._post.host, self._post.port)
        try:
            writer.write(_QUESTION)
            if not await reader.read(1):
                raise ConnectionResetError("closed without an answer")
        finally:
            writer.close()


class Parent:
    """All bridges of this machine."""

    def __init__(self, posts: Sequence[Post], *, drain_s: float) -> None:
        self._drain_s = drain_s
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._bridges = [Bridge(post, stopping=self._stopping) for post in posts]
        self._replacing: asyncio.Task[None] | None = None

    def replace(self) -> None:
        """Asked to replace the bridges one after another; while that is under way, and at the end, nothing happens."""
        if not self._stopping.is_set() and (self._replacing is None or self._replacing.done()):
            self._replacing = asyncio.create_task(self._replace_each())

    async def _replace_each(self) -> None:
        log.info("bridges being replaced", drain_s=self._drain_s)
        for bridge in self._bridges:
            if not await bridge.replace(drain_s=self._drain_s):
                log.error("a successor does not answer, the other bridges stay as they are")
                return
        log.info("bridges replaced")

    def stop(self) -> None:
        """Asked to stop; asked again, to be quick about it."""
        if self._replacing is not None:
            self._replacing.cancel()
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    async def run(self) -> None:
        """Keep the bridges until stopped; returns when the last of them has ended."""
        kept = asyncio.create_task(self._keep_all())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({kept, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            await self._end(kept)
        await kept

    async def _keep_all(self) -> None:
        await asyncio.gather(*(bridge.keep(self._bridges) for bridge in self._bridges))

    async def _end(self, kept: "asyncio.Task[None]") -> None:
        log.info("bridges stopping", drain_s=self._drain_s)
        hurry = asyncio.create_task(self._hurry.wait())
        self._send(signal.SIGUSR1)
        await asyncio.wait({kept, hurry}, timeout=self._drain_s + SETTLING_S, return_when=asyncio.FIRST_COMPLETED)
        self._send(signal.SIGTERM)
        await asyncio.wait({kept}, timeout=HURRIED_S if hurry.done() else STOPPING_S)
        self._send(signal.SIGKILL)
        hurry.cancel()

    def _send(self, signum: signal.Signals) -> None:
        for bridge in self._bridges:
            bridge.send(signum)


async def _end(process: asyncio.subprocess.Process, *, drain_s: float) -> None:
    """Let one process drain, then tell it to stop, then kill it; returns when it has ended."""
    ways = ((signal.SIGUSR1, drain_s + SETTLING_S), (signal.SIGTERM, STOPPING_S), (signal.SIGKILL, None))
    for signum, patience_s in ways:
        with suppress(ProcessLookupError):
            process.send_signal(signum)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience_s)
            return


def _dying_with(parent: int) -> Callable[[], None] | None:
    """What a new process does before anything else, where the kernel can do it: ask to be killed when we die."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # died in between
            os._exit(1)

    return ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said on the command line."""
    parser.add_argument("--count", type=int, help="how many bridges (default: BRIDGES)")
    parser.add_argument("--host", default="127.0.0.1", help="where they listen (default: %(default)s)")
    first = serving.FIRST_BRIDGE_PORT
    parser.add_argument("--base-port", type=int, default=first, help="the first one's port (default: %(default)s)")
    parser.add_argument("--metrics-port", type=int, help="serve this parent's counters on 127.0.0.1 (default: not)")


def posts(*, count: int, host: str, base_port: int, server: str, websockets: str) -> list[Post]:
    """The bridges of this machine: names and ports count up together.

    Raises UnknownServer.
    """
    asked_at = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return [
        Post(
            name=serving.bridge_name(socket.gethostname(), slot),
            host=asked_at,
            port=base_port + slot - 1,
            command=serving.command(server, host=host, port=str(base_port + slot - 1), websockets=websockets),
        )
        for slot in range(1, count + 1)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bridges until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m contactcenter.bridges", description=__doc__.partition("\n")[0])
    add_arguments(parser)
    asked = parser.parse_args(arguments)
    logs.configure({"level": settings.LOG_LEVEL})
    try:
        all_posts = posts(
            count=settings.BRIDGES if asked.count is None else asked.count,
            host=asked.host,
            base_port=asked.base_port,
            server=settings.ASGI_SERVER,
            websockets=settings.WEBSOCKETS,
        )
    except serving.UnknownServer as problem:
        parser.error(str(problem))
    if not all_posts:
        parser.error("There must be at least one bridge: set BRIDGES or --count.")
    if asked.metrics_port:
        start_http_server(asked.metrics_port, addr="127.0.0.1")
    asyncio.run(_run(all_posts, drain_s=settings.DRAIN_S))
    return 0


async def _run(all_posts: Sequence[Post], *, drain_s: float) -> None:
    parent = Parent(all_posts, drain_s=drain_s)
    for signum in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(signum, parent.stop)
    asyncio.get_running_loop().add_signal_handler(REPLACE_SIGNAL, parent.replace)
    await parent.run()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
    sys.exit(main())
