"""Whether keyed digits are what was asked for."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.voice import digit_checks

DIGITS = st.text("0123456789", max_size=12)


@pytest.mark.parametrize("digits", ["4111111111111111", "79927398713", "0", "18"])
def test_a_right_check_digit(digits: str) -> None:
    assert digit_checks.has_luhn_digit(digits)


@pytest.mark.parametrize("digits", ["4111111111111112", "79927398710", "", "12a4", "4111 1111"])
def test_a_wrong_check_digit(digits: str) -> None:
    assert not digit_checks.has_luhn_digit(digits)


@given(DIGITS.filter(bool), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(digits: str, place: int, by: int) -> None:
    (right,) = [digits + last for last in "0123456789" if digit_checks.has_luhn_digit(digits + last)]
    place %= len(right)
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    assert not digit_checks.has_luhn_digit(wrong)


def test_a_cards_number_is_told_from_an_order_number() -> None:
    assert digit_checks.looks_like_card("4111111111111111")
    assert digit_checks.looks_like_card("378282246310005")
    assert not digit_checks.looks_like_card("4111111111111112")
    assert not digit_checks.looks_like_card("79927398713")


@pytest.mark.parametrize(
    ("pattern", "digits", "is_fit"),
    [
        (r"\d{6}", "123456", True),
        (r"\d{6}", "12345", False),
        ("12[3-5]{2,3}", "12345", True),
        ("12[3-5]{2,3}", "12666", False),
        ("7|8{2}", "88", True),
        ("7|8{2}", "78", False),
        ("1?2*3+", "33", True),
        ("1?2*3+", "12", False),
        ("^4.{3}$", "4999", True),
        ("[19]{2,}", "199191", True),
    ],
)
def test_patterns(pattern: str, digits: str, is_fit: bool) -> None:
    assert digit_checks.fits(pattern, digits) is is_fit


@given(st.from_regex(r"\A(\[[0-4]-[5-9]\]|[0-9]|\\d)(\{[0-3],[3-6]\}|\{[0-4]\}|[?+*])?([0-9](\{2\})?)?\Z"), DIGITS)
def test_patterns_mean_what_they_mean_elsewhere(pattern: str, digits: str) -> None:
    assert digit_checks.fits(pattern, digits) == bool(re.fullmatch(pattern, digits))


@pytest.mark.parametrize("pattern", ["(a+)+", r"\w", "[", "{3}", "x", "(1|2)", "*7", "#", "1{3,1}", "1" * 200])
def test_anything_else_is_no_pattern(pattern: str) -> None:
    with pytest.raises(digit_checks.UnknownPattern):
        digit_checks.check_pattern(pattern)


def test_no_pattern_takes_long() -> None:
    began = time.perf_counter()
    assert not digit_checks.fits(r"\d*" * 32 + "2", "1" * 32)
    assert time.perf_counter() - began < 1
