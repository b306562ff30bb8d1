"""Many asked about at once are answered as each of them alone: over worlds drawn by lot, through the real tables."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from calls.control import dialing, door_facts
from compliance import facts, gate, law
from compliance.numbers import read_address
from compliance.rules import CUSTOMERS
from compliance.verdict import CampaignFacts, DialFacts, DialRequest, DoorFacts, Judgement, Outcome
from tests import given, worlds

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 18, tzinfo=UTC)  # Tuesday, one in New York, eight in Honolulu
EARLY = NOW.replace(hour=13)  # seven in Chicago
WORLDS, NUMBERS = 10, 80
CAMPAIGN = CampaignFacts((worlds.OURS,), abandoned_pct=0.5)


@contextmanager
def a_world(seed: int, *, numbers: int = NUMBERS) -> Iterator[tuple[random.Random, list[DialRequest]]]:
    dice = random.Random(seed)
    with transaction.atomic():
        yield dice, worlds.drawn(dice, numbers, NOW)
        transaction.set_rollback(True)


def told(known: DialFacts) -> DialFacts:
    """Without what the clocks of two machines have to do with it."""
    return replace(known, skew_ms=0)


def doors(requests: list[DialRequest]) -> list[tuple[DialRequest, DoorFacts]]:
    return list(zip(requests, door_facts.of_each(requests, campaign=CAMPAIGN), strict=True))


def alone(request: DialRequest, now: datetime) -> Judgement:
    return dialing.assess_out(
        to=request.to, purpose=request.purpose, voice=request.voice, seller=request.seller, topic=request.topic,
        caller_id=request.caller_id, subject=request.subject, errand=request.errand, campaign=CAMPAIGN,
        approved_by=request.approved_by, by=request.by, now=now,
    )  # fmt: skip


def test_what_is_known_of_many_is_what_is_known_of_each_over_thousands_of_numbers() -> None:
    outcomes: Counter[Outcome] = Counter()
    for seed in range(WORLDS):
        with a_world(seed) as (dice, requests):
            asked = doors(requests)
            assert [door for _, door in asked] == [door_facts.of_dial(one, campaign=CAMPAIGN) for one in requests]
            together = facts.gather_each(asked, NOW)
            for one, known in zip(asked, together, strict=True):
                assert told(known) == told(facts.gather(*one, NOW)), (seed, one)
            now = dice.choice([NOW, EARLY])
            judged = dialing.assess_each(requests, campaign=CAMPAIGN, now=now)
            outcomes.update(judgement.outcome for judgement in judged)
            some = dice.sample(range(len(requests)), 12)
            assert [judged[n] for n in some] == [alone(requests[n], now) for n in some], seed
    assert min(outcomes[outcome] for outcome in Outcome) > 20, outcomes


def test_what_cannot_be_read_of_one_is_said_of_that_one(caplog: pytest.LogCaptureFixture) -> None:
    with a_world(1) as (dice, requests):
        before = dialing.assess_each(requests, campaign=CAMPAIGN, now=NOW)
        number = worlds.spoil(dice, requests)
        after = dialing.assess_each(requests, campaign=CAMPAIGN, now=NOW)
        assert after == [alone(request, NOW) for request in requests]
        changed = {one.to for one, old, new in zip(requests, before, after, strict=True) if old != new}
        assert changed == {number}


def test_a_query_that_fails_leaves_nobody_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")

    with a_world(2, numbers=5) as (_, requests):
        for broken in ("gather", "in_force"):
            with monkeypatch.context() as patch:
                for name in ("gather", "gather_each") if broken == "gather" else ("in_force",):
                    patch.setattr(law if broken == "in_force" else facts, name, away)
                judged = gate.assess_each(doors(requests), NOW)
            assert Outcome.ALLOW not in {
                judgement.outcome
                for request, judgement in zip(requests, judged, strict=True)
                if broken == "gather" or request.purpose not in ("staff", "transfer")
            }


def test_it_takes_no_more_queries_for_many_than_for_one() -> None:
    with a_world(3) as (_, requests):
        # By telephone: nobody is asked about by the thousand whom we would call by WhatsApp.
        customers = [
            one
            for one in requests
            if one.purpose in CUSTOMERS and one.to.startswith("+") and read_address(one.to).region == "US"
        ]
        customers.sort(key=lambda one: one.caller_id == given.OURS)  # a number that is not ours is looked for further
        counts = []
        for asked in (customers[:1], customers):
            law.in_force(NOW)
            with CaptureQueriesContext(connection) as captured:
                dialing.assess_each(asked, campaign=CAMPAIGN, now=NOW)
            counts.append(len(captured))
        assert counts[1] == counts[0] <= 10, counts


def test_nobody_asked_about_is_no_question() -> None:
    assert dialing.assess_each([], campaign=CAMPAIGN, now=NOW) == []
