"""Who is rung for whom."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agents.matching import Free, Match, Waiting, match, suits

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BILLING, SALES, SPANISH = 1, 2, 7


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def caller(ref: int, *, since: int = 0, **more: object) -> Waiting:
    return Waiting(ref=ref, since=at(since), **({"queue": BILLING} | more))  # type: ignore[arg-type]


def agent(
    number: int, *, idle: int = 0, skills: set[int] | None = None, priority: int = 1, queue: int = BILLING
) -> Free:
    return Free(number, at(idle), frozenset(skills or ()), {queue: priority})


def test_the_longest_idle_is_rung_for_the_longest_waiting() -> None:
    found = match([caller(1, since=5), caller(2, since=1)], [agent(10, idle=3), agent(11, idle=2)])
    assert found == [Match(2, 11), Match(1, 10)]


def test_priority_comes_before_idleness() -> None:
    assert match([caller(1)], [agent(10, idle=0, priority=2), agent(11, idle=9)]) == [Match(1, 11)]


def test_only_members_with_every_skill_are_rung() -> None:
    wanted = caller(1, skills=frozenset({SPANISH}))
    assert match([wanted], [agent(10), agent(11, skills={SPANISH}, queue=SALES)]) == []
    assert match([wanted], [agent(12, skills={SPANISH, 9})]) == [Match(1, 12)]


def test_who_was_tried_is_not_rung_again() -> None:
    assert match([caller(1, tried=frozenset({10}))], [agent(10)]) == []


def test_who_is_asked_for_by_name_need_be_in_no_queue() -> None:
    wanted = caller(1, queue=None, only=10)
    assert match([wanted], [agent(11), agent(10, queue=SALES)]) == [Match(1, 10)]


refs = st.lists(st.integers(1, 50), max_size=8, unique=True)


@given(refs, refs, st.randoms())
def test_nobody_is_in_two_offers_and_every_offer_suits(callers: list[int], agents: list[int], dice) -> None:
    waiting = [caller(ref, since=dice.randrange(9)) for ref in callers]
    free = [agent(number, idle=dice.randrange(9), queue=dice.choice([BILLING, SALES])) for number in agents]
    found = match(waiting, free)
    assert len({each.agent for each in found}) == len(found) == len({each.ref for each in found})
    by_ref, by_agent = {w.ref: w for w in waiting}, {f.agent: f for f in free}
    assert all(suits(by_ref[each.ref], by_agent[each.agent]) for each in found)
    left_callers = [w for w in waiting if w.ref not in {each.ref for each in found}]
    left_agents = [f for f in free if f.agent not in {each.agent for each in found}]
    assert not any(suits(w, f) for w in left_callers for f in left_agents), "nobody waits for somebody who is free"


def test_whoever_is_rung_at_a_telephone_number_is_not_rung_for_a_caller_on_whatsapp() -> None:
    by_telephone = Free(10, at(0), frozenset(), {BILLING: 1}, is_by_telephone=True)
    on_whatsapp = caller(1, not_by_telephone=True)
    assert match([on_whatsapp], [by_telephone]) == []
    assert match([on_whatsapp], [by_telephone, agent(11, idle=9)]) == [Match(1, 11)]
    assert match([caller(1)], [by_telephone]) == [Match(1, 10)]
    assert not suits(caller(1, not_by_telephone=True, only=10), by_telephone)
