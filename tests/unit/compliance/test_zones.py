"""In which zones a number may ring: our table of area codes against the library's, and the clocks themselves."""

from datetime import UTC, datetime, timedelta

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from compliance import local_time, places, zones
from compliance.ruleset import TERRITORIES

OVERRIDDEN = {code for codes in zones.OVERRIDDEN for code in codes.split()}


def by_library(code: str) -> set[str]:
    """The zones of an area code in the library's data; those of its exchanges where it says nothing of the whole."""
    whole = TIMEZONE_DATA.get(f"1{code}")
    if whole is not None:
        return set(whole)
    return {zone for prefix, names in TIMEZONE_DATA.items() if prefix.startswith(f"1{code}") for zone in names}


@pytest.mark.parametrize("code", sorted(set(places.STATE_OF_AREA_CODE) - OVERRIDDEN))
def test_every_other_area_code_has_one_zone_and_the_library_says_which(code: str) -> None:
    assert len(zones.OF_AREA_CODE[code]) == 1
    assert by_library(code) == set(zones.OF_AREA_CODE[code])


@pytest.mark.parametrize(("code", "region"), [
    ("787", "PR"), ("939", "PR"), ("340", "VI"), ("671", "GU"), ("670", "MP"), ("684", "AS"),
])  # fmt: skip
def test_territories_have_one_zone(code: str, region: str) -> None:
    assert by_library(code) == set(zones.of_number(f"+1{code}5550101", region))
    assert zones.states_of_number(f"+1{code}5550101", region) == (region,)


def test_every_zone_is_one_and_every_state_has_some() -> None:
    assert set(zones.OF_STATE) == {*places.STATES, *TERRITORIES}
    assert all(local_time.is_zone(zone) for found in zones.OF_STATE.values() for zone in found)
    assert set(places.STATE_OF_AREA_CODE) >= OVERRIDDEN


@pytest.mark.parametrize(
    ("e164", "region", "states", "found"),
    [
        ("+18505550101", "US", ("FL",), ("America/New_York", "America/Chicago")),
        ("+16895550101", "US", ("FL",), ("America/New_York",)),
        ("+17105550101", "US", (), ()),  # the government's own area code: of no place
        ("+14165550101", "CA", (), ()),
        ("+442079460958", "GB", (), ()),
    ],
)
def test_the_zones_of_a_number(e164: str, region: str, states: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert (zones.states_of_number(e164, region), zones.of_number(e164, region)) == (states, found)


@pytest.mark.parametrize(
    ("name", "at", "hours"),
    [
        ("America/Vancouver", datetime(2026, 12, 15, tzinfo=UTC), -7),  # moved for good in 2026
        ("America/New_York", datetime(2026, 12, 15, tzinfo=UTC), -5),
        ("America/Phoenix", datetime(2027, 7, 6, tzinfo=UTC), -7),
        ("America/Denver", datetime(2027, 7, 6, tzinfo=UTC), -6),
        ("Pacific/Guam", datetime(2027, 7, 6, tzinfo=UTC), 10),
    ],
)
def test_clocks_are_those_of_the_package_not_of_the_machine(name: str, at: datetime, hours: int) -> None:
    zone = local_time.zone_named(name)
    assert zone is not None
    assert at.astimezone(zone).utcoffset() == timedelta(hours=hours)
