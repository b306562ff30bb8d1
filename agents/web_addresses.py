"""Which addresses of the web a tool may ask: decided before a packet leaves, for a URL and again for what it leads to.

A URL is what an admin has written; `target` takes it apart, and refuses whatever two programs could read differently.
A name says nothing of where it leads, so each address it leads to is judged as well (`problem_with`), and the judged
one is connected to. Ranges: IANA's registries of special-purpose addresses (RFC 6890 and what was added to them).
"""

import ipaddress
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

LONGEST_URL = 2_000
PORTS = {"https": 443, "http": 80}
# Where https is served. Another port needs its line in TOOL_ALLOWED_HOSTS.
_USUAL_PORTS = frozenset({443, 8443})
_URL = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://(?P<place>[^/?]*)(?P<path>/[^?]*)?(?P<query>\?.*)?")
_PLACE = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>[1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_VISIBLE = re.compile(r"[!-~]*")
# Names that lead into a house, a machine or a cloud's own wires, whatever a resolver makes of them.
_INSIDE = frozenset({
    "localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "test",
    "invalid", "example", "onion", "arpa",
})  # fmt: skip
_FOUR = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # a public address at which Azure's machines find their own wires
    )
)
_SIX_OPEN = ipaddress.IPv6Network("2000::/3")
_SIX = tuple(
    ipaddress.IPv6Network(net)
    # Teredo, ORCHID, documentation, 6to4: addresses that hold others, or none.
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


class Refused(Exception):
    """This may not be asked; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked where. `host` is a name or an address, in lower-case ASCII; `path` has the query with it."""

    scheme: str
    host: str
    port: int
    path: str
    is_excepted: bool = False  # TOOL_ALLOWED_HOSTS names it: it may be private, and plain

    @property
    def place(self) -> str:
        """As the `Host` header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target(url: str, *, allowed: Collection[str] = ()) -> Target:
    """Take a URL apart; `allowed` are pairs of `host:port` that may be private. Raises Refused."""
    if len(url) > LONGEST_URL:
        raise Refused(f"An address may have {LONGEST_URL} characters.")
    if any(sign.isspace() or unicodedata.category(sign) in ("Cc", "Cs") for sign in url):
        raise Refused("There is white space or a control character in the address.")
    if "\\" in url or "#" in url:
        raise Refused("An address has no backslash and no # in it.")
    if (found := _URL.fullmatch(url)) is None:
        raise Refused("This is no address. It must look like https://api.example.com/orders.")
    scheme = found["scheme"].lower()
    if scheme not in PORTS:
        raise Refused("Only https is asked.")
    path = (found["path"] or "/") + (found["query"] or "")
    if not _VISIBLE.fullmatch(path):
        raise Refused("Letters beyond ASCII must be written with percent signs in the path.")
    host, port = _host_and_port(found["place"], scheme)
    is_excepted = f"{host}:{port}" in allowed
    if not is_excepted:
        if scheme != "https":
            raise Refused("Only https is asked: what is sent must not be read on the way.")
        if port not in _USUAL_PORTS:
            raise Refused(f"Port {port} is not asked. Names with other ports than 443 stand in TOOL_ALLOWED_HOSTS.")
        if problem := _problem_with_host(host):
            raise Refused(problem)
    return Target(scheme, host, port, path, is_excepted=is_excepted)


def _host_and_port(place: str, scheme: str) -> tuple[str, int]:
    if "@" in place or "%" in place:
        raise Refused("There is a user name or a percent sign before the path. Secrets belong into headers.")
    if (found := _PLACE.fullmatch(place)) is None:
        raise Refused("There is no host in the address, or its port is no port.")
    port = int(found["port"] or PORTS[scheme])
    if port > 65_535:
        raise Refused("There is no such port.")
    if found["six"] is not None:
        try:
            return str(ipaddress.IPv6Address(found["six"])), port
        except ValueError:
            raise Refused("What stands in brackets is no address.") from None
    return _plain_name(found["name"]), port


def _plain_name(name: str) -> str:
    """A host as a resolver is asked for it; refused when programs differ about what it means."""
    try:
        plain = unicodedata.normalize("NFKC", name).encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise Refused("The host is no name.") from None
    plain = plain.removesuffix(".")
    labels = plain.split(".")
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused("The host is no name.")
    # Decimal, octal, hexadecimal and short spellings of an address end in a number (WHATWG URL, 4.1).
    if labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        try:
            return str(ipaddress.IPv4Address(plain))
        except ValueError:
            raise Refused("An address of numbers has four of them, without zeros before them.") from None
    return plain


def _problem_with_host(host: str) -> str:
    if ":" in host or host.rpartition(".")[2].isdigit():
        return problem_with(host)
    labels = host.split(".")
    if len(labels) < 2 or labels[-1] in _INSIDE:
        return "A name of this kind leads into a house or a machine, not to the web."
    return ""


def problem_with(address: str) -> str:
    """Why nobody may connect to this IP address, as a sentence; empty when one may."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return "This is no IP address."
    if isinstance(one, ipaddress.IPv4Address):
        is_open = not any(one in net for net in _FOUR)
    elif one.scope_id is not None:
        is_open = False
    elif one in _NAT64:
        return problem_with(str(ipaddress.IPv4Address(int(one) & 0xFFFF_FFFF)))
    else:
        is_isatap = (int(one) >> 32) & 0xFFFF_FFFF in _ISATAP
        is_open = one in _SIX_OPEN and not is_isatap and not any(one in net for net in _SIX)
    return "" if is_open else f"{address} is a private, local or special address: nothing is sent there."
