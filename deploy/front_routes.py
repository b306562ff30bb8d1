"""Who answers a request, and what is said about where it came from. Decisions only: no socket, no clock.

The carrier's sockets, and those of test calls, go to the bridges, everything else to the web processes. Whatever a
request claims about where it comes from is thrown away, unless a proxy that is believed says so.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Headers = list[tuple[bytes, bytes]]
Network = IPv4Network | IPv6Network

# A page that holds a test call speaks to the bridges as the carrier does.
STREAM = re.compile(
    rb"/(?:twilio/(?:relay|listen)|(?:twilio/media|phone)(?:/(?P<name>[a-z0-9-]{1,40}))?)/?(?:\?.*)?", re.DOTALL
)
# About this connection only; never passed on (RFC 9110, 7.6.1).
OF_THIS_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade", b"expect"}
ABOUT_THE_ORIGIN = {b"forwarded", b"x-real-ip"}
SCHEMES = {b"http": b"http", b"https": b"https", b"ws": b"http", b"wss": b"https"}


@dataclass(slots=True, eq=False)
class Upstream:
    """One process of the product behind the front, and how many connections it holds for us.

    Who has not begun to answer within `answer_s` is given up. When nobody answers, whoever is worth waiting for is
    asked again and again for `wait_s`.
    """

    name: str
    host: str
    port: int
    answer_s: float
    wait_s: float = 0.0
    open: int = 0


@dataclass(slots=True)
class Routes:
    """Everybody behind the front."""

    web: Sequence[Upstream]
    bridges: Sequence[Upstream]
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    def order(self, target: bytes, *, is_socket: bool) -> list[Upstream]:
        """Who may answer, the best first. `target` is the request line's, still percent-encoded."""
        stream = STREAM.fullmatch(target) if is_socket else None
        if stream is None:
            first = next(self._turn) % len(self.web)
            return [*self.web[first:], *self.web[:first]]
        wanted = (stream["name"] or b"").decode("ascii")
        return sorted(self.bridges, key=lambda bridge: (bridge.name != wanted, bridge.open))


def is_socket(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request asks for a WebSocket."""
    named = list(headers)
    wants = {value.strip().lower() for name, value in named if name.lower() == b"upgrade"}
    return b"websocket" in wants and b"upgrade" in _nominated(named)


def passed_on(headers: Iterable[tuple[bytes, bytes]], *, keep_upgrade: bool) -> Headers:
    """A message's headers for the next hop, in their order and spelling, without what concerns this hop alone."""
    named = list(headers)
    dropped = OF_THIS_HOP | _nominated(named)
    if any(name.lower() == b"transfer-encoding" for name, _ in named):
        dropped |= {b"content-length"}  # RFC 9112, 6.3: the former wins, and the latter must not travel beside it
    dropped -= {b"transfer-encoding", b"host"}
    if keep_upgrade:
        dropped -= {b"connection", b"upgrade"}
    return [(name, value) for name, value in named if name.lower() not in dropped]


def believed(words: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas; a star is everybody. Raises ValueError for anything else."""
    words = words.replace("*", "0.0.0.0/0, ::/0")
    return tuple(ip_network(word.strip()) for word in words.split(",") if word.strip())


def with_origin(headers: Iterable[tuple[bytes, bytes]], *, peer: str, believes: Sequence[Network]) -> Headers:
    """The headers with our own word on who asks, by which scheme and for which host, in place of anybody else's.

    Exactly one address is named, so that whoever reads it, from either end, reads the same.
    """
    named = list(headers)
    claims = [(_plain(name), value) for name, value in named if _is_about_origin(name)]
    kept = [(name, value) for name, value in named if not _is_about_origin(name)]
    address, scheme = _address(peer), b"http"
    peer = str(address or peer)
    host = next((value for name, value in kept if name.lower() == b"host"), b"")
    if address is not None and _is_in(address, believes):
        chain = b",".join(value for name, value in claims if name == b"x-forwarded-for")
        peer = _first_stranger(chain.decode("latin-1"), believes) or peer
        scheme = SCHEMES.get(_last(claims, b"x-forwarded-proto").lower(), scheme)
        host = _last(claims, b"x-forwarded-host") or host
    said = [(b"X-Forwarded-For", peer.encode()), (b"X-Forwarded-Proto", scheme), (b"X-Forwarded-Host", host)]
    return [*kept, *said]


def _nominated(headers: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    """Header names that `Connection` declares to be of this hop."""
    values = [value for name, value in headers if name.lower() == b"connection"]
    return {word.strip().lower() for value in values for word in value.split(b",") if word.strip()}


def _plain(name: bytes) -> bytes:
    return name.lower().replace(b"_", b"-")  # frameworks do not tell the two apart


def _is_about_origin(name: bytes) -> bool:
    plain = _plain(name)
    return plain.startswith(b"x-forwarded-") or plain in ABOUT_THE_ORIGIN


def _last(claims: Headers, name: bytes) -> bytes:
    """The claim of the nearest proxy."""
    values = [value for known, value in claims if known == name]
    return values[-1].rpartition(b",")[2].strip() if values else b""


def _first_stranger(chain: str, believes: Sequence[Network]) -> str:
    """The nearest address that is no believed proxy; the farthest when all are; empty when there is none."""
    nearest = ""
    for word in reversed(chain.split(",")):
        address = _address(word.strip())
        if address is None:
            break  # beyond a word that is no address nothing can be believed
        nearest = str(address)
        if not _is_in(address, believes):
            break
    return nearest


def _address(word: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(word.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
