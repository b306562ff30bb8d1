"""What stands in the lines of a file, some megabytes at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from compliance.list_files.cells import cells, read_answer, read_change, read_date, read_number, why_no_number
from compliance.list_files.layout import LONGEST_LINE, Contents, Layout, Unreadable

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was not taken."""

    row: int
    text: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the Reassigned Numbers Database."""

    number: int
    asked: date
    answer: str


@dataclass(slots=True)
class Piece:
    """What stands in some lines."""

    rows: int = 0
    numbers: list[int] = field(default_factory=list)
    changes: list[tuple[int, int, bool]] = field(default_factory=list)  # number, row, taken away
    answers: list[Answer] = field(default_factory=list)
    ready: bytes = b""  # whole numbers, one a line: a plain file is not taken apart
    ready_rows: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """Numbers found."""
        return self.ready_rows + len(self.numbers) + len(self.changes) + len(self.answers)


_TEN_LINE = re.compile(rb'^(?!"?[2-9][0-9]{2}[2-9][0-9]{6}"?\r?$)', re.MULTILINE)
_PAIR_LINE = re.compile(rb'^(?!"?[2-9][0-9]{2}"?,"?[2-9][0-9]{6}"?\r?$)', re.MULTILINE)


def cut(block: bytes, layout: Layout, *, is_last: bool) -> int:
    """How many bytes of a block are whole lines. Raises Unreadable when a line has no end."""
    wide = layout.encoding.startswith("utf-16")
    mark = layout.newline.encode(layout.encoding)
    if is_last:
        return len(block) - (len(block) % 2 if wide else 0)
    at = block.rfind(mark)
    while wide and at >= 0 and at % 2:
        at = block.rfind(mark, 0, at + 1)
    if at < 0 and len(block) > LONGEST_LINE * 4:
        raise Unreadable("A line of the file has no end. This is not a list of numbers.")
    return at + len(mark) if at >= 0 else 0


def read(block: bytes, layout: Layout, contents: Contents, *, first_row: int, today: date) -> Piece:
    """What stands in a block of whole lines; `first_row` is the number of its first line, from 1."""
    if first_row == 1 and layout.encoding.startswith("utf"):
        block = block.removeprefix("\ufeff".encode(layout.encoding))
    if (piece := _plain(block, layout, contents, first_row)) is not None:
        return piece
    piece = Piece()
    text = block.decode(layout.encoding, "replace")
    lines = text.split(layout.newline)
    if lines and not lines[-1]:
        lines.pop()
    for row, written in enumerate(lines, first_row):
        piece.rows += 1
        line = written.strip("\r\n\x1a\0")
        if not line.strip() or (row == 1 and layout.has_header):
            continue
        if len(line) > LONGEST_LINE:
            piece.problems.append(Problem(row, line[:_SHOWN], "This line is too long."))
            continue
        _read_line(line, row, layout, contents, today, piece)
    return piece


def _plain(block: bytes, layout: Layout, contents: Contents, first_row: int) -> Piece | None:
    """A block in which every line is ten digits, or three and seven, goes on as it is."""
    if contents is not Contents.NUMBERS or layout.encoding.startswith("utf-16"):
        return None
    if layout.newline != "\n" or (first_row == 1 and layout.has_header) or not block.endswith(b"\n"):
        return None
    if layout.area < 0 and layout.numbers == (0,):
        other = _TEN_LINE
    elif layout.area == 0 and layout.numbers == (1,) and layout.delimiter == ",":
        other = _PAIR_LINE
    else:
        return None
    odd = other.search(block, 0, len(block) - 1)
    if odd is not None:
        return None
    ready = b"1" + block.translate(None, b'",\r')[:-1].replace(b"\n", b"\n1") + b"\n"
    rows = block.count(b"\n")
    return Piece(rows=rows, ready=ready, ready_rows=rows)


def _read_line(line: str, row: int, layout: Layout, contents: Contents, today: date, piece: Piece) -> None:
    found = cells(line, layout.delimiter)

    def cell(place: int) -> str:
        return found[place] if 0 <= place < len(found) else ""

    def refuse(sentence: str) -> None:
        piece.problems.append(Problem(row, line[:_SHOWN].replace("\0", ""), sentence))

    numbers = list(_numbers(found, layout))
    if not numbers:
        return refuse(why_no_number(cell(layout.area) + cell(layout.numbers[0])))
    if contents is Contents.NUMBERS:
        return piece.numbers.extend(numbers)
    if contents is Contents.CHANGES:
        change = read_change(cell(layout.change))
        if change is None:
            return refuse("This line does not say whether the number is added (A) or deleted (D).")
        return piece.changes.extend((number, row, change) for number in numbers)
    asked, answer = read_date(cell(layout.asked)), read_answer(cell(layout.answer))
    if asked is None:
        return refuse("The date that was asked about is missing or not a date (2026-11-28).")
    if asked > today:
        return refuse("The date that was asked about lies in the future.")
    if answer is None:
        return refuse("The answer must be yes, no or no data. An error is not an answer: ask again.")
    piece.answers.append(Answer(numbers[0], asked, answer))
    return None


def _numbers(found: list[str], layout: Layout) -> Iterator[int]:
    for place in layout.numbers:
        if place >= len(found):
            continue
        text = found[place]
        if layout.area >= 0:
            text = found[layout.area].strip() + text.strip() if layout.area < len(found) else ""
        number = read_number(text)
        if number is not None:
            yield number
