"""Consents in a table for spreadsheets: read strictly, written without formulas."""

from datetime import UTC, datetime
from typing import Any

import pytest

from compliance import consent_rows
from tests.given import CAROL, NOON

GOOD = {
    "number": "(415) 555-2671",
    "kind": "written",
    "person_name": "Carol Reed",
    "channels": "voice; sms",
    "sellers": "Marlow Outdoor; Marlow Boats",
    "purposes": "telemarketing",
    "topic": "tents",
    "captured_at": "2026-11-01T09:30:00",
    "zone": "America/New_York",
    "signature": "Carol Reed",
    "signature_event": "typed_name",
    "text": "I agree.",
    "text_version": "7",
    "text_sha256": "A" * 64,
    "is_box_preticked": "no",
    "is_separate": "yes",
    "source": "https://marlow.example",
    "ip_address": "203.0.113.9",
    "user_agent": "Firefox",
    "lead_chain": "Leads Ltd",
    "verified_by": "ada@example.com",
    "verified_at": "2026-11-02T10:00:00Z",
}


def read(**other: str) -> consent_rows.Row:
    return consent_rows.read(GOOD | other, now=NOON)


def test_a_good_row_is_read() -> None:
    row = read()
    assert row.wrong == []
    assert row.fields["number"] == CAROL
    assert row.fields["captured_at"] == datetime(2026, 11, 1, 14, 30, tzinfo=UTC)
    assert row.fields["sellers"] == ["Marlow Outdoor", "Marlow Boats"]
    assert row.fields["channels"] == ["voice", "sms"]
    assert (row.fields["is_box_preticked"], row.fields["is_separate"]) == (False, True)
    assert row.fields["text_sha256"] == "a" * 64


def test_a_time_brings_its_zone_along() -> None:
    row = read(captured_at="2026-11-01T09:30:00-05:00", zone="")
    assert (row.fields["captured_at"], row.fields["zone"]) == (datetime(2026, 11, 1, 14, 30, tzinfo=UTC), "-05:00")
    assert read(zone="UTC-05:00").fields["captured_at"] == datetime(2026, 11, 1, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"number": "12"}, "is no complete telephone number"),
        ({"number": "=1+1"}, "is no complete telephone number"),
        ({"number": "whatsapp:+14155552671"}, "is no complete telephone number"),
        ({"kind": "signed"}, "“kind” must be one of"),
        ({"kind": ""}, "“kind” must be one of"),
        ({"channels": "fax"}, "“channels” must be some of"),
        ({"purposes": "sales"}, "“purposes” must be some of"),
        ({"captured_at": "yesterday"}, "is no time"),
        ({"captured_at": "0001-01-01T00:00:00Z"}, "not of our time"),
        ({"captured_at": "9999-12-31T23:59:59-12:00"}, "not of our time"),
        ({"captured_at": "2027-01-01T00:00:00Z"}, "is in the future"),
        ({"zone": "", "captured_at": "2026-11-01T09:30:00"}, "has no time zone"),
        ({"zone": "America/Gotham"}, "is no time zone"),
        ({"zone": "../../etc/passwd"}, "is no time zone"),
        ({"zone": "+99:00"}, "is no time zone"),
        ({"is_separate": "maybe"}, "must be yes or no"),
        ({"ip_address": "300.1.1.1"}, "is no IP address"),
        ({"text_sha256": "abc"}, "is no SHA-256"),
        ({"signature_event": "blood"}, "“signature_event” must be one of"),
        ({"signature_event": ""}, "go together"),
        ({"kind": "express"}, "It is signed, but"),
        ({"verified_at": ""}, "go together"),
        ({"verified_at": "2026-10-01T10:00:00Z"}, "before it was given"),
        ({"text": "x" * 20_001}, "is longer than"),
        ({"text": "caf\udce9"}, "not plain text in UTF-8"),
        ({"topic": "a\0b"}, "not plain text in UTF-8"),
    ],
)
def test_what_is_wrong_is_said(other: dict[str, str], sentence: str) -> None:
    assert sentence in " ".join(read(**other).wrong)


def test_the_same_content_has_the_same_name_in_whatever_spelling() -> None:
    assert read().ref == read(number="+14155552671", channels="voice;sms").ref
    assert read().ref != read(topic="boats").ref


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["number", "kind", "number"], "is there twice"),
        (["number", "kind", "colour"], "There is no column “colour”"),
        (["number"], "The column “kind” is missing"),
        ([], "is missing"),
    ],
)
def test_a_first_line_that_is_wrong(names: list[str], sentence: str) -> None:
    assert sentence in " ".join(consent_rows.header_problems(names))


def test_a_good_first_line() -> None:
    assert consent_rows.header_problems([*consent_rows.COLUMNS, *consent_rows.ALSO_WRITTEN]) == []
    assert consent_rows.header_problems([" kind", "number "]) == []


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula_and_what_is_read_back_is_the_same(cell: str) -> None:
    assert consent_rows.safe(cell) == "'" + cell
    assert read(person_name=consent_rows.safe(cell)).fields["person_name"] in (cell, cell.strip())


def test_a_record_is_written() -> None:
    record: dict[str, Any] = dict.fromkeys((*consent_rows.COLUMNS, *consent_rows.ALSO_WRITTEN))
    record |= {"number": CAROL, "sellers": ["A", "B"], "is_separate": True, "captured_at": NOON, "topic": "=1"}
    cells = dict(zip((*consent_rows.COLUMNS, *consent_rows.ALSO_WRITTEN), consent_rows.write(record), strict=True))
    assert (cells["number"], cells["sellers"], cells["is_separate"]) == (f"'{CAROL}", "A; B", "yes")
    assert (cells["captured_at"], cells["topic"], cells["signature"]) == ("2026-11-20T12:00:00+00:00", "'=1", "")
