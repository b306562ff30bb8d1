"""A campaign from its start to its end: people are rung once, talked to, and left alone when they want to be."""

from datetime import timedelta
from urllib.parse import quote

from celery import Celery
from django.utils import timezone

from calls.campaigns import launching
from calls.models import Campaign, CampaignDay, Contact, ContactAttempt, Number
from compliance.models import SuppressionEntry
from tests import all_day, on_campaign
from tests.faults import dialling
from tests.journeys.house import NUMBERS, House, eventually


def a_campaign(house: House, people: dict[str, str], *, name: str) -> Campaign:
    """One that runs, for people who have agreed and pick up as these do."""
    ours, now = Number.objects.get(e164=NUMBERS[0]), timezone.now()
    words = {"name": name, "purpose": "informational", "topic": on_campaign.TOPIC, "seller": on_campaign.SELLER}
    words |= {"assistant": ours.assistant, "calls_per_second": 20, "max_concurrent": 5, "max_attempts": 2}
    words |= {"retries": {"busy": 30}} | all_day.WINDOW
    campaign = launching.draft(fields=words, numbers=[ours], by=on_campaign.AUTHOR, now=now)
    campaign.refresh_from_db()
    on_campaign.add(campaign, list(people), now=now)
    on_campaign.agree(list(people), at=now - timedelta(days=5))
    for number, persona in people.items():
        house.ask("PUT", f"agents/{quote(number, safe='')}", json={"persona": persona})
    return on_campaign.launched(campaign, now=now)


def tick(house: House) -> None:
    with Celery(broker=house.env["REDIS_URL"]) as beat:
        beat.send_task("calls.campaigns.tasks.tick_all")


def states(campaign: Campaign) -> dict[str, str]:
    return dict(Contact.objects.filter(campaign=campaign).values_list("number", "state"))


def test_who_answers_is_reached_and_who_wants_no_calls_gets_none(house: House) -> None:
    all_day.adopt()
    talks, presses, busy = dialling.numbers_of(all_day.AREA, 3, beginning=8000)
    campaign = a_campaign(house, {talks: "answers", presses: "presses_nine", busy: "busy"}, name="One and all")
    tick(house)
    eventually(lambda: set(states(campaign).values()) == {"dialled"}, what="three dials")
    house.step(30_000)
    for sid in ContactAttempt.objects.filter(contact__number=talks).values_list("call__legs__leg_sid", flat=True):
        house.ask("POST", f"calls/{sid}/hangup")
    house.step(2_000)
    expected = {talks: "reached", presses: "stopped", busy: "due"}
    eventually(lambda: states(campaign) == expected, what=f"{expected}, not {states(campaign)}")
    outcomes = dict(ContactAttempt.objects.filter(contact__campaign=campaign).values_list("contact__number", "outcome"))
    assert outcomes == {talks: "human", presses: "opted_out", busy: "busy"}
    assert CampaignDay.counted(campaign, now=timezone.now()) == (3, 2, 0)
    assert SuppressionEntry.objects.filter(number=presses, lifted_at=None).exists()
    # Another campaign must not ring them again, and rings the others.
    Contact.objects.filter(campaign=campaign).update(state="given_up")
    second = a_campaign(house, {presses: "answers"}, name="Once more")
    tick(house)
    eventually(lambda: states(second) == {presses: "refused"}, what="a refusal")
    assert Contact.objects.get(campaign=second).code == "INTERNAL_DNC"
    eventually(lambda: Campaign.objects.get(pk=campaign.pk).state == "finished", what="an end: nobody is left")
