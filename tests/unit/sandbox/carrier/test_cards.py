"""Which digits can be a card, a date, a code."""

from datetime import date

import pytest

from sandbox.carrier import cards
from sandbox.carrier.cards import CODE, EXPIRY, NUMBER, POSTAL_CODE

VISA, MASTERCARD, AMEX, DISCOVER = "4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"
RULES = cards.Rules(("visa", "mastercard", "amex"), least_postal_code=0, today=date(2026, 3, 15))


@pytest.mark.parametrize(
    ("number", "kind"),
    [(VISA, "visa"), (MASTERCARD, "mastercard"), ("2223003122003222", "mastercard"), (AMEX, "amex"), ("9" * 16, "")],
)
def test_the_beginning_tells_the_kind(number, kind):
    assert cards.type_of(number) == kind


@pytest.mark.parametrize("number", [VISA, MASTERCARD, AMEX, DISCOVER])
def test_the_check_digit(number):
    assert cards.passes_luhn(number)
    assert not any(cards.passes_luhn(number[:-1] + digit) for digit in "0123456789" if digit != number[-1])


@pytest.mark.parametrize(
    ("piece", "digits", "error"),
    [
        (NUMBER, VISA, ""),
        (NUMBER, "4111111111111112", "invalid-card-number"),
        (NUMBER, "41111111", "invalid-card-number"),
        (NUMBER, DISCOVER, "invalid-card-type"),
        (NUMBER, "", "timeout"),
        (EXPIRY, "0326", ""),
        (EXPIRY, "0226", "invalid-date"),
        (EXPIRY, "1330", "invalid-date"),
        (EXPIRY, "12", "invalid-date"),
        (CODE, "123", ""),
        (CODE, "12", "invalid-security-code"),
        (POSTAL_CODE, "94105", ""),
    ],
)
def test_each_piece_is_checked(piece, digits, error):
    assert RULES.error_in(piece, digits, VISA) == error


def test_the_security_code_is_as_long_as_the_card_wants():
    assert RULES.error_in(CODE, "1234", AMEX) == ""
    assert (RULES.complete_at(CODE, AMEX), RULES.complete_at(CODE, VISA)) == (4, 3)
    assert (RULES.complete_at(NUMBER, "37"), RULES.complete_at(NUMBER, "41"), RULES.complete_at(NUMBER, "")) == (
        15,
        16,
        16,
    )


def test_only_the_last_four_are_told():
    assert cards.masked(AMEX) == "xxxxxxxxxxx0005"
