"""What must hold of every answer of the gate, over cases drawn by lot: the seed is told when one does not."""

import random
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from compliance import rules, zones
from compliance.customer import RevokedConsent
from compliance.verdict import DialFacts, Outcome, Purpose
from tests.unit.compliance import agreement, oracle, random_cases
from tests.unit.compliance.case_facts import LAW, TOPIC, of_case

SEED = 20261128
PARTS = 4


# The ring `faults` has a part of its own in every run.
@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.rarely) for part in range(1, PARTS))])
def test_two_readings_of_the_law_agree(part: int) -> None:
    found = agreement.run(random.Random(f"{SEED} {part}"), 20_000 // PARTS, seek_every=12)
    assert found.broken[:3] == []
    assert found.allowed_share >= 0.3, found.outcomes
    assert found.sought > 50


RESTRICTIONS = {
    "our own list": lambda f: _of(f, suppressed=("all",)),
    "a revocation": lambda f: _of(f, revocations=(RevokedConsent("all", datetime.max.replace(tzinfo=oracle.UTC)),)),
    "of the topic": lambda f: _of(
        f, revocations=(RevokedConsent("topic", datetime.max.replace(tzinfo=oracle.UTC), TOPIC),)
    ),
    "another zone": lambda f: _of(f, person=replace(f.customer.person, address_zone="Pacific/Guam")),
    "another state": lambda f: _of(f, person=replace(f.customer.person, address_state="RI")),
    "an older copy": lambda f: _of(
        f, lists=tuple(replace(one, retrieved_at=one.retrieved_at - timedelta(days=40)) for one in f.customer.lists)
    ),
    "no copy": lambda f: _of(f, lists=tuple(replace(one, version_date=None) for one in f.customer.lists)),
    "on every list": lambda f: _of(f, lists=tuple(replace(one, is_listed=True) for one in f.customer.lists)),
    "no consent": lambda f: _of(f, consents=()),
    "no zone": lambda f: _of(f, number=replace(f.customer.number, zones=())),
    "a state switched off": lambda f: _of(f, states=tuple(replace(s, is_enabled=False) for s in f.customer.states)),
    "suspended": lambda f: _of(f, states=tuple(replace(s, is_suspended=True) for s in f.customer.states)),
    "no switch-board": lambda f: _of(f, states=()),
    "paused": lambda f: replace(f, is_paused=True),
    "no room": lambda f: replace(f, door=replace(f.door, has_room=False)),
    "restricted": lambda f: _of(f, person=replace(f.customer.person, is_restricted=True)),
    "nothing known": lambda f: replace(f, customer=None),
    "no regions": lambda f: replace(f, door=replace(f.door, regions=())),
}


def _of(facts: DialFacts, **fields: object) -> DialFacts:
    return replace(facts, customer=replace(facts.customer, **fields))


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_a_restriction_never_makes_a_call_possible(name: str) -> None:
    dice = random.Random(f"{SEED} {name}")
    for _ in range(150):
        case = replace(random_cases.draw(dice), state="", zone="")
        request, facts = of_case(case)
        before = rules.decide(request, facts, case.now, LAW).outcome
        after = rules.decide(request, RESTRICTIONS[name](facts), case.now, LAW).outcome
        if before is not Outcome.ALLOW:
            assert after is Outcome.DENY or after is before is Outcome.DEFER, case


def test_no_call_leaves_its_hours_on_any_clock() -> None:
    """Also in the nights in which clocks are changed: every minute around them, in every zone."""
    nights = [datetime(2027, 3, 14, 0, tzinfo=oracle.UTC), datetime(2027, 11, 7, 0, tzinfo=oracle.UTC)]
    dice = random.Random(SEED)
    for night in nights:
        for code in ("212", "928", "850", "907", "602", "808"):
            for minute in range(0, 40 * 60, 7):
                case = replace(
                    random_cases.draw(dice), now=night + timedelta(minutes=minute), purpose=Purpose.INFORMATIONAL,
                    to=f"+1{code}5550101", state="", zone="",
                )  # fmt: skip
                if agreement.judged(case).outcome is Outcome.ALLOW:
                    for zone in zones.of_number(case.to, "US"):
                        assert 8 <= case.now.astimezone(oracle.clock(zone)).hour < 21


def test_the_order_of_what_is_known_changes_nothing() -> None:
    dice = random.Random(SEED)
    for _ in range(300):
        case = random_cases.draw(dice)
        request, facts = of_case(case)
        known = facts.customer
        turned = _of(
            facts, consents=known.consents[::-1], lists=known.lists[::-1], attempts=known.attempts[::-1],
            states=known.states[::-1], number=replace(known.number, zones=known.number.zones[::-1]),
        )  # fmt: skip
        one, other = (rules.decide(request, each, case.now, LAW) for each in (facts, turned))
        assert (one.outcome, one.until) == (other.outcome, other.until)
        assert [reason.code for reason in one.reasons] == [reason.code for reason in other.reasons]


def test_the_clock_of_the_machine_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [random_cases.draw(random.Random(f"{SEED} {n}")) for n in range(200)]
    before = [agreement.judged(case) for case in cases]
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert [agreement.judged(case) for case in cases] == before
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("family", [check.__module__.rpartition(".")[2] for check in rules.OF_CUSTOMERS])
def test_a_family_that_fails_is_no_permission(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(question: object) -> None:
        raise TimeoutError

    dice = random.Random(SEED)
    kept = [check for check in rules.OF_CUSTOMERS if not check.__module__.endswith(f".{family}")]
    monkeypatch.setattr(rules, "OF_CUSTOMERS", (broken, *kept))
    for _ in range(50):
        case = random_cases.draw(dice)
        if case.purpose is not Purpose.EMERGENCY:
            assert agreement.judged(case).outcome is Outcome.DENY
