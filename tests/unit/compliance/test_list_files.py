"""Files of numbers as people send them, and as nobody should."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance import list_files
from compliance.list_files import Contents, Layout, Piece, Unreadable

TODAY = date(2026, 11, 20)


def read(content: bytes, contents: Contents = Contents.NUMBERS, *, piece: int = 1 << 20) -> tuple[list[int], Piece]:
    """Read a file in pieces of some size, as an import does: the numbers, and everything else in one."""
    layout = list_files.find_layout(content[: list_files.HEAD_BYTES], contents)
    assert Layout.from_json(layout.as_json()) == layout
    whole, rest, row = Piece(), b"", 1
    for start in range(0, len(content) + 1, piece):
        fresh = content[start : start + piece]
        is_last = len(fresh) < piece
        block = rest + fresh
        cut = list_files.cut(block, layout, is_last=is_last)
        rest = block[cut:]
        found = list_files.read(block[:cut], layout, contents, first_row=row, today=TODAY)
        row += found.rows
        whole.rows += found.rows
        whole.numbers += [*map(int, found.ready.split()), *found.numbers]
        whole.changes += found.changes
        whole.answers += found.answers
        whole.problems += found.problems
    return whole.numbers, whole


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("2125550123", 12125550123),
        ("12125550123", 12125550123),
        ("+12125550123", 12125550123),
        (" (212) 555-0123 ", 12125550123),
        ("212.555.0123", 12125550123),
        ("1-212-555-0123", 12125550123),
        ("+1 212 555 0123", 12125550123),
        ("tel:+12125550123", 12125550123),
        ("'2125550123", 12125550123),
        ('="2125550123"', 12125550123),
        ("2125550123.0", 12125550123),
        ("212\u2011555\u20110123", 12125550123),
        ("+442071838750", 442071838750),
        ("1125550123", None),
        ("0125550123", None),
        ("2121550123", None),
        ("212555012", None),
        ("21255501234", None),
        ("+1212555012", None),
        ("+2125550123", 2125550123),
        ("5550123", None),
        ("", None),
        ("2.12555E+09", None),
        ("=2125550123+1", None),
        ("=HYPERLINK(1)", None),
        ("٢١٢٥٥٥٠١٢٣", None),
        ("２１２５５５０１２３", None),
        ("+99999999999999999999", None),
        ("nobody", None),
    ],
)
def test_a_cell_is_a_number_or_it_is_not(cell: str, number: int | None) -> None:
    assert list_files.read_number(cell) == number


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        (b"2125550123\n2125550124\n", [12125550123, 12125550124]),
        (b"2125550123\n2125550124", [12125550123, 12125550124]),
        (b"2125550123\r\n2125550124\r\n", [12125550123, 12125550124]),
        (b"2125550123\r2125550124\r", [12125550123, 12125550124]),
        (b"212,5550123\n212,5550124\n", [12125550123, 12125550124]),
        (b'"212","5550123"\r\n"212","5550124"\r\n', [12125550123, 12125550124]),
        (b"Area Code\tNumber\n212\t555-0123\n212\t5550124\n", [12125550123, 12125550124]),
        (b"phone\n2125550123\n", [12125550123]),
        (b"\xef\xbb\xbfphone\n2125550123\n", [12125550123]),
        (b"\xef\xbb\xbf2125550123\n2125550124\n", [12125550123, 12125550124]),
        (b"id,name,Phone 1,Phone 2\n2125550111,Ana,2125550123,2125550124\n", [12125550123, 12125550124]),
        (b"phone,phone\n2125550123,2125550124\n", [12125550123, 12125550124]),
        (b"when;who\n2026;2125550123\n2027;2125550124\n", [12125550123, 12125550124]),
        (b"2026112812,2125550123\n2026112813,2125550124\n", [12026112812, 12125550123, 12026112813, 12125550124]),
        (b'"Ruiz, Ana",2125550123\n"O""Neil",2125550124\n', [12125550123, 12125550124]),
        (b'2125550123\n"2125550124\n2125550125\n2125550126\n', [12125550123, 12125550124, 12125550125, 12125550126]),
        (b"2125550123\n\n\n2125550124\n\x1a", [12125550123, 12125550124]),
        ("phone\n2125550123\n2125550124\n".encode("utf-16"), [12125550123, 12125550124]),
        ("2125550123\r\n2125550124\r\n".encode("utf-16-be"), [12125550123, 12125550124]),
        ("n\xe4me,phone\nZo\xeb,2125550123\n".encode("latin-1"), [12125550123]),
    ],
)
@pytest.mark.parametrize("piece", [1 << 20, 7, 2])
def test_files_as_people_send_them(content: bytes, numbers: list[int], piece: int) -> None:
    found, whole = read(content, piece=piece)
    assert (found, whole.problems) == (numbers, [])


def test_problems_name_their_line() -> None:
    numbers, whole = read(b'phone\n2125550123\n2.1E+09\n\n=1+1\n5550123\n2125550124\n""\n', piece=9)
    assert numbers == [12125550123, 12125550124]
    assert [(one.row, one.text, one.sentence.split(".")[0]) for one in whole.problems] == [
        (3, "2.1E+09", "A spreadsheet has shortened this number"),
        (5, "=1+1", "This is a formula, not a telephone number"),
        (6, "5550123", "The area code is missing"),
        (8, '""', "There is no telephone number in this line"),
    ]


@pytest.mark.parametrize(
    ("content", "contents", "sentence"),
    [
        (b"", Contents.NUMBERS, "The file is empty."),
        (b"\0" * 100, Contents.NUMBERS, "The file is empty."),
        (b"2125550123\n\0\0\1\2\3\4\5", Contents.NUMBERS, "This is not a text file."),
        (b"\xff\xfe\0\0" + "2125550123\n".encode("utf-32-le"), Contents.NUMBERS, "The file is in UTF-32."),
        (b"<html><body>Sign in</body></html>", Contents.NUMBERS, "This looks like XML or a web page."),
        (b'{"numbers": [2125550123]}', Contents.NUMBERS, "This looks like JSON."),
        (b"PK\x03\x04...", Contents.NUMBERS, "This is a spreadsheet or an archive."),
        (b"a,b\n1,2\n", Contents.NUMBERS, "No column holds telephone numbers."),
        (b"area,npa,number\n212,212,5550123\n", Contents.NUMBERS, "Two columns are named as area code."),
        (b"area,name\n212,5550123\n", Contents.NUMBERS, "There is a column of area codes"),
        (b"2125550123\n", Contents.CHANGES, "A file of changes needs a column"),
        (b"2125550123,2026-01-01\n", Contents.ANSWERS, "Each line needs a number, the date"),
        (b"phone,date,answer,answer\n2125550123,2026-01-01,yes,no\n", Contents.ANSWERS, "Two columns are named answer"),
        (b"2125550123,2125550124,2026-01-01,yes\n", Contents.ANSWERS, "More than one column"),
        (b"phone1,phone2,date,answer\n2125550123,2,2026-01-01,yes\n", Contents.ANSWERS, "More than one column"),
    ],
)
def test_files_nobody_should_send(content: bytes, contents: Contents, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(content, contents)


def test_changes_say_what_they_do() -> None:
    _, whole = read(b"number,action\n2125550123,A\n2125550124,delete\n2125550125,?\n", Contents.CHANGES)
    assert whole.changes == [(12125550123, 2, False), (12125550124, 3, True)]
    assert [one.row for one in whole.problems] == [4]


def test_a_line_without_end_is_no_list() -> None:
    layout = list_files.find_layout(b"2125550123\n", Contents.NUMBERS)
    with pytest.raises(Unreadable, match="has no end"):
        list_files.cut(b"1" * (1 << 20), layout, is_last=False)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400), contents=st.sampled_from(Contents), piece=st.sampled_from([3, 50, 1000]))
def test_whatever_bytes_come_they_end_in_a_sentence(content: bytes, contents: Contents, piece: int) -> None:
    try:
        read(content, contents, piece=piece)
    except Unreadable as problem:
        said = str(problem)
    else:
        said = "It could be read."
    assert said.endswith(".")


LINES = st.lists(
    st.one_of(
        st.integers(2125550000, 2125559999).map(str),
        st.text(alphabet='0123456789,;"+=-() \t\rA٢é\x00', max_size=20),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(lines=LINES, encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]), piece=st.sampled_from([11, 64, 5000]))
def test_hostile_lines_swallow_no_others(lines: list[str], encoding: str, piece: int) -> None:
    """Every line that is a plain number is found, whatever stands around it, and however the file is cut."""
    text = "\n".join(["phone", "2125550123", *lines, ""])
    try:
        found, whole = read(text.encode(encoding, "replace"), piece=piece)
    except Unreadable:
        return
    plain = [int("1" + line) for line in lines if line.isascii() and line.isdecimal() and len(line) == 10]
    assert {number for number in plain if str(number)[4] >= "2" and str(number)[1] >= "2"} <= {*found}
    assert whole.rows == len(lines) + 2


@settings(max_examples=80, deadline=None)
@given(numbers=st.lists(st.integers(2_002_000_000, 9_999_999_999), min_size=1, max_size=50), piece=st.integers(1, 90))
def test_plain_lines_and_taken_apart_lines_are_the_same(numbers: list[int], piece: int) -> None:
    lines = [*["2125550123"] * (2 * len(numbers)), *map(str, numbers)]
    plain = "".join(f"{line}\n" for line in lines).encode()
    assert read(plain, piece=piece)[0] == read(b"phone\n" + plain, piece=piece)[0]
