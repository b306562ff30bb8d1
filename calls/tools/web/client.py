"""The connection to a tool's server: to the address that was judged, and to no other.

A name is asked for once, everything it leads to is judged, and one of those addresses is connected to, with the name in
the certificate and in `Host`. So an answer that changes between two questions changes nothing (DNS rebinding). Nothing
is followed, no proxy of the environment is used, nothing is unpacked, and a cord ends it all when the time is over,
however slowly the other side speaks.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agents import web_addresses
from agents.web_addresses import Target
from calls.tools.web.request import LARGEST_ANSWER, Request

__all__ = ["LARGEST_ANSWER", "Reply", "Unanswered", "ask"]

EVENTS = "text/event-stream"
_PART = 16 * 1024  # bytes
_MOST_ADDRESSES = 3
_CONNECT_S = 2.0  # for one of several addresses
# The server was not reached, or says that it has done nothing: it may be asked again.
_AGAIN = frozenset({429, 502, 503, 504})


class Unanswered(Exception):
    """No answer came that may be used; `str()` says why, for people.

    `is_over`: it may have done its work, or not. `may_repeat`: it has done nothing, and may be asked again.
    """

    def __init__(self, words: str, *, is_over: bool = False, may_repeat: bool = False) -> None:
        super().__init__(words)
        self.is_over, self.may_repeat = is_over, may_repeat


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, as it came. The names of `headers` are in small letters."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class _Line(http.client.HTTPConnection):
    """One connection to one address, whatever its name leads to."""

    def __init__(self, target: Target, address: str, *, timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._target, self._address = target, address
        self._cord: socket.socket | None = None
        self.was_cut = False

    def connect(self) -> None:
        """Connect to the address that was judged, and to nothing else."""
        sock = socket.create_connection((self._address, self._target.port), self.timeout)
        self._cord = sock.dup()  # the same connection by another handle: what wraps the first does not hold it up
        if self._target.scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self._target.host)
        self.sock = sock

    def cut(self) -> None:
        """The time is over, whatever is being waited for."""
        self.was_cut = True
        if self._cord is not None:
            try:
                self._cord.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it had ended by itself

    def let_go(self) -> None:
        """It is over. (`close` comes earlier, from within, when an answer will end the connection.)"""
        self.close()
        if self._cord is not None:
            self._cord.close()


def ask(request: Request, *, timeout_s: float, retries: int = 0) -> Reply:
    """Ask, again when the server has done nothing, within the time there is. Raises Unanswered."""
    until = time.monotonic() + timeout_s
    addresses = _judged(request.target, until)
    for tries_left in range(retries, -1, -1):
        try:
            return _asked_once(request, addresses, until)
        except Unanswered as problem:
            pause_s = 0.2 * (retries - tries_left + 1)
            if not (problem.may_repeat and tries_left) or time.monotonic() + pause_s >= until:
                raise
        time.sleep(pause_s)
    raise AssertionError("the last try returns or raises")


def _judged(target: Target, until: float) -> list[str]:
    """Where the name leads to, if all of it may be asked. One address inside among others is a trick, not a server."""
    addresses = _looked_up(target, until)
    if not target.is_excepted:
        for address in addresses:
            if problem := web_addresses.problem_with(address):
                raise Unanswered(f"{target.host} leads inside: {problem}")
    return addresses[:_MOST_ADDRESSES]


def _looked_up(target: Target, until: float) -> list[str]:
    """In a thread of its own, because a resolver keeps no time."""
    found: list[list[str]] = []

    def look() -> None:
        try:
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            rows = []
        found.append(list(dict.fromkeys(str(row[4][0]) for row in rows)))

    thread = threading.Thread(target=look, name="resolver", daemon=True)
    thread.start()
    thread.join(max(until - time.monotonic(), 0.0))
    if not found:
        raise Unanswered(f"It took too long to find out where {target.host} is.")
    if not found[0]:
        raise Unanswered(f"Nobody knows where {target.host} is.")
    return found[0]


def _asked_once(request: Request, addresses: list[str], until: float) -> Reply:
    problem = Unanswered("There is no time left.")
    for address in addresses:
        left_s = until - time.monotonic()
        if left_s <= 0:
            break
        is_last = address == addresses[-1]
        line = _Line(request.target, address, timeout_s=left_s if is_last else min(left_s, _CONNECT_S))
        cord = threading.Timer(left_s, line.cut)
        cord.daemon = True
        cord.start()
        try:
            line.connect()
            return _spoken_with(line, request)
        except ssl.SSLError as error:
            problem = Unanswered(f"No safe connection to {request.target.host}: {error.reason or 'TLS failed'}.")
        except OSError as error:
            problem = Unanswered(f"{request.target.host} was not reached: {type(error).__name__}.", may_repeat=True)
        finally:
            cord.cancel()
            line.let_go()
    raise problem


def _spoken_with(line: _Line, request: Request) -> Reply:
    host = request.target.host
    try:
        line.putrequest(request.method, request.target.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": request.target.place, **request.headers}.items():
            line.putheader(name, value)
        if request.body or request.method != "GET":
            line.putheader("Content-Length", str(len(request.body)))
        line.putheader("Connection", "close")
        line.endheaders(request.body or None)
        reply = _read(line.getresponse(), request)
        if line.was_cut:  # what is cut looks like an end
            raise TimeoutError
        return reply
    except (OSError, http.client.HTTPException, ValueError) as error:
        if line.was_cut or isinstance(error, TimeoutError):
            raise Unanswered(f"{host} did not answer in time.", is_over=True) from error
        raise Unanswered(f"{host} broke off: {type(error).__name__}.", is_over=True) from error


def _read(response: http.client.HTTPResponse, request: Request) -> Reply:
    status, host = response.status, request.target.host
    if 300 <= status < 400:
        raise Unanswered(f"{host} answered with a redirect ({status}), which is not followed.")
    if status in _AGAIN:
        raise Unanswered(f"{host} is overloaded or away ({status}).", may_repeat=True)
    if response.getheader("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Unanswered(f"{host} answered with something packed, which was not asked for.", is_over=True)
    if (response.length or 0) > request.largest:
        raise _too_much(request)
    kind = response.getheader("Content-Type", "")
    if request.is_enough is not None and kind.partition(";")[0].strip().lower() == EVENTS:
        body = _until(request.is_enough, response, request)
    else:
        body = response.read(request.largest + 1)
        if len(body) > request.largest:
            raise _too_much(request)
        if response.length:  # bytes that were promised and did not come
            raise http.client.IncompleteRead(body, response.length)
    return Reply(status, kind, body, {name.lower(): value for name, value in response.getheaders()})


def _until(is_enough: Callable[[bytes], bool], response: http.client.HTTPResponse, request: Request) -> bytes:
    """A stream of events, until what was asked for is in it; whoever sends it may keep it open for ever."""
    body = bytearray()
    while part := response.read1(_PART):
        body += part
        if len(body) > request.largest:
            raise _too_much(request)
        if is_enough(part):
            break
    return bytes(body)


def _too_much(request: Request) -> Unanswered:
    return Unanswered(f"{request.target.host} answered with more than {request.largest // 1024} KB.", is_over=True)
