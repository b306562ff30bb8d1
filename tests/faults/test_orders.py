"""Status events in every order, doubled, and any of them lost: the end is always the same."""

import itertools
import random
from datetime import timedelta

import pytest

from calls import lifecycle
from calls.lifecycle import CallFact, EndedReason, LegStatus, Phase
from calls.models import Call, Leg
from tests import given
from tests.faults.case import Case

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = (LegStatus.QUEUED, LegStatus.INITIATED, LegStatus.RINGING, LegStatus.IN_PROGRESS, LegStatus.COMPLETED)
IN_THE_DATABASE = 6  # one in so many of those drawn by lot; of the plain orders all


def schedule(dice: random.Random) -> list[LegStatus]:
    """Some of the events, some of them twice, in any order; one of the ways a call may end."""
    last = dice.choice([status for status in LegStatus if status in lifecycle.LEG_ENDED])
    events = [*EVENTS[:-1], last]
    kept = [event for event in events if dice.random() < 0.8] or [last]
    doubled = [event for event in kept if dice.random() < 0.4]
    made = kept + doubled
    dice.shuffle(made)
    return made


def canonical(events: list[LegStatus]) -> tuple[LegStatus, Phase, EndedReason]:
    """The end of these events in the order in which they happened."""
    last = max(events, key=lambda event: (event in lifecycle.LEG_ENDED, [*LegStatus].index(event)))
    status = lifecycle.leg_after(LegStatus.RINGING, last)
    if status not in lifecycle.LEG_ENDED:
        return status, Phase.RINGING, EndedReason.UNKNOWN
    return status, Phase.CLOSED, lifecycle.reason_of_leg(status)


def on_paper(events: list[LegStatus]) -> tuple[tuple[LegStatus, Phase, EndedReason], bool]:
    """The end by the tables alone, and whether an end was left again."""
    status, phase, reason, was_left = LegStatus.RINGING, Phase.RINGING, EndedReason.UNKNOWN, False
    for event in events:
        after = lifecycle.leg_after(status, event)
        was_left |= status in lifecycle.LEG_ENDED and after != status
        if after in lifecycle.LEG_ENDED and after != status:
            phase = lifecycle.phase_after(phase, CallFact.LEG_ENDED)
            reason = lifecycle.reason_after(reason, lifecycle.reason_of_leg(after))
        status = after
    return (status, phase, reason), was_left


def in_the_database(call: Call, leg: Leg, events: list[LegStatus]) -> tuple[LegStatus, Phase, EndedReason]:
    """The end in the books."""
    for n, event in enumerate(events):
        leg.report(event, at=given.NOON + timedelta(seconds=n), source="carrier", sequence=n)
    call.refresh_from_db()
    leg.refresh_from_db()
    return LegStatus(leg.status), Phase(call.phase), EndedReason(call.ended_reason)


@pytest.mark.fault("orders")
def test_every_order_ends_alike(case: Case) -> None:
    dice = case.dice()
    plain = [list(order) for order in itertools.permutations(EVENTS)]
    drawn = [schedule(dice) for _ in range(case.size - len(plain))]
    kept = [*plain, *drawn[::IN_THE_DATABASE]]
    unlike = left = 0
    for events in (*plain, *drawn):
        end, was_left = on_paper(events)
        unlike += end != canonical(events)
        left += was_left
    number = given.a_number()
    calls = Call.objects.bulk_create(Call(number=number, started_at=given.NOON) for _ in kept)
    legs = Leg.objects.bulk_create(
        Leg(call=call, leg_sid=given.a_sid(), direction="inbound", created_at=given.NOON) for call in calls
    )
    for call, leg, events in zip(calls, legs, kept, strict=True):
        unlike += in_the_database(call, leg, events) != canonical(events)
    case.did(case.size)
    case.reached("final states unlike the canonical one", unlike)
    case.reached("terminal states left", left)
    case.reached("of these in the database", len(kept))
