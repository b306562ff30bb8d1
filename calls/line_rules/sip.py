"""SIP addresses: read as people and the carrier write them, and refused in words.

Source: RFC 3261 section 19.1; https://www.twilio.com/docs/sip-trunking#origination.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote

from calls.line_rules.edges import EDGES, PRIVATE_EDGES

LONGEST_URI = 255
TRANSPORTS = ("udp", "tcp", "tls")
SIPS_ADVICE = "The carrier takes no sips: address. Write sip: and add ;transport=tls, which encrypts the signalling."
_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE
)
# https://developers.openai.com/api/docs/guides/realtime-sip: the second is that of projects in Europe.
MODEL_HOSTS = ("sip.api.openai.com", "sip-eu.api.openai.com")
_OF_THE_MODEL = (*MODEL_HOSTS, "api.openai.com", "eu.api.openai.com")
MODEL_ADVICE = "The model is called at sip:proj_…@sip.api.openai.com;transport=tls, your project's id before the @."
_USER = re.compile(r"[\w.!~*'()&=+$,;?/%-]{1,100}", re.ASCII)
_HEADER = re.compile(r"X-[A-Za-z0-9-]{1,60}")
_VALUE = re.compile(r"[\w.!~*'()+%-]{1,200}", re.ASCII)
# Nobody outside reaches these (RFC 6890); addresses for documentation are left alone.
_INSIDE = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3"),
    )
)


class UnableToRead(ValueError):
    """Not an address as it must be; `str()` says what to write, for a person."""


@dataclass(frozen=True, slots=True)
class SipAddress:
    """Who is meant where. `host` in small letters."""

    user: str
    host: str


@dataclass(frozen=True, slots=True)
class Target:
    """An origination address: a machine of ours that the carrier sends a trunk's calls to."""

    user: str
    host: str
    port: int | None
    transport: str  # empty: udp
    edge: str
    headers: tuple[tuple[str, str], ...]

    @property
    def is_encrypted(self) -> bool:
        """True when the signalling is."""
        return self.transport == "tls"


def is_inside(address: ipaddress.IPv4Address) -> bool:
    """True for an address that only one's own network reaches."""
    return any(address in net for net in _INSIDE)


def read_address(text: str) -> SipAddress | None:
    """`sip:user@host` with whatever follows it, as a webhook has it; None when it is none."""
    scheme, colon, rest = text.strip().partition(":")
    if not colon or scheme.lower() not in ("sip", "sips") or len(text) > LONGEST_URI * 2:
        return None
    user, at, host = rest.partition("@")
    if not at:
        user, host = "", rest
    host = re.split(r"[:;?>]", host, maxsplit=1)[0].strip().lower()
    return SipAddress(unquote(user.partition(";")[0]), host) if host else None


def read_target(text: str) -> Target:
    """An origination address as people write it. Raises UnableToRead."""
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    if scheme.lower() == "sips" and colon:
        raise UnableToRead(SIPS_ADVICE)
    if scheme.lower() != "sip" or not colon or any(mark in text for mark in " \t\r\n<>\"'"):
        raise UnableToRead("Write a SIP address: sip:pbx.example.com, sip:203.0.113.7:5061;transport=tls.")
    if len(text) >= LONGEST_URI:
        raise UnableToRead(f"A SIP address has fewer than {LONGEST_URI} characters.")
    place, question, query = rest.partition("?")
    where, *params = place.split(";")
    user, at, host = where.rpartition("@")
    if at and not _USER.fullmatch(user):
        raise UnableToRead("Before the @ there may be letters, digits and the marks of SIP addresses only.")
    host, port = _host_and_port(host)
    transport, edge = _params(params)
    if host in _OF_THE_MODEL and (host not in MODEL_HOSTS or transport != "tls" or not user.startswith("proj_")):
        raise UnableToRead(MODEL_ADVICE)
    return Target(user, host, port, transport, edge, _headers(query) if question else ())


def _host_and_port(text: str) -> tuple[str, int | None]:
    host, colon, port = text.lower().partition(":")
    if colon and not (port.isascii() and port.isdigit() and len(port) < 6 and 1 <= int(port) <= 65535):
        raise UnableToRead("A port is a number from 1 to 65535; an IPv6 address is not taken.")
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        if not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():
            raise UnableToRead("Name a host that the carrier finds: pbx.example.com or 203.0.113.7.") from None
    else:
        if is_inside(address):
            raise UnableToRead(f"{host} is an address inside a network: the carrier cannot reach it.")
    return host, int(port) if colon else None


def _params(params: list[str]) -> tuple[str, str]:
    found: dict[str, str] = {}
    for param in params:
        name, _, value = param.partition("=")
        name, value = name.lower(), value.lower()
        if name in found:
            raise UnableToRead(f"{name} stands there twice.")
        if name == "region":
            raise UnableToRead("region is the old name. Write ;edge= with one of: " + ", ".join(EDGES) + ".")
        if name == "secure":
            raise UnableToRead("secure is set on the trunk, for all of its addresses. Here write ;transport=tls.")
        if name == "transport" and value not in TRANSPORTS:
            raise UnableToRead("transport is udp, tcp or tls.")
        if name == "edge" and value not in EDGES + PRIVATE_EDGES:
            raise UnableToRead("edge is one of: " + ", ".join(EDGES) + ".")
        if name not in ("transport", "edge"):
            raise UnableToRead(f"“;{name[:30]}” is not known here. There are ;transport= and ;edge=.")
        found[name] = value
    return found.get("transport", ""), found.get("edge", "")


def _headers(query: str) -> tuple[tuple[str, str], ...]:
    headers: dict[str, str] = {}
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if not _HEADER.fullmatch(name) or not equals:
            raise UnableToRead("Behind ? stand headers whose names begin with X-: ?X-Site=berlin&X-Line=2.")
        if name.lower().startswith("x-twilio-"):
            raise UnableToRead("Headers that begin with X-Twilio- are the carrier's own.")
        if not _VALUE.fullmatch(value):
            raise UnableToRead(f"{name}: letters, digits and -_.!~*'()+ only; anything else as %20.")
        if name.lower() in {known.lower() for known in headers}:
            raise UnableToRead(f"{name} stands there twice.")
        headers[name] = value
    return tuple(headers.items())
