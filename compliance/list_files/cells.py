"""One cell of a file: a telephone number, a change, an answer, a date, in the spellings people use."""

import csv
import re
from datetime import date


def cells(line: str, delimiter: str) -> list[str]:
    """A line's cells; quotation marks may enclose one."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.replace('"', "").split(delimiter)


_DECORATION = re.compile(r"[\s().\-\u2010-\u2015\u00a0/]+")
_TEN = re.compile(r"1?([2-9][0-9]{2}[2-9][0-9]{6})")
_ABROAD = re.compile(r"\+([2-9][0-9]{6,14})")
_SHORTENED = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]+", re.IGNORECASE)
_FORMULA = re.compile(r"[=@]|\+(?![0-9 (])")


def read_number(cell: str) -> int | None:
    """A telephone number in a usual spelling, as E.164 without its plus; None when it is none."""
    text = cell.strip().strip("'\"\ufeff")
    if text.startswith('="'):
        text = text[2:].rstrip('"')
    text = _DECORATION.sub("", text.removesuffix(".0").removeprefix("tel:"))
    if (found := _ABROAD.fullmatch(text)) is not None:
        return int(found[1])
    found = _TEN.fullmatch(text.removeprefix("+"))
    return None if found is None or (text.startswith("+") and not text.startswith("+1")) else int("1" + found[1])


def why_no_number(cell: str) -> str:
    """What to tell whoever wrote this instead of a number."""
    text = cell.strip()
    if not text:
        return "There is no telephone number in this line."
    if _SHORTENED.fullmatch(text):
        return "A spreadsheet has shortened this number. Format the column as text and save it again."
    if _FORMULA.match(text):
        return "This is a formula, not a telephone number."
    digits = sum(character.isdigit() for character in text)
    if digits == 7:
        return "The area code is missing."
    return "This is not a telephone number of ten digits, nor one that begins with + and its country."


def read_change(cell: str) -> bool | None:
    """True for taken away, False for added."""
    word = cell.strip().lower()
    if word in ("a", "add", "added", "addition", "+", "i", "insert"):
        return False
    return True if word in ("d", "delete", "deleted", "deletion", "r", "remove", "removed", "removal", "-") else None


def read_answer(cell: str) -> str | None:
    """One of the three answers about reassignment; an error or anything else is none (DA 21-1649)."""
    word = re.sub(r"[^a-z]", "", cell.lower())
    return {"yes": "yes", "y": "yes", "no": "no", "n": "no", "nodata": "no_data"}.get(word)


_DATES = (
    (re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T ].*)?"), (1, 2, 3)),
    (re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})"), (3, 1, 2)),
)


def read_date(cell: str) -> date | None:
    """A day, year first or as written in the United States."""
    for pattern, (year, month, day) in _DATES:
        if (found := pattern.fullmatch(cell.strip())) is not None:
            try:
                return date(int(found[year]), int(found[month]), int(found[day]))
            except ValueError:
                return None
    return None
