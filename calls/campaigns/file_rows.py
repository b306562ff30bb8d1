"""The rows of a file as it was sent, one after the other: CSV in any usual encoding, or the first sheet of an XLSX.

Nothing is held but the row that is being read, however long the file is. Whatever cannot be read at all is Unreadable.
"""

import codecs
import csv
import datetime as dt
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException

XLSX = "xlsx"
_SAMPLE = 1 << 20
_LONGEST_CELL = 100_000
# A sheet's texts are kept in one table, which must be read as a whole.
_LARGEST_TEXTS = 64 << 20
_LARGEST_SHEET = 4 << 30
_DAMAGED = "This spreadsheet is damaged or protected. Save it again, or save it as CSV."
_EXCEL_FORMULA = "f"


class Unreadable(Exception):
    """This file cannot be read; `str()` says why and what to do, for a person."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be read. `encoding` is `xlsx` for a spreadsheet; `rows` is how many it may hold, by its size."""

    encoding: str
    delimiter: str = ","
    rows: int = 0


def shape_of(file: IO[bytes], *, size: int) -> Shape:
    """Look at the beginning of a file. Raises Unreadable."""
    file.seek(0)
    sample = file.read(_SAMPLE)
    if not sample.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise Unreadable("This file is empty.")
    if sample.startswith(b"PK\x03\x04"):
        return Shape(XLSX, rows=_rows_of_sheet(file))
    if sample.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("This is an old kind of spreadsheet, or one with a password. Save it as XLSX or CSV.")
    encoding = _encoding_of(sample, is_whole=size <= len(sample))
    text = sample.decode(encoding, errors="replace")
    if "\0" in text or text.startswith(("%PDF", "\x1f")):
        raise Unreadable("This is no table. Send a file as CSV or XLSX.")
    lines = max(1, text.count("\n") + (not text.endswith("\n")))
    return Shape(encoding, _delimiter_of(text), rows=max(0, round(lines * size / len(sample)) - 1))


def rows_of(file: IO[bytes], shape: Shape) -> Iterator[list[str]]:
    """Every row as text, the headers first; blank ones are left out. Raises Unreadable where it cannot go on."""
    file.seek(0)
    rows = _rows_of_xlsx(file) if shape.encoding == XLSX else _rows_of_csv(file, shape)
    return (row for row in rows if any(map(str.strip, row)))


# --- text -----------------------------------------------------------------------------------------------------------


def _encoding_of(sample: bytes, *, is_whole: bool) -> str:
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if sample[:200].count(0) > len(sample[:200]) // 4:
        return "utf-16-le" if sample[1:2] == b"\0" else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=is_whole)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter_of(text: str) -> str:
    """What stands between the headers most often."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max((",", ";", "\t", "|"), key=first.count)


def _rows_of_csv(file: IO[bytes], shape: Shape) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    text = TextIOWrapper(file, encoding=shape.encoding, errors="replace", newline="")
    try:
        lines = (line.replace("\0", "\ufffd") for line in text)
        reader = csv.reader(lines, delimiter=shape.delimiter)
        while True:
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise Unreadable(
                    f"After row {reader.line_num} a quotation mark is opened and not closed. Put it right and send "
                    "the file again."
                ) from None
    finally:
        with suppress(ValueError):  # whoever opened the file has closed it already
            text.detach()


# --- spreadsheets -----------------------------------------------------------------------------------------------------


def _rows_of_sheet(file: IO[bytes]) -> int:
    """A guess at how many rows the first sheet holds. Raises Unreadable for what is no sheet or too large a one."""
    try:
        with zipfile.ZipFile(file) as packed:
            sizes = {one.filename: one.file_size for one in packed.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, OverflowError):
        raise Unreadable(_DAMAGED) from None
    if "[Content_Types].xml" not in sizes:
        raise Unreadable("This is an archive, no table. Send a file as CSV or XLSX.")
    sheets = [size for name, size in sizes.items() if name.startswith("xl/worksheets/")]
    if not sheets:
        raise Unreadable(_DAMAGED)
    if sizes.get("xl/sharedStrings.xml", 0) > _LARGEST_TEXTS or max(sheets) > _LARGEST_SHEET:
        raise Unreadable("This spreadsheet is too large to be read as one. Save it as CSV.")
    return max(0, max(sheets) // 200 - 1)


def _rows_of_xlsx(file: IO[bytes]) -> Iterator[list[str]]:
    import openpyxl  # here, for whoever reads such a file: it is large, and every process of ours loads this module
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what it says of its size may be wrong
            for row in sheet.iter_rows():
                yield [_text_of(cell) for cell in row]
        finally:
            book.close()
    except (
        InvalidFileException, zipfile.BadZipFile, zlib.error, lzma.LZMAError, ParseError, DefusedXmlException, KeyError,
        IndexError, ValueError, TypeError, AttributeError, OSError, EOFError, OverflowError, struct.error,
        RuntimeError,  # locked with a password, or packed in a way that is not known
    ):  # fmt: skip
        raise Unreadable(_DAMAGED) from None


def _text_of(cell: Any) -> str:
    """A cell as a person reads it; a formula as one."""
    value = cell.value
    if value is None:
        return ""
    if getattr(cell, "data_type", "") == _EXCEL_FORMULA:
        return f"={value}".replace("==", "=", 1)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value)
