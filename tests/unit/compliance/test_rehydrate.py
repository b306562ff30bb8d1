"""Stored questions come back as the values they were, whatever these are made of."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

import pytest

from compliance.models.decision import _storable
from compliance.rehydrate import UnableToRehydrate, restore
from compliance.verdict import CampaignFacts, DialFacts, DialRequest, DoorFacts, Purpose, StaffEntry, Voice


@dataclass(frozen=True, slots=True)
class Attempt:
    at: datetime
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    attempts: tuple[Attempt, ...]
    states: frozenset[str]
    by_state: Mapping[str, tuple[int, int]]
    share: float | None
    purpose: Purpose = Purpose.STAFF
    pair: tuple[int, str] = (0, "")


def stored(value: object) -> object:
    return json.loads(json.dumps(_storable(asdict(value))))


def test_a_request_comes_back_as_it_was() -> None:
    request = DialRequest(
        "+14155552671", Purpose.TELEMARKETING, "+14155550100", subject="call:1", voice=Voice.AI, seller="Marlow"
    )
    assert restore(DialRequest, stored(request)) == request


def test_facts_come_back_as_they_were() -> None:
    door = DoorFacts(
        StaffEntry("client:agent-7", "agent-7", lines=2), True, 0, ("US", "PR"),
        campaign=CampaignFacts(("+14155550100",), abandoned_pct=3.0),
    )  # fmt: skip
    facts = DialFacts(door, is_paused=False, has_open_permit=True, is_errand_done=False)
    assert restore(DialFacts, stored(facts)) == facts


def test_so_does_whatever_they_may_be_made_of_one_day() -> None:
    at = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
    known = Known(
        attempts=(Attempt(at), Attempt(at, date(2026, 11, 20))),
        states=frozenset({"CA", "NY"}),
        by_state={"CA": (8, 21)},
        share=None,
        purpose=Purpose.HEALTHCARE,
        pair=(1, "x"),
    )
    assert restore(Known, stored(known)) == known


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "yesterday"},
        {"at": "2026-11-20T12:00:00+00:00", "colour": "blue"},
        {},
        [],
        None,
        {"at": None},
    ],
)
def test_what_does_not_fit_is_said_to_be_so(wrong: object) -> None:
    with pytest.raises(UnableToRehydrate):
        restore(Attempt, wrong)
