"""A campaign at work: whoever is due is rung once, and what comes of it moves the contact."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from calls.campaigns import claiming, launching, runner
from calls.control import dialled
from calls.lifecycle import CallFact, Phase
from calls.lifecycle.campaign import AttemptOutcome, ContactState
from calls.models import Call, Campaign, CampaignDay, CampaignPace, Contact, ContactAttempt, Leg
from compliance import gate
from compliance.models import DialDecision, DialPermit, OutboundSwitch
from tests import given, on_campaign
from tests.carrier_on_loopback import Carrier
from tests.on_campaign import APPROVER, MORNING, a_number_of, running, states, the_attempt

pytestmark = pytest.mark.django_db
CAROL, DAVE = "+12125550101", "+12125550102"
_O = AttemptOutcome


def tick(campaign: Campaign, *, at: datetime = MORNING) -> list[int]:
    return runner.tick(campaign_id=campaign.pk, now=at)


def later(**words: float) -> datetime:
    return MORNING + timedelta(**words)


def record(
    outcome: AttemptOutcome, *, at: datetime = MORNING, attempt: ContactAttempt | None = None, **known: Any
) -> bool:
    return runner.record_outcome(attempt=attempt or the_attempt(), outcome=outcome, now=at, **known)


# --- who is rung ---


def test_who_is_due_is_rung_once_with_everything_in_the_books(carrier: Carrier) -> None:
    campaign = running([CAROL], ring_s=20)
    (attempt_id,) = tick(campaign)
    attempt = the_attempt()
    assert attempt.pk == attempt_id
    assert (attempt.slot, attempt.outcome, attempt.permit.state) == (1, _O.OPEN, "confirmed")
    assert attempt.decision == attempt.permit.decision
    decision = DialDecision.objects.get()
    assert (decision.subject_ref, decision.errand_ref) == (f"contact:{attempt.contact_id}", f"attempt:{attempt_id}")
    assert decision.request["seller"] == on_campaign.SELLER
    assert decision.facts["door"]["campaign"]["pool"] == [given.OURS]
    leg = Leg.objects.get(permit=attempt.permit)
    assert (leg.role, leg.call, leg.to_address) == ("customer", attempt.call, CAROL)
    call = attempt.call
    assert (call.direction, call.phase, call.customer_e164) == ("outbound", Phase.RINGING, CAROL)
    assert call.customer_leg() == leg
    (dial,) = carrier.dials
    assert (dial["To"], dial["From"], dial["Timeout"]) == (CAROL, given.OURS, "20")
    assert (dial["MachineDetection"], dial["AsyncAmd"]) == ("Enable", "true")
    assert dial["AsyncAmdStatusCallback"].endswith("/twilio/amd/")
    assert states(campaign) == {"dialled": 1}
    assert tick(campaign, at=later(seconds=5)) == []


def test_a_campaign_that_leaves_messages_waits_for_the_tone(carrier: Carrier) -> None:
    tick(running([CAROL], voicemail="leave", voicemail_words="Please call us back."))
    assert carrier.dials[0]["MachineDetection"] == "DetectMessageEnd"


def test_nobody_is_rung_for_a_campaign_that_does_not_run(carrier: Carrier) -> None:
    campaign = on_campaign.a_campaign([CAROL])
    assert tick(campaign) == []
    assert tick(Campaign(pk=10**9)) == []
    assert carrier.asked == []


def test_it_finishes_when_nobody_is_left(carrier: Carrier) -> None:
    campaign = running([CAROL])
    tick(campaign)
    record(_O.HUMAN)
    tick(campaign, at=later(seconds=5))
    campaign.refresh_from_db()
    assert (campaign.state, campaign.state_why) == ("finished", "Nobody is left to ring.")
    assert campaign.events.filter(kind="ran_out").count() == 1


def test_it_ends_at_its_time(carrier: Carrier) -> None:
    campaign = running([CAROL], ends_at=later(hours=1))
    assert tick(campaign, at=later(hours=2)) == []
    campaign.refresh_from_db()
    assert campaign.state == "finished"


def test_the_same_person_is_always_shown_the_same_number(carrier: Carrier) -> None:
    campaign = running(a_number_of(6))
    campaign.numbers.add(given.a_number(e164="+14155550101"))
    shown = {number: runner.shown_to(number, list(campaign.numbers.order_by("e164"))) for number in a_number_of(6)}
    tick(campaign)
    assert {dial["To"]: dial["From"] for dial in carrier.dials} == {to: ours.e164 for to, ours in shown.items()}
    assert len({ours.pk for ours in shown.values()}) == 2


# --- when ---


def test_its_own_hours_go_by_the_clock_of_whoever_is_called(carrier: Carrier) -> None:
    campaign = running([CAROL, "+13105550101"], window_from="10:00", window_to="12:00")
    tick(campaign)
    assert [dial["To"] for dial in carrier.dials] == [CAROL]
    angeleno = Contact.objects.get(number="+13105550101")
    assert (angeleno.state, angeleno.code) == ("due", "CAMPAIGN_HOURS")
    assert angeleno.due_at == later(hours=2)


def test_all_of_an_area_code_are_put_off_at_once(carrier: Carrier) -> None:
    westerners = a_number_of(30, area="310")
    campaign = running(westerners, window_from="10:00", window_to="12:00", are_willing=False, calls_per_second=1)
    Contact.objects.filter(number=westerners[-1]).update(address_zone="America/New_York")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claiming, "_LOOK_AT", 5)
        patch.setattr(claiming, "_LOOKS", 1)
        tick(campaign)
    assert Contact.objects.filter(code="CAMPAIGN_HOURS", due_at=later(hours=2)).count() == 29
    assert Contact.objects.get(number=westerners[-1]).due_at == MORNING


def test_a_condition_is_asked_about_again_after_longer_and_longer(carrier: Carrier) -> None:
    first = running([CAROL])
    campaign = running([CAROL], name="Also", are_willing=False)
    tick(first)
    waits, at = [], MORNING
    for _ in range(7):
        tick(campaign, at=at)
        contact = Contact.objects.get(campaign=campaign)
        assert contact.code == "IN_FLIGHT"
        waits.append(int((contact.due_at - at).total_seconds()) // 60)
        Contact.objects.filter(pk=contact.pk).update(due_at=at)
        at += timedelta(seconds=2)
    assert waits == [5, 10, 20, 40, 80, 160, 160]


def test_an_address_in_another_zone_narrows_the_hours(carrier: Carrier) -> None:
    campaign = running([CAROL], window_from="10:00", window_to="14:00")
    Contact.objects.update(address_zone="America/Denver")
    tick(campaign)
    assert Contact.objects.get().due_at == later(hours=1)


def test_calls_per_second_and_calls_at_once_are_kept(carrier: Carrier) -> None:
    campaign = running(a_number_of(10), calls_per_second=2, max_concurrent=5)
    counts = [len(tick(campaign, at=later(seconds=second))) for second in range(4)]
    assert counts == [2, 2, 1, 0]


def test_no_more_are_rung_than_bridges_can_take(carrier: Carrier, settings: Any) -> None:
    settings.BRIDGE_CALLS = 3
    campaign = running(a_number_of(10))
    assert len(tick(campaign)) == 3
    assert tick(campaign, at=later(seconds=2)) == []
    call = the_attempt().call
    call.advance(CallFact.LEG_ENDED, at=later(seconds=3), source="carrier")
    assert len(tick(campaign, at=later(seconds=4))) == 1


def test_with_a_queue_no_more_are_rung_than_people_are_free(carrier: Carrier) -> None:
    queue = given.a_queue()
    campaign = running(a_number_of(10), queue=queue)
    assert tick(campaign) == []


# --- what the gate says ---


def test_a_refusal_closes_the_contact_with_its_code(carrier: Carrier) -> None:
    campaign = running(["+18005550101"])
    tick(campaign)
    contact = Contact.objects.get()
    assert (contact.state, contact.code, contact.attempts_made) == ("refused", "NUMBER_TYPE_BLOCKED", 0)
    attempt = the_attempt()
    assert (attempt.outcome, attempt.call, attempt.permit) == (_O.REFUSED, None, None)
    assert attempt.decision.code == "NUMBER_TYPE_BLOCKED"
    assert not Call.objects.exists()
    assert carrier.asked == []


def test_what_is_put_off_is_no_attempt_and_comes_again(carrier: Carrier) -> None:
    campaign = running([CAROL])
    OutboundSwitch.objects.update(is_off=True)
    tick(campaign)
    contact = Contact.objects.get()
    assert (contact.state, contact.code, contact.attempts_made) == ("due", "KILL_SWITCH", 0)
    assert contact.due_at == later(seconds=30)
    assert CampaignPace.objects.get().held_code == "KILL_SWITCH"
    assert tick(campaign, at=later(seconds=10)) == [], "it would be refused to everybody"
    OutboundSwitch.objects.update(is_off=False)
    assert len(tick(campaign, at=later(seconds=31))) == 1
    assert the_attempt().slot == 2


def test_somebody_who_is_rung_already_is_asked_about_again(carrier: Carrier) -> None:
    first = running([CAROL])
    second = running([CAROL], name="Also", are_willing=False)
    tick(first)
    tick(second)
    assert Contact.objects.get(campaign=second).code == "IN_FLIGHT"
    assert len(carrier.dials) == 1


# --- what the carrier says ---


def test_a_number_that_the_carrier_will_not_ring_has_failed(carrier: Carrier) -> None:
    carrier.manner = "refuses"
    campaign = running([CAROL], retries={})
    tick(campaign)
    contact = Contact.objects.get()
    assert (contact.state, contact.outcome, contact.code) == ("given_up", _O.FAILED, "CARRIER_REFUSED")
    assert the_attempt().call.phase == Phase.CLOSED


@pytest.mark.parametrize("answer", [(429, 20429), (401, 20003), (400, 21210)])
def test_a_carrier_that_does_not_want_to_now_is_asked_later(carrier: Carrier, answer: tuple[int, int]) -> None:
    carrier.manner, carrier.refuses_with = "refuses", answer
    campaign = running([CAROL, DAVE], max_concurrent=1)
    tick(campaign)
    contact = Contact.objects.get(number=the_attempt().contact.number)
    assert (contact.state, contact.outcome, contact.attempts_made) == ("due", _O.NOT_DIALLED, 0)
    assert tick(campaign, at=later(seconds=10)) == [], "nor is anybody else rung meanwhile"
    carrier.manner = "takes"
    assert len(tick(campaign, at=later(minutes=2))) == 1


def test_a_lost_answer_is_found_out_about_before_anybody_is_rung_again(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialled, "NOBODY_WAITS_AFTER", -timedelta(seconds=1))
    monkeypatch.setattr(dialled, "LISTED_AFTER", -timedelta(seconds=1))
    carrier.manner = "deaf"
    campaign = running([CAROL, DAVE], max_concurrent=2)
    tick(campaign)
    assert states(campaign) == {"dialled": 2}
    assert tick(campaign, at=later(minutes=1)) == []
    carrier.manner = "takes"
    carrier.take("", {"To": [CAROL], "From": [given.OURS]})
    for dial in dialled.settle(now=later(minutes=1)):
        runner.settled(dial, now=later(minutes=1))
    assert {(c.number, c.state) for c in Contact.objects.all()} == {(CAROL, "dialled"), (DAVE, "due")}
    assert Leg.objects.get().call == ContactAttempt.objects.get(contact__number=CAROL).call
    assert ContactAttempt.objects.get(contact__number=DAVE).call.phase == Phase.CLOSED
    (again,) = tick(campaign, at=later(minutes=3))
    assert ContactAttempt.objects.get(pk=again).contact.number == DAVE
    assert len(carrier.dials) == 2


# --- what comes of it ---


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


# --- pause and stop count until the last moment ---


@pytest.mark.parametrize("verb", [launching.pause, launching.stop])
def test_what_is_decided_between_the_permit_and_the_carrier_counts(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch, verb: Any
) -> None:
    campaign, authorize = running([CAROL]), gate.authorize

    def decided_meanwhile(*words: Any) -> Any:
        verdict = authorize(*words)
        verb(campaign=campaign, why="Wrong list.", by=APPROVER, now=MORNING)
        return verdict

    monkeypatch.setattr(gate, "authorize", decided_meanwhile)
    assert len(tick(campaign)) == 1
    assert carrier.asked == []
    contact = Contact.objects.get()
    assert contact.state == ("stopped" if verb is launching.stop else "due")
    assert not DialPermit.objects.exclude(state__in=("issued", "void")).exists()
    assert not Call.objects.exists()


def test_a_task_that_comes_twice_rings_once(carrier: Carrier) -> None:
    campaign = running([CAROL])
    (attempt_id,) = claiming.claim(campaign_id=campaign.pk, now=MORNING)
    for _ in range(3):
        runner.ring(attempt_id=attempt_id, now=MORNING)
    assert len(carrier.dials) == 1
    assert DialDecision.objects.count() == 1
