"""The rows of files as they are sent: every usual encoding, spreadsheets, and what is no table at all."""

import datetime as dt
import io
import zipfile
from contextlib import suppress
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.campaigns.file_rows import XLSX, Shape, Unreadable, rows_of, shape_of

TEXT = 'Phone,Name\r\n2125550101,Zoë\r\n\r\n2125550102,"Dave, Jr.\nSmith"\r\n'
ROWS = [["Phone", "Name"], ["2125550101", "Zoë"], ["2125550102", "Dave, Jr.\nSmith"]]


def read(content: bytes) -> tuple[Shape, list[list[str]]]:
    file = io.BytesIO(content)
    shape = shape_of(file, size=len(content))
    return shape, list(rows_of(file, shape))


def a_sheet(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def locked(archive: bytes) -> bytes:
    """The same with every member marked as encrypted (APPNOTE 4.4.4, bit 0), as a password inside the archive does."""
    content = bytearray(archive)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(signature, at + 4)
    return bytes(content)


LARGE_SHEET = a_sheet(*([f"2125550{n:03}", f"Name {n * 7919 % 1000}"] for n in range(200)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    assert read(TEXT.encode(encoding))[1] == ROWS


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_a_sheet_with_broken_bytes_is_read_or_refused_in_a_sentence(broken: list[tuple[float, int]]) -> None:
    content = bytearray(LARGE_SHEET)
    for place, byte in broken:
        content[int(place * len(content))] = byte
    with suppress(Unreadable):
        read(bytes(content))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_usual_delimiter_is_found(delimiter: str) -> None:
    shape, rows = read(f"Phone{delimiter}Name\n2125550101{delimiter}Carol\n".encode())
    assert shape.delimiter == delimiter
    assert rows == [["Phone", "Name"], ["2125550101", "Carol"]]


def test_bytes_that_are_no_text_are_marked_in_their_row() -> None:
    good = "".join(f"21255501{k:02},Zoë\n" for k in range(90)) * 800  # the bad one is beyond what is looked at first
    _, rows = read(b"Phone,Name\n" + good.encode() + b"2125550199,\xff\xfe\n2125550198,\0\n")
    assert "\ufffd" in rows[-2][1]
    assert rows[-1] == ["2125550198", "\ufffd"]


def test_a_spreadsheet_is_read_as_people_see_it() -> None:
    day = dt.datetime(2026, 12, 1, tzinfo=None)  # noqa: DTZ001  (spreadsheets know no zones)
    content = a_sheet(["Phone", "When", "Yes", "Share"], [12125550101, day, True, 0.5], [None], ["=A1", "x", None, ""])
    shape, rows = read(content)
    assert shape.encoding == XLSX
    assert rows == [
        ["Phone", "When", "Yes", "Share"],
        ["12125550101", "2026-12-01", "yes", "0.5"],
        ["=A1", "x", "", ""],
    ]


def zipped(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name, text in files.items():
            packed.writestr(name.replace("__", "/"), text)
    return content.getvalue()


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (b"%PDF-1.7 and so on", "no table"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0", "no table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old kind"),
        (b"PK\x03\x04 and nothing of it", "damaged"),
        (zipped(a="x"), "archive"),
        (zipped(**{"[Content_Types].xml": "<x/>"}), "damaged"),
        (zipped(**{"[Content_Types].xml": BOMB, "xl__worksheets__sheet1.xml": BOMB}), "damaged"),
        (a_sheet(["Phone"], ["2125550101"])[:-200], "damaged"),
        (locked(a_sheet(["Phone"], ["2125550101"])), "damaged"),
        (b'Phone,Name\n2125550101,"Carol\n' + b"x" * 120_000, "quotation mark"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(content: bytes, word: str) -> None:
    with pytest.raises(Unreadable) as problem:
        read(content)
    assert word in str(problem.value)
    assert str(problem.value).endswith(".")


def test_a_guess_at_how_many_rows() -> None:
    assert 900 <= read(b"Phone\n" + b"2125550101\n" * 1000)[0].rows <= 1100
