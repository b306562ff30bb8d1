"""The arithmetic of the chain: the same value is the same bytes, and a walk notices whatever does not fit."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from compliance import chain
from compliance.chain import BEGINNING, Link, Walk

DAY = date(2026, 11, 20)


def a_chain(n: int) -> list[Link]:
    links, previous = [], BEGINNING
    for position in range(1, n + 1):
        body = chain.sha256_of({"decision": position})
        of = {"position": position, "day": DAY, "kind": "decision", "decision": position, "body_sha256": body}
        sha256 = chain.link_sha256(**of, previous=previous)
        links.append(Link(**of, previous=previous, sha256=sha256))
        previous = sha256
    return links


def walked(links: list[Link]) -> list[str]:
    walk = Walk()
    return [finding.sentence for link in links for finding in walk.step(link)]


def test_the_same_value_is_the_same_bytes_whatever_its_order_and_its_clock() -> None:
    noon = datetime(2026, 11, 20, 12, 0, 0, 5, tzinfo=UTC)
    elsewhere = noon.astimezone(timezone(timedelta(hours=-8)))
    one = chain.canonical({"b": [1, 2.5, None, True], "a": noon, "ü": "é"})
    other = chain.canonical({"ü": "é", "a": elsewhere, "b": (1, 2.5, None, True)})
    assert one == other == '{"a":"2026-11-20T12:00:00.000005Z","b":[1,2.5,null,true],"ü":"é"}'.encode()


def test_what_is_no_number_is_no_json() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        chain.canonical({"share": float("nan")})


def test_a_whole_chain_is_walked_without_a_word() -> None:
    assert walked(a_chain(5)) == []


def test_a_changed_entry_is_found() -> None:
    links = a_chain(5)
    links[2] = replace(links[2], body_sha256="f" * 64)
    assert walked(links) == ["Entry 3 is not what its own hash says."]


def test_an_entry_changed_with_its_own_hash_is_found_at_the_next() -> None:
    links = a_chain(5)
    of = {"position": 3, "day": DAY, "kind": "decision", "decision": 3, "body_sha256": "f" * 64}
    sha256 = chain.link_sha256(**of, previous=links[2].previous)
    links[2] = Link(**of, previous=links[2].previous, sha256=sha256)
    assert walked(links) == ["Entry 4 does not follow the entry before it as that stands now."]


def test_an_entry_that_is_left_out_is_found() -> None:
    links = a_chain(5)
    assert walked(links[:2] + links[3:]) == ["Before entry 4, entry 3 is missing."]


def test_entries_that_changed_places_are_found() -> None:
    links = a_chain(5)
    third, fourth = links[2], links[3]
    links[2] = replace(fourth, position=3, previous=third.previous)
    links[3] = replace(third, position=4, previous=fourth.previous)
    assert walked(links)[0] == "Entry 3 is not what its own hash says."


def test_a_day_that_goes_back_is_found() -> None:
    first, second = a_chain(2)
    of = {"position": 2, "day": DAY - timedelta(days=1), "kind": "decision", "decision": 2}
    body = second.body_sha256
    sha256 = chain.link_sha256(**of, body_sha256=body, previous=first.sha256)
    assert walked([first, Link(**of, body_sha256=body, previous=first.sha256, sha256=sha256)]) == [
        "Entry 2 is of a day before that of the entry before it."
    ]
