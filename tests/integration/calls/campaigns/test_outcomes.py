"""What comes of an attempt moves its contact, however late, often and out of order it is told."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from calls.campaigns import runner
from calls.lifecycle import CallFact
from calls.lifecycle.campaign import AttemptOutcome, ContactState
from calls.models import Campaign, CampaignDay, CampaignPace, Contact, ContactAttempt, Leg
from tests.carrier_on_loopback import Carrier
from tests.on_campaign import MORNING, running, states, the_attempt

pytestmark = pytest.mark.django_db
CAROL = "+12125550101"
_O = AttemptOutcome


def tick(campaign: Campaign, *, at: datetime = MORNING) -> list[int]:
    return runner.tick(campaign_id=campaign.pk, now=at)


def later(**words: float) -> datetime:
    return MORNING + timedelta(**words)


def record(
    outcome: AttemptOutcome, *, at: datetime = MORNING, attempt: ContactAttempt | None = None, **known: Any
) -> bool:
    return runner.record_outcome(attempt=attempt or the_attempt(), outcome=outcome, now=at, **known)


@pytest.mark.parametrize(
    ("outcome", "state", "wait"),
    [(_O.HUMAN, "reached", None), (_O.MACHINE_MESSAGE, "reached", None), (_O.OPTED_OUT, "stopped", None),
     (_O.ABANDONED, "given_up", None), (_O.BUSY, "due", 10), (_O.NO_ANSWER, "given_up", None)],
)  # fmt: skip
def test_each_outcome_moves_the_contact(
    carrier: Carrier, outcome: AttemptOutcome, state: str, wait: int | None
) -> None:
    campaign = running([CAROL], retries={"busy": 10})
    tick(campaign)
    assert record(outcome, at=later(seconds=30))
    contact = Contact.objects.get()
    assert (contact.state, contact.outcome, contact.attempts_made) == (state, outcome, 1)
    if wait is not None:
        assert contact.due_at == later(seconds=30) + timedelta(minutes=wait)


def test_told_twice_late_and_out_of_order_it_counts_once(carrier: Carrier) -> None:
    campaign = running([CAROL], retries={"machine_hung_up": 60})
    tick(campaign)
    assert record(_O.MACHINE_HUNG_UP, answered_by="machine_start")
    assert not record(_O.MACHINE_HUNG_UP)
    assert record(_O.HUMAN, greeted_ms=900, answered_at=MORNING), "the guess was wrong"
    assert not record(_O.NO_ANSWER)
    assert not record(_O.MACHINE_MESSAGE)
    contact, attempt = Contact.objects.get(), the_attempt()
    assert (contact.state, contact.attempts_made) == ("reached", 1)
    assert (attempt.outcome, attempt.greeted_ms, attempt.answered_at) == (_O.HUMAN, 900, MORNING)
    assert CampaignDay.counted(campaign, now=MORNING) == (1, 1, 0)


def test_who_heard_nothing_in_two_seconds_was_abandoned(carrier: Carrier) -> None:
    campaign = running([CAROL])
    tick(campaign)
    assert record(_O.HUMAN, greeted_ms=2001)
    assert the_attempt().outcome == _O.ABANDONED
    assert CampaignDay.abandoned_pct(campaign, now=MORNING) == 100.0
    assert CampaignDay.abandoned_pct(campaign, now=later(days=32)) is None


def test_too_many_abandoned_hold_the_campaign(carrier: Carrier) -> None:
    campaign = running([CAROL])
    CampaignDay.add(campaign_id=campaign.pk, at=MORNING, rung=100, answered=100, abandoned=4)
    assert tick(campaign) == []
    assert CampaignPace.objects.get().held_code == "CAMPAIGN_ABANDON_RATE"
    assert len(tick(campaign, at=later(days=32))) == 1


def test_an_opt_out_stops_a_contact_that_waits_for_another_try(carrier: Carrier) -> None:
    campaign = running([CAROL], retries={"busy": 1})
    tick(campaign)
    first = the_attempt()
    record(_O.BUSY)
    first.call.advance(CallFact.LEG_ENDED, at=MORNING, source="carrier")
    Leg.objects.get().report("busy", at=MORNING, source="carrier")
    tick(campaign, at=later(minutes=2))
    assert the_attempt().slot == 2
    assert record(_O.OPTED_OUT, attempt=first, at=later(minutes=3))
    assert Contact.objects.get().state == ContactState.STOPPED


def test_an_old_fact_does_not_move_a_contact_that_is_rung_again(carrier: Carrier) -> None:
    campaign = running([CAROL], retries={"busy": 1})
    tick(campaign)
    first = the_attempt()
    record(_O.BUSY)
    Leg.objects.get().report("busy", at=MORNING, source="carrier")
    tick(campaign, at=later(minutes=2))
    assert record(_O.HUMAN, attempt=first, at=later(minutes=3))
    assert states(campaign) == {"dialled": 1}


def test_nobody_is_tried_more_often_than_allowed(carrier: Carrier) -> None:
    campaign = running([CAROL], retries={"busy": 1}, max_attempts=2)
    for minute in (0, 2):
        tick(campaign, at=later(minutes=minute))
        Leg.objects.filter(ended_at=None).get().report("busy", at=later(minutes=minute), source="carrier")
        record(_O.BUSY, at=later(minutes=minute))
    assert states(campaign) == {"given_up": 1}
    assert len(carrier.dials) == 2
