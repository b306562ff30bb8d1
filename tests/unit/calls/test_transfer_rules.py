"""An offer's outcome and a transfer's next step, read off what is known and never off the order it came in."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.lifecycle import LegStatus
from calls.lifecycle.transfer import DROP_MS, OfferFacts, Outcome, Standing, Step, is_over, next_step, outcome

OPEN = OfferFacts(leg=LegStatus.RINGING)
LOOKING = Standing(
    is_caller_live=True,
    is_caller_sent=True,
    is_caller_in_room=False,
    is_connected=False,
    is_told_to_wait=False,
    offer=None,
    may_offer=False,
    may_still_wait=True,
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Outcome.NONE),
        ({"leg": None}, Outcome.NONE),
        ({"is_accepted": True}, Outcome.NONE),
        ({"is_declined": True}, Outcome.DECLINED),
        ({"is_declined": True, "leg": LegStatus.COMPLETED}, Outcome.DECLINED),
        ({"is_machine": True}, Outcome.VOICEMAIL),
        ({"is_machine": True, "leg": LegStatus.COMPLETED}, Outcome.VOICEMAIL),
        ({"was_refused": True, "leg": None}, Outcome.FAILED),
        ({"leg": LegStatus.BUSY}, Outcome.BUSY),
        ({"leg": LegStatus.FAILED}, Outcome.FAILED),
        ({"leg": LegStatus.NO_ANSWER}, Outcome.NO_ANSWER),
        ({"leg": LegStatus.CANCELED}, Outcome.NO_ANSWER),
        ({"leg": LegStatus.CANCELED, "is_withdrawn": True}, Outcome.WITHDRAWN),
        ({"leg": LegStatus.COMPLETED}, Outcome.DECLINED),
        ({"leg": LegStatus.COMPLETED, "is_accepted": True}, Outcome.DROPPED),
        ({"is_late": True}, Outcome.NO_ANSWER),
        ({"is_withdrawn": True, "is_late": True}, Outcome.WITHDRAWN),
        ({"has_joined": True, "is_accepted": True}, Outcome.ACCEPTED),
        ({"has_joined": True, "stayed_ms": DROP_MS - 1}, Outcome.DROPPED),
        ({"has_joined": True, "stayed_ms": DROP_MS}, Outcome.ACCEPTED),
        ({"has_joined": True, "stayed_ms": 100, "has_finished": True}, Outcome.ACCEPTED),
    ],
)
def test_the_outcome_of_an_offer(facts: dict[str, object], expected: Outcome) -> None:
    assert outcome(replace(OPEN, **facts)) is expected  # type: ignore[arg-type]


booleans = st.booleans()
offers = st.builds(
    OfferFacts,
    leg=st.none() | st.sampled_from(LegStatus),
    was_refused=booleans,
    is_accepted=booleans,
    is_declined=booleans,
    is_machine=booleans,
    has_joined=booleans,
    stayed_ms=st.none() | st.integers(0, 60_000),
    has_finished=booleans,
    is_withdrawn=booleans,
    is_late=booleans,
)
standings = st.builds(
    Standing,
    is_caller_live=booleans,
    is_caller_sent=booleans,
    is_caller_in_room=booleans,
    is_connected=booleans,
    is_told_to_wait=booleans,
    offer=st.none() | offers,
    may_offer=booleans,
    may_still_wait=booleans,
)


@given(offers)
def test_an_offer_whose_person_never_came_is_over_exactly_when_it_has_an_outcome(facts: OfferFacts) -> None:
    if not facts.has_joined:
        assert is_over(facts) == (outcome(facts) is not Outcome.NONE)


@given(standings)
def test_a_caller_who_is_gone_is_never_connected_offered_or_given_back(now: Standing) -> None:
    if not now.is_caller_live:
        assert next_step(now) is Step.ABANDON
    else:
        assert next_step(now) is not Step.ABANDON


@given(standings)
def test_nobody_is_rung_while_somebody_is_and_nobody_gives_up_while_somebody_may_come(now: Standing) -> None:
    step = next_step(now)
    if now.offer is not None:
        assert step not in (Step.MAKE_OFFER, Step.GIVE_UP, Step.QUEUE)
    if step is Step.GIVE_UP:
        assert not now.may_offer
        assert not now.may_still_wait


@given(standings)
def test_a_caller_is_parked_before_anybody_is_joined_to_them(now: Standing) -> None:
    if next_step(now) is Step.CONNECT:
        assert now.is_caller_sent
        assert now.is_caller_in_room
        assert now.offer is not None
        assert now.offer.has_joined


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (replace(LOOKING, is_caller_sent=False), Step.SEND_CALLER),
        (replace(LOOKING, may_offer=True), Step.MAKE_OFFER),
        (LOOKING, Step.QUEUE),
        (replace(LOOKING, is_told_to_wait=True), Step.WAIT),
        (replace(LOOKING, may_still_wait=False), Step.GIVE_UP),
        (replace(LOOKING, offer=OPEN), Step.WAIT),
        (replace(LOOKING, offer=replace(OPEN, is_declined=True)), Step.CLOSE_OFFER),
        (replace(LOOKING, offer=replace(OPEN, has_joined=True)), Step.WAIT),
        (replace(LOOKING, offer=replace(OPEN, has_joined=True), is_caller_in_room=True), Step.CONNECT),
        (replace(LOOKING, is_connected=True, offer=replace(OPEN, has_joined=True)), Step.WAIT),
        (replace(LOOKING, is_connected=True, offer=replace(OPEN, has_joined=True, stayed_ms=90_000)), Step.FINISH),
        (replace(LOOKING, is_connected=True, offer=replace(OPEN, has_joined=True, stayed_ms=1_000)), Step.REJOIN),
        (replace(LOOKING, is_caller_live=False, is_connected=True), Step.ABANDON),
    ],
)
def test_the_next_step(now: Standing, expected: Step) -> None:
    assert next_step(now) is expected


FACTS = ({"leg": LegStatus.IN_PROGRESS}, {"is_accepted": True}, {"has_joined": True}, {"stayed_ms": 60_000})


@pytest.mark.parametrize("order", list(itertools.permutations(range(len(FACTS)))))
def test_every_order_of_an_offers_facts_ends_in_the_same_outcome(order: tuple[int, ...]) -> None:
    facts = OPEN
    for n in order:
        facts = replace(facts, **FACTS[n])  # type: ignore[arg-type]
    assert outcome(facts) is Outcome.ACCEPTED
