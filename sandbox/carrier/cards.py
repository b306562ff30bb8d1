"""What a caller keys in for a payment: which pieces there are, and whether one of them can be right.

https://www.twilio.com/docs/voice/twiml/pay and `…/pay/prompt`, whose words for pieces and errors these are.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

TYPES: dict[str, tuple[str, tuple[int, ...]]] = {
    "visa": (r"4", (13, 16, 19)),
    "mastercard": (r"5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720)", (16,)),
    "amex": (r"3[47]", (15,)),
    "discover": (r"6(011|4[4-9]|5)", (16,)),
    "jcb": (r"35(2[89]|[3-8])", (16,)),
    "diners-club": (r"3(0[0-5]|[68])", (14,)),
}
"""How the numbers of each kind of card begin, and how long they are."""

_LONGEST_NUMBER = 19
_USUAL_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a payment: its name on the wire, what asks for it, and the name of its being wrong."""

    name: str
    question: str
    error: str


NUMBER = Piece("payment-card-number", "Please enter your card number.", "invalid-card-number")
EXPIRY = Piece("expiration-date", "Please enter the expiration date, two digits for month and year.", "invalid-date")
CODE = Piece("security-code", "Please enter your security code.", "invalid-security-code")
POSTAL_CODE = Piece("postal-code", "Please enter your postal code.", "invalid-postal-code")
PIECES = (NUMBER, EXPIRY, CODE, POSTAL_CODE)
ERRORS = ("timeout", "invalid-card-type", *(piece.error for piece in PIECES))


def type_of(number: str) -> str:
    """The kind of card, by how its number begins; empty for one nobody knows."""
    return next((name for name, (prefix, _) in TYPES.items() if re.match(prefix, number)), "")


def passes_luhn(number: str) -> bool:
    """The check digit of ISO/IEC 7812 annex B."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return bool(number) and sum(each // 10 + each % 10 for each in doubled) % 10 == 0


def masked(number: str) -> str:
    """All but the last four digits as x."""
    return "x" * (len(number) - 4) + number[-4:]


@dataclass(frozen=True, slots=True)
class Rules:
    """What this payment takes."""

    card_types: tuple[str, ...]
    least_postal_code: int
    today: date

    def complete_at(self, piece: Piece, number: str) -> int:
        """With so many digits the piece needs no finishing key; `number` is the card's, as far as it is known."""
        match piece:
            case _ if piece is NUMBER:
                lengths = TYPES.get(type_of(number), ("", (_USUAL_LENGTH,)))[1]
                return _USUAL_LENGTH if _USUAL_LENGTH in lengths else lengths[0]
            case _ if piece is EXPIRY:
                return 4
            case _ if piece is CODE:
                return 4 if type_of(number) == "amex" else 3
            case _:
                return max(self.least_postal_code, 5)

    def error_in(self, piece: Piece, digits: str, number: str) -> str:
        """The complaint about these digits; empty when there is none."""
        if not digits:
            return "timeout"
        if piece is NUMBER:
            return self._error_in_number(digits)
        checks: dict[str, Callable[[], bool]] = {
            EXPIRY.name: lambda: self._is_ahead(digits),
            CODE.name: lambda: len(digits) == self.complete_at(CODE, number),
            POSTAL_CODE.name: lambda: len(digits) >= max(self.least_postal_code, 1),
        }
        return "" if checks[piece.name]() else piece.error

    def _error_in_number(self, digits: str) -> str:
        kind = type_of(digits)
        lengths = TYPES.get(kind, ("", ()))[1]
        if not passes_luhn(digits) or len(digits) > _LONGEST_NUMBER or (kind and len(digits) not in lengths):
            return NUMBER.error
        return "" if kind in self.card_types else "invalid-card-type"

    def _is_ahead(self, digits: str) -> bool:
        month, year = int(digits[:2]), 2000 + int(digits[2:4] or 0)
        return len(digits) == 4 and 1 <= month <= 12 and (year, month) >= (self.today.year, self.today.month)
