"""How a file is written: its encoding, its lines and its columns, found once from its beginning."""

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from compliance.list_files.cells import cells, read_answer, read_change, read_date, read_number

HEAD_BYTES = 1 << 16
LONGEST_LINE = 1 << 16
_SAMPLE = 50
_DIGITS = 7  # no heading has as many
_MOSTLY = 0.6  # of the first lines must have a number in a column before it is taken for one


class Contents(StrEnum):
    """What the lines of a file are."""

    NUMBERS = "numbers"
    CHANGES = "changes"  # numbers to add and to take away
    ANSWERS = "answers"  # a number, the date asked about, and the answer


class Unreadable(Exception):
    """The file as a whole cannot be taken; the words are for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written, found once from its beginning and kept with the import."""

    encoding: str
    newline: str
    delimiter: str
    has_header: bool
    numbers: tuple[int, ...]  # the columns that hold whole numbers
    area: int = -1  # area code and the other seven digits in two columns, as the FTC delivers them
    change: int = -1
    answer: int = -1
    asked: int = -1

    def as_json(self) -> dict[str, Any]:
        """For the import's row."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Layout":
        """As it was kept."""
        return cls(**{**kept, "numbers": tuple(kept["numbers"])})


_MAGIC = {
    b"PK\x03\x04": "This is a spreadsheet or an archive. Save the numbers as CSV, or send one text file in a zip.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel or Word file. Save the numbers as CSV.",
    b"%PDF": "This is a PDF. Save the numbers as CSV or as plain text.",
    b"\x1f\x8b": "This is packed twice. Unpack it once and send it again.",
    b"\x89PNG": "This is a picture, not a list of numbers.",
    b"\xff\xd8\xff": "This is a picture, not a list of numbers.",
    b"\x7fELF": "This is a program, not a list of numbers.",
    b"{": "This looks like JSON. Save the numbers as CSV.",
    b"<": "This looks like XML or a web page. Save the numbers as CSV or as plain text.",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NUMBER_HEADS = re.compile(
    r"(customer|contact|home|work|cell|mobile|primary|other|alternate|daytime|evening|business|listed|dnc)?"
    r"(tele)?(phone|cellphone|mobile|cell|tel|tn|telephone|msisdn|e164|ani|number|phonenumber|telephonenumber"
    r"|mobilenumber|cellnumber|phoneno|fullnumber|fullphonenumber)[0-9]?"
)
_AREA_HEADS = frozenset({"area", "areacode", "npa", "acode"})
_LOCAL_HEADS = frozenset(
    {"localnumber", "local", "number", "phone", "phonenumber", "nxxxxxx", "subscriber", "exchange"}
)
_CHANGE_HEADS = frozenset({"action", "change", "changetype", "type", "operation", "op", "status", "flag", "adddelete"})
_ANSWER_HEADS = frozenset({"answer", "result", "response", "status", "disconnected", "reassigned", "resultcode"})
_ASKED_HEADS = frozenset(
    {"date", "dateasked", "askeddate", "consentdate", "asked", "querydate", "inputdate", "calldate"}
)


def find_layout(head: bytes, contents: Contents) -> Layout:
    """How a file is written, from its first 64 KB. Raises Unreadable with a sentence."""
    if not head.strip(b"\0 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise Unreadable("The file is empty.")
    for magic, sentence in _MAGIC.items():
        if head.removeprefix(codecs.BOM_UTF8).lstrip()[:8].startswith(magic):
            raise Unreadable(sentence)
    encoding = _encoding(head)
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    control = sum(character < " " and character not in "\t\r\n\x1a" for character in text)
    if control > len(text) // 200:
        raise Unreadable("This is not a text file.")
    newline = "\n" if "\n" in text else "\r"
    lines = [line for line in (line.strip("\r\n\x1a") for line in text.split(newline)) if line.strip()]
    if len(head) >= HEAD_BYTES:
        lines = lines[:-1]  # cut in the middle
    if not lines or any(len(line) > LONGEST_LINE for line in lines):
        raise Unreadable("The lines are too long for a list of numbers.")
    delimiter = _delimiter(lines[:_SAMPLE])
    rows = [cells(line, delimiter) for line in lines[:_SAMPLE]]
    return _columns(rows, contents, Layout(encoding, newline, delimiter, has_header=False, numbers=()))


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise Unreadable("The file is in UTF-32. Save it as UTF-8.")
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        halves = (head[0::2].count(0), head[1::2].count(0))
        most = len(head) // 2 * 0.9
        if halves[1] >= most > halves[0]:
            return "utf-16-le"
        if halves[0] >= most > halves[1]:
            return "utf-16-be"
        raise Unreadable("This is not a text file.")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(lines: Sequence[str]) -> str:
    def columns(mark: str) -> tuple[int, int]:
        counts = [len(cells(line, mark)) for line in lines]
        usual = max(set(counts), key=lambda count: (counts.count(count), count))
        return (counts.count(usual) if usual > 1 else 0, usual)

    best = max(",;\t|", key=columns)
    return best if columns(best)[0] else ","


def _columns(rows: list[list[str]], contents: Contents, bare: Layout) -> Layout:
    """Which column is what: by the names in the first line if there are any, else by what stands in them."""
    heads = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in rows[0]]
    holds_number = any(sum(character.isdigit() for character in cell) >= _DIGITS for cell in rows[0])
    is_named = not holds_number and any(re.search("[a-z]", name) for name in heads)
    body = rows[1:] if is_named else rows
    if not body:
        raise Unreadable("There is a line of headings and nothing below it.")
    found: dict[str, Any] = {"has_header": is_named, "numbers": (), "area": -1, "change": -1, "answer": -1, "asked": -1}
    if is_named:
        found |= _by_name(heads)
    if not found["numbers"]:
        found |= _by_content(body)
    if not found["numbers"]:
        raise Unreadable("No column holds telephone numbers. Each line should have one, of ten digits.")
    if contents is Contents.CHANGES and found["change"] < 0:
        found["change"] = _fitting(body, lambda cell: read_change(cell) is not None)
        if found["change"] < 0:
            raise Unreadable("A file of changes needs a column that says A (add) or D (delete) for each number.")
    if contents is Contents.ANSWERS:
        for name, test in (
            ("answer", lambda c: read_answer(c) is not None),
            ("asked", lambda c: read_date(c) is not None),
        ):
            if found[name] < 0:
                found[name] = _fitting(body, test, but=(*found["numbers"], found["answer"]))
        if found["answer"] < 0 or found["asked"] < 0:
            raise Unreadable(
                "Each line needs a number, the date that was asked about, and the answer: yes, no or no data."
            )
        if len(found["numbers"]) > 1:
            raise Unreadable("More than one column holds telephone numbers. Keep the one that was asked about.")
    return Layout(bare.encoding, bare.newline, bare.delimiter, **found)


def _by_name(heads: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    areas = [n for n, name in enumerate(heads) if name in _AREA_HEADS]
    for key, names in (("change", _CHANGE_HEADS), ("answer", _ANSWER_HEADS), ("asked", _ASKED_HEADS)):
        places = [n for n, name in enumerate(heads) if name in names]
        if len(places) == 1:
            found[key] = places[0]
        elif len({heads[n] for n in places}) < len(places):
            raise Unreadable(f"Two columns are named {heads[places[0]]}. Rename or remove one.")
    if len(areas) > 1:
        raise Unreadable("Two columns are named as area code. Rename or remove one.")
    if areas:
        locals_ = [n for n, name in enumerate(heads) if name in _LOCAL_HEADS]
        if len(locals_) != 1:
            raise Unreadable("There is a column of area codes; exactly one other must hold the local numbers.")
        return found | {"area": areas[0], "numbers": (locals_[0],)}
    return found | {"numbers": tuple(n for n, name in enumerate(heads) if _NUMBER_HEADS.fullmatch(name))}


def _by_content(body: list[list[str]]) -> dict[str, Any]:
    """Every column that looks like numbers: a list that bars is better too long than too short."""
    width = max(len(row) for row in body)
    numbers = tuple(place for place in range(width) if _fits(body, place, lambda cell: read_number(cell) is not None))
    if numbers:
        return {"numbers": numbers}
    area = _fitting(body, lambda cell: re.fullmatch(r"\s*[2-9][0-9]{2}\s*", cell) is not None)
    local = _fitting(body, lambda cell: re.fullmatch(r"\s*[2-9][0-9]{2}-?[0-9]{4}\s*", cell) is not None)
    return {"area": area, "numbers": (local,)} if area >= 0 and local >= 0 else {}


def _fitting(body: list[list[str]], test: Callable[[str], bool], but: tuple[int, ...] = ()) -> int:
    """The first column in which most lines pass a test; -1 when there is none."""
    places = range(max(len(row) for row in body))
    return next((place for place in places if place not in but and _fits(body, place, test)), -1)


def _fits(body: list[list[str]], place: int, test: Callable[[str], bool]) -> bool:
    return sum(place < len(row) and test(row[place]) for row in body) >= len(body) * _MOSTLY
