"""What the columns and rows of a file of contacts mean. Pure: text goes in, a contact or sentences come out.

Whatever is wrong is said of the row and the column, so that a person can put it right in their file; no row is changed
quietly, and none is a reason to stop reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from compliance import local_time, places
from compliance.numbers import Kind, read_address

NUMBER, NAME, STATE, ZONE, FURTHER, LEFT_OUT = "number", "name", "address_state", "address_zone", "field", ""
FIELDS = {
    NUMBER: "Telephone number",
    NAME: "Name",
    STATE: "State of the address",
    ZONE: "Time zone of the address",
    FURTHER: "For the prompt",
    LEFT_OUT: "Leave out",
}
MOST_COLUMNS = 100
LONGEST = {NAME: 120, FURTHER: 500}
_WORDS = {
    NUMBER: ("phone", "telephone", "mobile", "cell", "number", "tel", "msisdn", "phone number", "telephone number",
             "mobile number", "cell phone", "phone_number", "e164", "to"),
    NAME: ("name", "full name", "fullname", "customer", "customer name", "contact", "contact name", "full_name"),
    STATE: ("state", "address state", "address_state", "addr_state", "province", "st"),
    ZONE: ("time zone", "timezone", "zone", "tz", "address_zone", "addr_tz", "time_zone"),
}  # fmt: skip
_STATE_NAMES = {name.removeprefix("the ").lower(): code for code, name in places.STATES.items()}
_FORMULA = ("=", "@")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: in which column, if in one, and a sentence for a person."""

    sentence: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as the file names it."""

    number: str
    name: str = ""
    state: str = ""
    zone: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def headers(cells: Sequence[str]) -> list[str]:
    """The names of the columns: each different, none empty. What stands twice is told apart by a count."""
    found: list[str] = []
    for place, cell in enumerate(cells[:MOST_COLUMNS]):
        name = " ".join(clean(cell).split())[:100] or f"Column {place + 1}"
        known, count = name, 2
        while name.lower() in {one.lower() for one in found}:
            name, count = f"{known} ({count})", count + 1
        found.append(name)
    return found


def suggest(columns: Sequence[str]) -> dict[str, str]:
    """Our field for each column's place, as far as its name says; further columns are for the prompt."""
    found: dict[str, str] = {}
    for place, name in enumerate(columns):
        plain = name.lower().replace("-", " ").strip()
        fits = [of for of, words in _WORDS.items() if plain in words and of not in found.values()]
        found[str(place)] = fits[0] if fits else FURTHER
    return found


def wrong_with(mapping: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    """What is wrong with a mapping, as sentences."""
    places_known = {str(place) for place in range(len(columns))}
    if any(place not in places_known or of not in FIELDS for place, of in mapping.items()):
        return ["This does not fit the columns of the file. Open it again."]
    used = list(mapping.values())
    found = [] if NUMBER in used else ["Say which column is the telephone number."]
    found += [f"Two columns cannot both be “{FIELDS[of]}”." for of in (NUMBER, NAME, STATE, ZONE) if used.count(of) > 1]
    return found


def read(
    cells: Sequence[str], *, columns: Sequence[str], mapping: Mapping[str, str], region: str
) -> ContactRow | Problem:
    """A row as a contact, or the first thing that is wrong with it."""
    if any(cell.strip() for cell in cells[len(columns) :]):
        return Problem(f"This row has more cells than the {len(columns)} columns of the file.")
    values: dict[str, str] = {}
    further: dict[str, str] = {}
    for place, column in enumerate(columns):
        of = mapping.get(str(place), LEFT_OUT)
        if of == LEFT_OUT:
            continue
        raw = cells[place] if place < len(cells) else ""
        if problem := _wrong_cell(raw, of, column):
            return problem
        value = clean(raw)
        if of == FURTHER:
            if value:
                further[column] = value
        else:
            values[of] = value
    return _contact(values, further, columns, mapping, region)


def _contact(
    values: Mapping[str, str],
    further: dict[str, str],
    columns: Sequence[str],
    mapping: Mapping[str, str],
    region: str,
) -> ContactRow | Problem:
    number = _number(values.get(NUMBER, ""), region)
    if isinstance(number, Problem):
        return Problem(number.sentence, _column_of(NUMBER, columns, mapping))
    state = _state(values.get(STATE, ""))
    if state is None:
        column = _column_of(STATE, columns, mapping)
        return Problem(f"There is no state “{values[STATE][:40]}”. Write two letters: TX.", column)
    zone = values.get(ZONE, "")
    if zone and not local_time.is_zone(zone):
        column = _column_of(ZONE, columns, mapping)
        return Problem(f"There is no time zone “{zone[:40]}”. They look like America/New_York.", column)
    return ContactRow(number, values.get(NAME, ""), state, zone, further)


def _column_of(wanted: str, columns: Sequence[str], mapping: Mapping[str, str]) -> str:
    return next((columns[int(place)] for place, of in mapping.items() if of == wanted), "")


def _wrong_cell(raw: str, of: str, column: str) -> Problem | None:
    if "\ufffd" in raw:
        return Problem("Some characters cannot be read. Save the file as UTF-8 and send it again.", column)
    if raw.lstrip().startswith(_FORMULA):
        return Problem("This cell is a formula. Save the file with values in place of formulas.", column)
    longest = LONGEST.get(of)
    if longest is not None and len(raw) > longest:
        return Problem(f"This is longer than {longest} characters.", column)
    return None


def _number(text: str, region: str) -> str | Problem:
    if not text:
        return Problem("The telephone number is missing.")
    if _is_shortened(text):
        return Problem(f"“{text[:40]}” was shortened by a spreadsheet. Format the column as text and save it again.")
    address = read_address(_without_decimals(text), region=region)
    if address.kind is not Kind.PHONE:
        return Problem(f"“{text[:40]}” is not a telephone number.")
    if not address.value or len(address.value) > 16:
        return Problem(f"“{text[:40]}” is not a complete telephone number.")
    return address.value


def _is_shortened(text: str) -> bool:
    """1.21255E+10: the last digits are gone for good."""
    mantissa, is_shortened, exponent = text.upper().partition("E")
    return bool(is_shortened) and mantissa.replace(".", "").isdecimal() and exponent.strip("+").isdecimal()


def _without_decimals(text: str) -> str:
    """12125550101.0, as a spreadsheet keeps a number that was typed as one."""
    whole, dot, rest = text.partition(".")
    return whole if dot and whole.lstrip("+").isdecimal() and len(whole) > 6 and not rest.strip("0") else text


def _state(text: str) -> str | None:
    """Two letters of a state or territory; None when it is none."""
    plain = text.strip().lower()
    if not plain:
        return ""
    if plain.upper() in places.STATES:
        return plain.upper()
    return _STATE_NAMES.get(plain.removeprefix("the "))


def clean(text: str) -> str:
    """A cell without what nobody meant to write: blanks around it and characters that cannot be seen."""
    if text.isascii() and text.isprintable():  # nearly all cells are
        return text.strip()
    return "".join(" " if letter in "\t\r\n\v\f" else letter for letter in text if _is_seen(letter)).strip()


def _is_seen(letter: str) -> bool:
    return letter in "\t\r\n\v\f" or (letter.isprintable() and letter not in "\u200b\ufeff\u00ad") or letter == "\u00a0"
