"""What may be asked of the numbers that are for sale, and what is said of the rest."""

import pytest

from calls.line_rules import searching
from calls.line_rules.searching import NO_VOICE_ON_SHORT_CODES, Search


@pytest.mark.parametrize(
    "search",
    [
        Search(),
        Search("US", "local", "415", "415*00"),
        Search("GB", "mobile", contains="7700"),
        Search("US", "toll-free", contains="PLUMBER"),
        Search("CA", "local", "604", needs_sms=True),
    ],
)
def test_good_searches_are_asked(search: Search) -> None:
    assert searching.check_search(search) == {}


@pytest.mark.parametrize(
    ("search", "field", "said"),
    [
        (Search("USA"), "country", "two letters"),
        (Search("XX"), "country", "two letters"),
        (Search(kind="short-code"), "kind", "text messages only"),
        (Search(kind="pager"), "kind", "Choose local"),
        (Search("GB", area_code="415"), "area_code", "of the US and Canada"),
        (Search(kind="toll-free", area_code="888"), "area_code", "Only local numbers"),
        (Search(area_code="041"), "area_code", "three digits"),
        (Search(area_code="41x"), "area_code", "three digits"),
        (Search(contains="1"), "contains", "2 to 16"),
        (Search(contains="<script>"), "contains", "2 to 16"),
        (Search(contains="4" * 17), "contains", "2 to 16"),
    ],
)
def test_others_are_refused_in_a_sentence_at_their_field(search: Search, field: str, said: str) -> None:
    assert said in searching.check_search(search)[field]


@pytest.mark.parametrize("written", ["12345", "+72020", "911"])
def test_a_short_code_is_never_bought_for_calls(written: str) -> None:
    assert searching.check_number(written) == NO_VOICE_ON_SHORT_CODES


def test_whole_numbers_can_be_bought() -> None:
    assert searching.check_number("+14155550150") == ""
    assert "Write it as" in searching.check_number("4155550150x")


@pytest.mark.parametrize(
    ("typed", "is_right"),
    [
        ("+14155550100", True),
        ("(415) 555-0100", True),
        ("1 415 555 0100", True),
        ("0100", False),
        ("", False),
        ("+14155550101", False),
        ("yes", False),
    ],
)
def test_who_means_it_writes_the_whole_number(typed: str, is_right: bool) -> None:
    assert searching.is_typed_right(typed, "+14155550100") is is_right


def test_a_number_of_another_country_is_written_whole() -> None:
    assert searching.is_typed_right("+44 20 7946 0150", "+442079460150")
    assert not searching.is_typed_right("20 7946 0150", "+442079460150")
