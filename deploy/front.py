"""The front of one machine: one address for everybody, and behind it web processes and bridges.

It stands where production has a load balancer, in `make demo`, `make serve` and the tests: it passes requests on to the
web processes in turn, the carrier's sockets to the bridges, and knows nothing of what is said in them. A process behind
it that dies takes its own connections with it and no others.
"""

import argparse
import asyncio
import logging
import resource
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import h11
from uvloop import new_event_loop

from deploy import front_routes
from deploy.front_exchange import LARGEST_HEAD, BrokenOff, Exchange, Unanswered, next_event
from deploy.front_routes import Network, Routes, Upstream
from deploy.front_wire import LAST_BYTES_S, Wire

# For the first request of a connection; who says nothing, or half a request, is not waited for.
HEAD_S = 10.0
IDLE_S = 75.0
# A bridge accepts or refuses a socket before it asks anybody anything; one that does not is stopped, or spins.
HANDSHAKE_S = 2.0
# One that was killed is started anew at once and has loaded by then; no other need be there.
SUCCESSOR_S = 4.0
ANSWER_S = 60.0
# Connections without a request, fresh and idle ones; beyond that the one that has waited longest goes.
MOST_WAITING = 1000
MOST_FILES = 65_536
GRACE_S = 10.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

log = logging.getLogger("front")


class Front:
    """Answers connections until it is stopped. It believes the forwarded headers of proxies in `believes`."""

    def __init__(self, routes: Routes, *, believes: Sequence[Network] = ()) -> None:
        self._routes = routes
        self._believes = believes
        self._waiting: dict[Wire, None] = {}  # in the order in which they began to wait
        self._served: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Begin; connections are answered from now on. Raises OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Wire(on_made=self._accept), host, port, backlog=1024)

    async def finish(self) -> None:
        """End in good order what is under way. You must have closed the server."""
        self._is_stopping = True
        for wire in list(self._waiting):
            wire.close()
        if self._served:
            await asyncio.wait(self._served)

    def _accept(self, wire: Wire) -> None:
        task = asyncio.create_task(self._serve(wire))
        self._served.add(task)
        task.add_done_callback(self._served.discard)

    async def _serve(self, wire: Wire) -> None:
        near = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        try:
            within_s = HEAD_S
            while await self._answer_one(near, wire, within_s=within_s) and not self._is_stopping:
                within_s = IDLE_S
        except (BrokenOff, h11.ProtocolError):
            wire.reset()
        except TimeoutError:
            pass  # nothing was asked for in time
        except Exception:  # a fault with one connection is no other's
            log.exception("a connection failed")
            wire.reset()
        finally:
            wire.close()

    async def _answer_one(self, near: h11.Connection, wire: Wire, *, within_s: float) -> bool:
        """Answer the next request; whether there may be another one on this connection."""
        try:
            request = await self._next_request(near, wire, within_s=within_s)
        except h11.RemoteProtocolError as problem:
            refuse(near, wire, problem.error_status_hint, "This is not a request we understand.")
            return False
        if request is None:
            return False
        if request.method == b"CONNECT":
            refuse(near, wire, 405, "We connect to nobody else.")
            return False
        is_socket = front_routes.is_socket(request.headers)
        exchange = Exchange(wire, near, head=self._head(request, wire.peer, is_socket), is_socket=is_socket)
        if not exchange.has_body:
            near.next_event()  # the end of the message, which h11 has ready
        try:
            await exchange.run(self._routes.order(request.target, is_socket=is_socket))
        except Unanswered as problem:
            log.warning("answered %s for nobody did: %s", problem.status, beginning(request.target))
            refuse(near, wire, problem.status, str(problem))
        if near.their_state is h11.SEND_BODY:
            await _take_the_rest(near, wire)
        if near.our_state is not h11.DONE or near.their_state is not h11.DONE:
            return False
        near.start_next_cycle()
        return True

    async def _next_request(self, near: h11.Connection, wire: Wire, *, within_s: float) -> h11.Request | None:
        self._waiting[wire] = None
        if len(self._waiting) > MOST_WAITING:
            next(iter(self._waiting)).reset()
        try:
            event = await next_event(near, wire, within_s=within_s)
        finally:
            del self._waiting[wire]
        if not isinstance(event, h11.Request):
            return None
        if len(event.target) + sum(len(name) + len(value) + 4 for name, value in event.headers) > LARGEST_HEAD:
            raise h11.RemoteProtocolError("head too large", error_status_hint=431)
        return event

    def _head(self, request: h11.Request, peer: str, is_socket: bool) -> h11.Request:
        """The request as the process behind is to see it: the same words, and our word on where it came from."""
        headers = front_routes.passed_on(request.headers.raw_items(), keep_upgrade=is_socket)
        if request.http_version < b"1.1" and not any(name.lower() == b"host" for name, _ in headers):
            headers.insert(0, (b"Host", b"localhost"))  # HTTP/1.0 knows none, and what is behind insists
        if not is_socket:
            headers.append((b"Connection", b"close"))
        headers = front_routes.with_origin(headers, peer=peer, believes=self._believes)
        return h11.Request(method=request.method, target=request.target, headers=headers)


