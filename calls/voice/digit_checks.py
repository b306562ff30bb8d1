"""Whether keyed digits are what was asked for.

A pattern comes from the model, so it is none of Python's regular expressions: a few pieces one after the other, read
from left to right, in a time that grows with the length of the digits and of the pattern only.
"""

import re
from dataclasses import dataclass

# A piece is a digit, `\d`, `.`, or a set in brackets; how often it may stand is written behind it.
_PIECE = re.compile(
    r"(?:(?P<any>\\d|\.)|\[(?P<set>[0-9](?:-?[0-9])*)\]|(?P<one>[0-9]))"
    r"(?:\{(?P<least>[0-9]{1,2})(?P<comma>,(?P<most>[0-9]{1,2})?)?\}|(?P<sign>[?+*]))?"
)
_LONGEST_PATTERN = 100
_MOST_OFTEN = 99
_DIGITS = frozenset("0123456789")

# Lengths of payment cards' numbers, and the digits they begin with (ISO/IEC 7812).
_CARD_LENGTHS = range(13, 20)
_CARD_BEGINNINGS = frozenset("23456")


class UnknownPattern(ValueError):
    """The pattern is none that is understood here."""


@dataclass(frozen=True, slots=True)
class _Piece:
    allowed: frozenset[str]
    least: int
    most: int


def has_luhn_digit(digits: str) -> bool:
    """True when the last digit is the check digit of those before it (ISO/IEC 7812-1, annex B)."""
    if not digits or not set(digits) <= _DIGITS:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def looks_like_card(digits: str) -> bool:
    """True for what is most likely the number of a payment card: it is nothing for our books."""
    return len(digits) in _CARD_LENGTHS and digits[0] in _CARD_BEGINNINGS and has_luhn_digit(digits)


def check_pattern(pattern: str) -> None:
    """Raises UnknownPattern."""
    _read(pattern)


def fits(pattern: str, digits: str) -> bool:
    """True when the pattern describes all of the digits. Raises UnknownPattern."""
    return any(_fits(pieces, digits) for pieces in _read(pattern))


def _read(pattern: str) -> list[list[_Piece]]:
    """The pattern's alternatives."""
    if len(pattern) > _LONGEST_PATTERN:
        raise UnknownPattern(pattern[:_LONGEST_PATTERN])
    return [_pieces(part) for part in pattern.removeprefix("^").removesuffix("$").split("|")]


def _pieces(text: str) -> list[_Piece]:
    pieces, at = [], 0
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None:
            raise UnknownPattern(text)
        pieces.append(_piece(found))
        at = found.end()
    return pieces


def _piece(found: re.Match[str]) -> _Piece:
    if found["any"]:
        allowed = _DIGITS
    elif found["set"]:
        allowed = _members(found["set"])
    else:
        allowed = frozenset(found["one"])
    if found["sign"]:
        least, most = {"?": (0, 1), "+": (1, _MOST_OFTEN), "*": (0, _MOST_OFTEN)}[found["sign"]]
    elif found["least"]:
        least = int(found["least"])
        most = int(found["most"] or _MOST_OFTEN) if found["comma"] else least
    else:
        least = most = 1
    if least > most:
        raise UnknownPattern(found[0])
    return _Piece(allowed, least, most)


def _members(text: str) -> frozenset[str]:
    members: set[str] = set()
    for first, last in re.findall(r"(\d)(?:-(\d))?", text):
        members.update(str(digit) for digit in range(int(first), int(last or first) + 1))
    return frozenset(members)


def _fits(pieces: list[_Piece], digits: str) -> bool:
    """Every place that could be reached, piece by piece."""
    places = {0}
    for piece in pieces:
        reached: set[int] = set()
        for start in places:
            run = start
            while run < len(digits) and digits[run] in piece.allowed and run - start < piece.most:
                run += 1
            reached.update(range(start + piece.least, run + 1))
        places = reached
    return len(digits) in places
