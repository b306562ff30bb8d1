"""Whom one can dial: a phone number, `client:identity` or `sip:user@host`, and who that is without its extras."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.carrier.twiml_schema import E164

LONGEST = 255
# Error 31105 of the carrier: no control characters, no space, none of the delimiters and unwise ones of RFC 2396.
_CLIENT = re.compile(r"client:[^\x00-\x20\x7f<>#%\"{}|\\^\[\]`?]{1,121}")
_SIP = re.compile(r"sips?:[^\s@;?]+@[A-Za-z0-9.:-]+")


@dataclass(frozen=True, slots=True)
class Address:
    """One party: `who` identifies it, `parameters` are what the caller hands over (`client:anna?order=7`)."""

    who: str
    kind: str  # phone, client, sip or whatsapp
    parameters: tuple[tuple[str, str], ...] = ()
    options: str = ""  # of a SIP address: what stands behind the host, before the headers (`;transport=tls`)


def read(text: str) -> Address | None:
    """The address in a text; None when nobody can be dialled by it."""
    if len(text) > LONGEST:
        return None
    if E164.fullmatch(text):
        return Address(text, "phone")
    if text.startswith("whatsapp:"):
        return Address(text, "whatsapp") if E164.fullmatch(text.removeprefix("whatsapp:")) else None
    who, _, query = text.partition("?")
    if _CLIENT.fullmatch(who):
        return Address(who, "client", tuple(parse_qsl(query)))
    who, _, options = who.partition(";")
    if _SIP.fullmatch(who):
        return Address(who, "sip", tuple(parse_qsl(query)), options)
    return None
