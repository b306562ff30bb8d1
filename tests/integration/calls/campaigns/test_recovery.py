"""Workers that die: whatever they left is found in the database, and nobody is rung twice or forgotten."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from agents.models import Assistant
from calls import reactions
from calls.campaigns import claiming, recovery, runner
from calls.control.dialing import spending
from calls.lifecycle import Phase
from calls.lifecycle.campaign import AttemptOutcome
from calls.models import Call, Campaign, CampaignPace, Contact, ContactAttempt, Leg, OutgoingCall
from compliance.models import DialPermit
from tests import on_campaign
from tests.carrier_on_loopback import Carrier
from tests.on_campaign import MORNING, a_number_of, running, states, the_attempt

pytestmark = pytest.mark.django_db
CAROL = "+12125550101"


class Killed(BaseException):
    """The worker dies here."""


def later(**words: float) -> datetime:
    return MORNING + timedelta(**words)


def dies(where: Any, name: str, monkeypatch: pytest.MonkeyPatch, *, after: bool = False) -> None:
    """The worker is killed when it comes to this, or right after it."""
    original = getattr(where, name)

    def die(*args: Any, **words: Any) -> Any:
        if after:
            original(*args, **words)
        raise Killed

    monkeypatch.setattr(where, name, die)


def run_until_killed(campaign: Campaign) -> None:
    with pytest.raises(Killed):
        runner.tick(campaign_id=campaign.pk, now=MORNING)


@pytest.mark.parametrize(
    ("where", "name", "after"),
    [
        (ContactAttempt, "begin", False),
        (ContactAttempt, "begin", True),
        (spending.gate, "authorize", True),
        (spending, "_spend", False),
        (DialPermit, "spend", False),
        (DialPermit, "spend", True),
    ],
    ids=lambda word: str(getattr(word, "__name__", word)),
)
def test_before_the_permit_is_spent_the_contact_is_put_back(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, after: bool
) -> None:
    campaign = running([CAROL])
    dies(where, name, monkeypatch, after=after)
    run_until_killed(campaign)
    monkeypatch.undo()
    DialPermit.objects.filter(state="issued").update(state="void")  # it lives for five seconds
    assert recovery.recover(now=later(seconds=20)) == 0, "it may be under way still"
    assert recovery.recover(now=later(seconds=40)) == 1
    assert states(campaign) == {"due": 1}
    assert not Call.objects.exists()
    assert len(runner.tick(campaign_id=campaign.pk, now=later(minutes=2))) == 1
    assert len(carrier.dials) == 1
    assert Contact.objects.get().attempts_made == 0, "nothing is known of it yet"


def test_a_worker_that_wakes_up_late_rings_nobody(carrier: Carrier) -> None:
    campaign = running([CAROL])
    (asleep,) = claiming.claim(campaign_id=campaign.pk, now=MORNING)
    recovery.recover(now=later(seconds=40))
    (awake,) = claiming.claim(campaign_id=campaign.pk, now=later(seconds=41))
    runner.ring(attempt_id=asleep, now=later(seconds=42))
    assert carrier.asked == []
    runner.ring(attempt_id=awake, now=later(seconds=42))
    assert len(carrier.dials) == 1


def test_one_that_was_already_at_the_door_is_too_late_there(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, spend = running([CAROL]), spending._spend

    def asleep(*args: Any, **words: Any) -> Any:
        recovery.recover(now=later(minutes=5))
        return spend(*args, **words)

    monkeypatch.setattr(spending, "_spend", asleep)
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    assert carrier.asked == []
    assert states(campaign) == {"due": 1}


@pytest.mark.parametrize("has_rung", [True, False])
def test_after_the_permit_is_spent_its_fate_is_found_out_first(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch, has_rung: bool
) -> None:
    from calls.control import dialled

    campaign = running([CAROL])
    dies(spending.outbound, "place_call", monkeypatch, after=has_rung)
    run_until_killed(campaign)
    monkeypatch.undo()
    monkeypatch.setattr(dialled, "NOBODY_WAITS_AFTER", -timedelta(seconds=1))
    monkeypatch.setattr(dialled, "LISTED_AFTER", -timedelta(seconds=1))
    assert recovery.recover(now=later(minutes=5)) == 0
    assert states(campaign) == {"dialled": 1}
    for dial in dialled.settle(now=later(minutes=5)):
        runner.settled(dial, now=later(minutes=5))
    assert states(campaign) == ({"dialled": 1} if has_rung else {"due": 1})
    assert len(carrier.dials) == (1 if has_rung else 0)


def test_a_dial_that_came_to_nothing_is_found_though_nobody_was_told(carrier: Carrier) -> None:
    carrier.manner = "deaf"
    campaign = running([CAROL])
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    DialPermit.objects.get().void("the carrier knows of no such call")
    assert recovery.recover(now=later(minutes=2)) == 1
    assert states(campaign) == {"due": 1}
    assert Call.objects.get().phase == Phase.CLOSED


@pytest.mark.parametrize(
    ("status", "is_machine", "outcome"),
    [
        ("busy", False, "busy"),
        ("no-answer", False, "no-answer"),
        ("completed", False, "abandoned"),
        ("completed", True, "machine_hung_up"),
    ],
)
def test_what_nobody_told_is_found_in_the_books_of_the_call(
    carrier: Carrier, status: str, is_machine: bool, outcome: str
) -> None:
    campaign = running([CAROL])
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    if is_machine:
        OutgoingCall.objects.update(answered_at=later(seconds=9), machine_at=later(seconds=12))
    assert recovery.recover(now=later(minutes=2)) == 0, "it rings, or they talk"
    Leg.objects.get().report(status, at=later(minutes=2), source="carrier")
    assert recovery.recover(now=later(minutes=2)) == 0, "whoever was to tell has a moment"
    assert recovery.recover(now=later(minutes=3)) == 1
    assert the_attempt().outcome == outcome


def test_the_end_of_a_call_tells_its_attempt(carrier: Carrier) -> None:
    campaign = running([CAROL])
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    Leg.objects.get().report("busy", at=later(seconds=9), source="carrier")
    reactions.after_outgoing(the_attempt().call)
    assert (the_attempt().outcome, states(campaign)) == ("busy", {"given_up": 1})
    assert recovery.recover(now=later(minutes=3)) == 0


def test_without_somebody_to_speak_nobody_is_rung(carrier: Carrier) -> None:
    campaign = running([CAROL])
    Assistant.objects.update(is_active=False)
    runner.tick(campaign_id=campaign.pk, now=MORNING)
    assert carrier.asked == []
    assert states(campaign) == {"due": 1}
    assert CampaignPace.objects.get().held_code == "NO_CAPACITY"


# --- several at once ---


def in_threads(count: int, job: Any) -> list[Any]:
    together = threading.Barrier(count)

    def go(k: int) -> Any:
        try:
            together.wait(10)
            return job(k)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(go, range(count)))


@pytest.mark.django_db(transaction=True)
def test_many_workers_claim_everybody_once(carrier: Carrier) -> None:
    campaign = running(a_number_of(60), calls_per_second=100)

    def work(k: int) -> list[int]:
        found = []
        for turn in range(6):
            at = later(seconds=k + 10 * turn)
            found += claiming.claim(campaign_id=campaign.pk, now=at)
        return found

    claimed = [pk for pks in in_threads(4, work) for pk in pks]
    assert len(claimed) == len(set(claimed)) == 60
    assert states(campaign) == {"claimed": 60}


@pytest.mark.django_db(transaction=True)
def test_the_same_task_in_many_workers_rings_once(carrier: Carrier) -> None:
    campaign = running([CAROL])
    (attempt_id,) = claiming.claim(campaign_id=campaign.pk, now=MORNING)
    in_threads(6, lambda _: runner.ring(attempt_id=attempt_id, now=MORNING))
    assert len(carrier.dials) == 1
    assert the_attempt().outcome == AttemptOutcome.OPEN


def test_many_campaigns_share_the_room_and_nobody_starves(carrier: Carrier, settings: Any) -> None:
    settings.BRIDGE_CALLS = 8
    numbers = a_number_of(200)
    campaigns = [
        on_campaign.a_campaign(numbers[2 * k : 2 * k + 2], name=f"Campaign {k}", are_willing=False) for k in range(24)
    ]
    Campaign.objects.update(state="running", submitted_by_ref="carl", approved_by_ref="alice")
    served: set[int] = set()
    for second in range(4):
        now = later(seconds=second)
        for campaign_id in claiming.hungry(now=now):
            claiming.claim(campaign_id=campaign_id, now=now, among=claiming.wanting(now=now))
        claimed = Contact.objects.filter(state="claimed")
        assert claimed.count() <= 8
        served |= set(claimed.values_list("campaign_id", flat=True))
        claimed.update(state="reached")
        ContactAttempt.objects.update(outcome="human")
    assert served == {campaign.pk for campaign in campaigns}
