"""The request that asks for a WebSocket, read; and the answers that are not one (RFC 6455, section 4.2)."""

import base64
import binascii
import http.client
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

Headers = Sequence[tuple[bytes, bytes]]
_KEY_BYTES = 16


class BadUpgrade(Exception):
    """The request does not ask for a WebSocket as it should. `answer` is what is said to it."""

    def __init__(self, why: str, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST, headers: Headers = ()) -> None:
        super().__init__(why)
        self.answer = answer(status, headers, why.encode())


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was asked for. `request` is the least that asks for the same, whatever else the client wrote."""

    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    key: bytes
    subprotocols: list[str] = field(default_factory=list)

    @property
    def request(self) -> bytes:
        """Clients write `Connection: keep-alive, Upgrade` and much more; not every parser wants to see that."""
        return (
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + self.key + b"\r\n\r\n"
        )


def read(request: bytes) -> Upgrade:
    """A whole request as the HTTP parser before us has written it anew. Raises BadUpgrade."""
    first, *lines = request.removesuffix(b"\r\n\r\n").split(b"\r\n")
    try:
        method, target, version = first.split(b" ")
        headers = [_header(line) for line in lines]
    except ValueError:
        raise BadUpgrade("malformed request") from None
    if (method, version) != (b"GET", b"HTTP/1.1"):
        raise BadUpgrade("a WebSocket is asked for by GET and HTTP/1.1")
    if b"websocket" not in _words(headers, b"upgrade") or b"upgrade" not in _words(headers, b"connection"):
        raise BadUpgrade("no upgrade to websocket")
    if _values(headers, b"sec-websocket-version") != [b"13"]:
        known = [(b"sec-websocket-version", b"13")]
        raise BadUpgrade("unknown WebSocket version", status=HTTPStatus.UPGRADE_REQUIRED, headers=known)
    keys = _values(headers, b"sec-websocket-key")
    if len(keys) != 1 or not _is_key(keys[0]):
        raise BadUpgrade("no key, or none of the right size")
    path, _, query = target.partition(b"?")
    offered = b",".join(_values(headers, b"sec-websocket-protocol")).decode("latin-1")
    return Upgrade(path, query, headers, keys[0], [one.strip() for one in offered.split(",") if one.strip()])


def answer(status: int, headers: Iterable[tuple[bytes, bytes]] = (), body: bytes = b"") -> bytes:
    """A whole HTTP response, after which the connection is closed."""
    given = [(name.lower(), value) for name, value in headers]
    named = {name for name, _ in given}
    usual = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    lines = [f"HTTP/1.1 {int(status)} {http.client.responses.get(status, '')}".encode()]
    lines += [name + b": " + value for name, value in (*given, *(one for one in usual if one[0] not in named))]
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise ValueError("a header must not contain a line break")
    return b"\r\n".join((*lines, b"", body))


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise ValueError
    return name.lower(), value.strip()


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for one, value in headers if one == name]


def _words(headers: Headers, name: bytes) -> list[bytes]:
    return [word.strip().lower() for value in _values(headers, name) for word in value.split(b",")]


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False
