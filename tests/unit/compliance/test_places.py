"""Where a number was given out: our table of area codes against the library's own descriptions."""

import pytest
from phonenumbers.geodata import GEOCODE_DATA

from compliance import places
from compliance.places import By, Place

# How the library's descriptions name what our table names otherwise.
SPELLED = {"District of Columbia": "Washington D.C.", "Washington": "Washington State"}
# No description at the level of the area code; the exchanges below it say the state.
BY_EXCHANGES = {"203": "CT", "310": "CA", "713": "TX", "718": "NY"}


def described() -> dict[str, str]:
    """The state of every area code of the United States that the library describes."""
    names = {SPELLED.get(name.removeprefix("the "), name): state for state, name in places.STATES.items()}
    found = {}
    for prefix, words in GEOCODE_DATA.items():
        if len(prefix) == 4 and prefix.startswith("1"):
            text = words["en"]
            state = names.get(text) or text.rpartition(", ")[2]
            if state in places.STATES:
                found[prefix[1:]] = state
    return found


def test_every_area_code_is_where_the_library_says() -> None:
    ours = {code: state for state, codes in places._AREA_CODES.items() for code in codes.split()}
    assert ours == described() | BY_EXCHANGES
    assert set(ours.values()) == set(places.STATES)


@pytest.mark.parametrize(
    ("e164", "code"),
    [
        ("+14155552671", "US-CA"),
        ("+12125550101", "US-NY"),
        ("+12025550101", "US-DC"),
        ("+17875550101", "PR"),
        ("+14165550101", "CA"),  # Canada, and never California
        ("+442079460958", "GB"),
        ("+18005551234", ""),  # toll-free: of no state
        ("+883510000000094", ""),
        ("anonymous", ""),
        ("", ""),
    ],
)
def test_the_place_of_a_number(e164: str, code: str) -> None:
    assert places.of_number(e164).code == code


def test_the_place_of_an_address() -> None:
    assert places.of_code("us-wa") == Place("US", "WA", By.ADDRESS)
    assert places.of_code("DE").code == "DE"
    assert [places.of_code(text).code for text in ("US", "US-XX", "Germany", "")] == ["", "", "", ""]