def refuse(near: h11.Connection, wire: Wire, status: int, sentence: str) -> None:
    """Answer with a sentence of our own, where an answer can still be given; the connection ends with it."""
    if near.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
        return
    body = f"{sentence}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    answer = h11.Response(status_code=status, headers=[*headers, ("Connection", "close")])
    for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
        wire.write(near.send(event) or b"")


def beginning(target: bytes) -> str:
    """As much of an address as may be logged: what follows may be the secret of a link."""
    return b"/".join(target.partition(b"?")[0].split(b"/")[:3])[:60].decode("ascii", "replace")


async def _take_the_rest(near: h11.Connection, wire: Wire) -> None:
    """Read what is left of a body nobody wants, for a moment: closing on somebody who still sends loses the answer."""
    with suppress(TimeoutError, BrokenOff, h11.ProtocolError):
        async with asyncio.timeout(LAST_BYTES_S):
            while near.their_state is h11.SEND_BODY:
                await next_event(near, wire, within_s=None)


async def run(front: Front, *, host: str, port: int) -> None:
    """Answer until told to stop; told again, stop at once."""
    asked, asked_again = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        (asked_again if asked.is_set() else asked).set()

    for signum in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(signum, stop)
    server = await front.listen(host, port)
    await asked.wait()
    server.close()
    ways_out = {asyncio.create_task(front.finish()), asyncio.create_task(asked_again.wait())}
    await asyncio.wait(ways_out, timeout=GRACE_S, return_when=asyncio.FIRST_COMPLETED)


def make_room() -> None:
    """Let as many files be open as we may have: every connection takes two."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def upstream(words: str, *, answer_s: float, wait_s: float = 0.0) -> Upstream:
    """An upstream as written on the command line: `NAME=HOST:PORT`, or `HOST:PORT`. Raises ValueError."""
    name, equals, where = words.rpartition("=")
    host, _, port = where.rpartition(":")
    return Upstream(name if equals else where, host.strip("[]"), int(port), answer_s, wait_s)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the front; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.front", description=__doc__.partition("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--web", action="append", required=True, metavar="HOST:PORT", help="a web process")
    parser.add_argument("--bridge", action="append", required=True, metavar="NAME=HOST:PORT", help="a bridge")
    parser.add_argument("--believe", default="", metavar="ADDRESSES", help="proxies whose X-Forwarded headers count")
    asked = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.INFO)
    try:
        web = [upstream(words, answer_s=ANSWER_S) for words in asked.web]
        bridges = [upstream(words, answer_s=HANDSHAKE_S, wait_s=SUCCESSOR_S) for words in asked.bridge]
        believes = front_routes.believed(asked.believe)
    except ValueError as problem:
        parser.error(str(problem))
    make_room()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run(Front(Routes(web, bridges), believes=believes), host=asked.host, port=asked.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
