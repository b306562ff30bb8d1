"""Numbers that are for sale: a few dozen in each place, always the same, all of them for fiction.

US and Canada: 555-01xx; Great Britain: the ranges that Ofcom keeps for drama; the others: nobody's.
"""

from dataclasses import dataclass

from sandbox.carrier.geography import guess
from sandbox.carrier.state import Carrier

_AREAS = {
    "US": ("212", "206", "305", "312", "404", "415", "503", "512", "617", "718"),
    "CA": ("416", "514", "604"),
}
# Country -> kind -> how its numbers begin, and how many digits follow.
_ELSEWHERE = {
    "GB": {"Local": ("+442079460", 3), "Mobile": ("+447700900", 3), "TollFree": ("+448081570", 3)},
    "DE": {"Local": ("+4930231250", 2), "Mobile": ("+4917139200", 2)},
}
_TOLL_FREE = ("888", "877", "833")
# What a month costs, by the names of the pricing API.
PRICES = {
    "US": {"local": "1.15", "toll free": "2.15"},
    "CA": {"local": "1.15", "toll free": "2.15"},
    "GB": {"local": "1.15", "mobile": "1.15", "toll free": "2.15"},
    "DE": {"local": "1.15", "mobile": "15.00"},
}
_KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


@dataclass(frozen=True, slots=True)
class Listing:
    """A number for sale."""

    e164: str
    country: str
    locality: str
    region: str
    mms: bool


def kinds_of(country: str) -> set[str]:
    """The kinds of numbers that a country has here; none for a country without a market."""
    if country in _AREAS:
        return {"Local", "TollFree"}
    return set(_ELSEWHERE.get(country, ()))


def listings(carrier: Carrier, *, country: str, kind: str, area_code: str = "", contains: str = "") -> list[Listing]:
    """What is for sale there and fits, in the order of its digits."""
    owned = {number.e164 for number in carrier.numbers.values()} | carrier.lines.sold
    found = [e164 for e164 in _every(country, kind, area_code) if e164 not in owned and _fits(e164, contains)]
    return [_listing(e164, country, kind) for e164 in sorted(found)]


def is_for_sale(carrier: Carrier, e164: str) -> bool:
    """Can this number be bought now?"""
    owned = {number.e164 for number in carrier.numbers.values()} | carrier.lines.sold
    every = (one for country in (*_AREAS, *_ELSEWHERE) for kind in kinds_of(country) for one in _every(country, kind))
    return e164 not in owned and e164 in every


def _every(country: str, kind: str, area_code: str = "") -> list[str]:
    if country not in _AREAS:
        begin, digits = _ELSEWHERE[country][kind]
        return [f"{begin}{rest:0{digits}d}" for rest in range(10**digits)][:100]
    areas = _TOLL_FREE if kind == "TollFree" else _AREAS[country]
    return [f"+1{area}55501{rest:02d}" for area in areas if area_code in ("", area) for rest in range(20, 100)]


def _fits(e164: str, contains: str) -> bool:
    digits, wanted = e164.lstrip("+"), contains.upper().translate(_KEYS)
    return any(
        all(mark in ("*", digit) for mark, digit in zip(wanted, digits[start:], strict=False))
        for start in range(len(digits) - len(wanted) + 1)
    )


def _listing(e164: str, country: str, kind: str) -> Listing:
    city, state, _, _ = guess(e164) if kind == "Local" else ("", "", "", "")
    return Listing(e164, country, city.title(), state, mms=kind == "Local" and country in _AREAS)
