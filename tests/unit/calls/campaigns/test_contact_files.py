"""What columns and rows of a file of contacts mean, and what is said of those that mean nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.campaigns import contact_files
from calls.campaigns.contact_files import ContactRow, Problem, headers, read, suggest, wrong_with

COLUMNS = ["Phone", "Name", "State", "Zone", "Order"]
MAPPING = {"0": "number", "1": "name", "2": "address_state", "3": "address_zone", "4": "field"}


def row(*cells: str, **more: Any) -> ContactRow | Problem:
    return read(cells, columns=COLUMNS, mapping=more.get("mapping", MAPPING), region="US")


def test_headers_are_told_apart() -> None:
    assert headers(["Phone", " phone ", "", "PHONE", "\ufeffName"]) == [
        "Phone", "phone (2)", "Column 3", "PHONE (3)", "Name",
    ]  # fmt: skip
    assert len(headers(["x"] * 500)) == contact_files.MOST_COLUMNS


def test_columns_are_guessed_by_their_names() -> None:
    assert suggest(["Full Name", "Mobile Number", "TZ", "state", "Order", "Phone"]) == {
        "0": "name", "1": "number", "2": "address_zone", "3": "address_state", "4": "field", "5": "field",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mapping", "word"),
    [
        ({"0": "name"}, "telephone number"),
        ({"0": "number", "1": "number"}, "Two columns"),
        ({"9": "number"}, "does not fit"),
        ({"0": "password"}, "does not fit"),
    ],
    ids=str,
)
def test_a_mapping_that_does_not_work_is_said(mapping: dict[str, str], word: str) -> None:
    assert word in wrong_with(mapping, COLUMNS)[0]


def test_a_whole_row() -> None:
    expected = ContactRow("+12125550101", "Carol Reed", "TX", "America/Chicago", {"Order": "A-7"})
    assert row("(212) 555-0101", " Carol\u200b Reed ", "texas", "America/Chicago", "A-7") == expected
    assert wrong_with(MAPPING, COLUMNS) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+1 212-555-0101", "+12125550101"),
        ("2125550101", "+12125550101"),
        ("12125550101.0", "+12125550101"),
        ("tel:+12125550101", "+12125550101"),
        ("1 (212) 555 0101", "+12125550101"),
    ],
)
def test_numbers_in_every_spelling(text: str, number: str) -> None:
    found = row(text)
    assert isinstance(found, ContactRow)
    assert found.number == number


@pytest.mark.parametrize(
    ("cells", "column", "word"),
    [
        ((), "Phone", "missing"),
        (("",), "Phone", "missing"),
        (("555-01",), "Phone", "complete"),
        (("not a number",), "Phone", "complete"),
        (("1.21255E+10",), "Phone", "shortened"),
        (("whatsapp:+12125550101",), "Phone", "not a telephone number"),
        (("=A1",), "Phone", "formula"),
        (("2125550101", "=cmd|' /C calc'!A0"), "Name", "formula"),
        (("2125550101", "@SUM(1)"), "Name", "formula"),
        (("2125550101", "Ca\ufffdrol"), "Name", "UTF-8"),
        (("2125550101", "x" * 121), "Name", "longer"),
        (("2125550101", "", "Atlantis"), "State", "no state"),
        (("2125550101", "", "", "Mars/Olympus"), "Zone", "no time zone"),
        (("2125550101", "", "", "", "", "", "more"), "", "more cells"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_of_its_column(cells: tuple[str, ...], column: str, word: str) -> None:
    found = row(*cells)
    assert isinstance(found, Problem)
    assert found.column == column
    assert word in found.sentence
    assert found.sentence.endswith(".")


def test_what_is_left_out_is_not_even_looked_at() -> None:
    assert row("2125550101", "=1+1", mapping={"0": "number", "1": ""}) == ContactRow("+12125550101")


@given(st.lists(st.text(max_size=200), max_size=8))
def test_whatever_stands_there_is_a_contact_or_a_sentence(cells: list[str]) -> None:
    found = row(*cells)
    if isinstance(found, Problem):
        assert found.sentence
    else:
        assert found.number.startswith("+")


@given(st.text(max_size=30) | st.text(alphabet=" abc\t\n\x00\x7f\u00a0\u200b\u00e9", max_size=12))
def test_a_plain_cell_is_cleaned_as_any_other(text: str) -> None:
    letter_by_letter = "".join(
        " " if one in "\t\r\n\v\f" else one for one in text if contact_files._is_seen(one)
    ).strip()
    assert contact_files.clean(text) == letter_by_letter
