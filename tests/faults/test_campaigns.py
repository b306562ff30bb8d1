"""Campaigns whose workers die, whose tasks come twice, and whose carrier does not answer: by the carrier's own ledger
nobody is rung twice, and nobody is forgotten.
"""

import time
from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from calls.campaigns import launching
from calls.models import Contact, ContactAttempt
from compliance.models import DialPermit
from tests import all_day, on_campaign
from tests.faults import dialling
from tests.faults.case import Case
from tests.faults.dialling import Dialler
from tests.faults.house import Exposed


@pytest.fixture
def dialler(case: Case, house: Exposed, django_db_blocker: DjangoDbBlocker) -> Iterator[Dialler]:
    """Workers of their own for a campaign; people may be rung at any hour."""
    dialler = Dialler(house, dice=case.dice("dialler"), workers=8 if case.is_full else 1)
    with dialling.books_of(house, django_db_blocker):
        all_day.adopt()
        try:
            yield dialler
        finally:
            dialler.dismiss()


@pytest.mark.fault("dying diallers")
def test_workers_die_and_everybody_is_rung_once(case: Case, dialler: Dialler) -> None:
    willing = dialling.numbers_of(all_day.AREA, case.size)
    others = dialling.numbers_of(all_day.AREA, case.size // 20, beginning=5000)
    campaign = dialler.prepare("Dying diallers", willing, others)
    report = dialler.foresee(campaign)
    kills = 20 if case.is_full else 3
    dialler.hire()
    dialler.start(campaign)
    began = time.monotonic()
    for kill in range(kills):
        share = (kill + 1) / (kills + 1)
        left = report.contacts * (1 - share) + 1
        dialling.wait_until(lambda left=left: dialler.open_contacts(campaign) <= left, within_s=1800, what="progress")
        dialler.kill_one(whole=kill % 3 == 1)
        dialler.double(campaign)
    dialler.bring_to_an_end(campaign, within_s=1800)
    took = time.monotonic() - began
    dials = dialler.dials([*willing, *others])
    spent = DialPermit.objects.filter(subject_ref__startswith="contact:", sent_at__isnull=False).count()
    states = on_campaign.states(campaign)
    case.did(case.size)
    case.reached("requests to the carrier beyond the permits spent", max(0, dials.total() - spent))
    case.reached("people rung twice", sum(count > 1 for count in dials.values()))
    case.reached("people rung without consent", sum(number in dials for number in others))
    case.reached("people who agreed and were not rung", sum(number not in dials for number in willing))
    case.reached("contacts lost", Contact.objects.filter(campaign=campaign, closed_at=None).count())
    case.reached("attempts counted wrongly", _counted_wrongly(campaign.pk))
    foreseen = abs(report.will_call - states.get("given_up", 0)) + abs(report.will_not_call - states.get("refused", 0))
    case.reached("contacts for whom the dry run was wrong", foreseen)
    case.reached("dials a second", dials.total() / took)


def _counted_wrongly(campaign_id: int) -> int:
    """Contacts whose counter is not what their attempts say."""
    rang = ("human", "abandoned", "machine_message", "machine_hung_up", "no-answer", "busy", "failed", "canceled")
    wrong = 0
    for contact in Contact.objects.filter(campaign=campaign_id).prefetch_related("attempts"):
        wrong += contact.attempts_made != sum(attempt.outcome in rang for attempt in contact.attempts.all())
    return wrong


@pytest.mark.fault("lost answers")
def test_a_lost_answer_is_found_out_about_and_nobody_is_rung_again(
    case: Case, house: Exposed, dialler: Dialler
) -> None:
    willing = dialling.numbers_of(all_day.AREA, case.size, beginning=2000)
    campaign = dialler.prepare("Lost answers", willing, max_concurrent=20)
    dialler.hire()
    house.ask(
        "POST",
        "faults",
        json={
            "rest_delays": [
                {"method": "POST", "path": "/Calls.json", "times": case.size, "after_effect": True, "answer_lost": True}
            ]
        },
    )
    dialler.start(campaign)
    dialler.bring_to_an_end(campaign, within_s=1800)
    house.behave()
    dials = dialler.dials(willing)
    case.did(case.size)
    case.reached("people rung twice", sum(count > 1 for count in dials.values()))
    case.reached("people not rung", sum(number not in dials for number in willing))
    # Without a permit the carrier was not asked: a claim that nobody came for in the minutes that were let pass.
    asked = ContactAttempt.objects.filter(contact__campaign=campaign, permit__isnull=False)
    case.reached("attempts that did not find their call", asked.exclude(outcome="busy").count())


@pytest.mark.fault("pause")
def test_a_pause_holds_at_once(case: Case, house: Exposed, dialler: Dialler) -> None:
    willing = dialling.numbers_of(all_day.AREA, 60 * case.size, beginning=7000)
    campaign = dialler.prepare("Pause", willing)
    dialler.hire()
    for n in range(case.size):
        if n == 0:
            dialler.start(campaign)
        else:
            launching.resume(campaign=campaign, by=on_campaign.APPROVER, now=timezone.now())
        wanted = 60 * n + 20
        dialling.wait_until(lambda wanted=wanted: dialler.dials(willing).total() >= wanted, within_s=120, what="dials")
        launching.pause(campaign=campaign, why="Somebody pressed it.", by=on_campaign.APPROVER, now=timezone.now())
        paused_ms = house.ask("GET", "clock")["now_ms"]
        claimed = Contact.objects.filter(campaign=campaign, state="claimed")
        dialling.wait_until(lambda claimed=claimed: not claimed.exists(), within_s=60, what="quiet")
        entries = house.ask("GET", "ledger", params={"kind": "dial"})["entries"]
        late = max((e["at_ms"] - paused_ms for e in entries if e["to"] in set(willing)), default=0.0)
        case.reached("the last request after the commit, ms", max(0.0, late))
        case.did(1)
    case.reached("people rung twice", sum(count > 1 for count in dialler.dials(willing).values()))
