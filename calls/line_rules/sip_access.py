"""Who may call through a trunk or a SIP domain: user names with passwords, and addresses that are let in.

Source: https://www.twilio.com/docs/voice/sip/api/sip-credential-resource and …/sip-ipaddress-resource.
"""

import ipaddress
import re

from calls.line_rules.sip import is_inside

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
MOST_ENTRIES = 100
WIDEST_PREFIX = 16
_WIDE = 24
_USER_NAME = re.compile(r"[A-Za-z0-9._~+-]{1,32}")


def check_user_name(name: str) -> str:
    """Why a user name cannot be taken, as a sentence; empty when it can."""
    return "" if _USER_NAME.fullmatch(name) else "1 to 32 letters, digits and the marks . _ ~ + -."


def check_password(password: str, *, user_name: str = "") -> str:
    """Why a password cannot be taken, as a sentence that does not hold it; empty when it can."""
    has_all = all(re.search(kind, password) for kind in (r"[a-z]", r"[A-Z]", r"[0-9]"))
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or not has_all:
        return f"At least {SHORTEST_PASSWORD} characters, with small and capital letters and digits."
    if not password.isascii() or not password.isprintable():
        return "Letters, digits and marks of an English keyboard only."
    if user_name and user_name.lower() in password.lower():
        return "The user name must not stand in it."
    return ""


def read_network(text: str) -> tuple[str, int]:
    """An address or a network as (address, prefix length). Raises ValueError with a sentence."""
    address, slash, prefix = text.strip().partition("/")
    try:
        found = ipaddress.IPv4Address(address)
    except ValueError:
        raise ValueError("Write an IPv4 address as the carrier sees it: 203.0.113.7 or 203.0.113.0/29.") from None
    if slash and not (prefix.isascii() and prefix.isdigit() and len(prefix) < 3 and int(prefix) <= 32):
        raise ValueError("Behind the / stands a number up to 32: 203.0.113.0/29.")
    length = int(prefix) if slash else 32
    if length < WIDEST_PREFIX:
        raise ValueError(f"/{length} lets in far too many. /{WIDEST_PREFIX} is the widest that is taken.")
    if is_inside(found):
        raise ValueError(f"{address} is an address inside a network. Write the one by which the world sees it.")
    network = ipaddress.IPv4Network((found, length), strict=False)
    return str(network.network_address), length


def warning_of(prefix: int) -> str:
    """What to say of a wide network; empty for a narrow one."""
    return f"/{prefix} lets in {2 ** (32 - prefix)} addresses." if prefix < _WIDE else ""
