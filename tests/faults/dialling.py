"""A campaign in the house of the fault suite: people who are busy, workers that are killed, a beat that doubles."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import phonenumbers
import psutil
from celery import Celery
from django.db import connections
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from calls.campaigns import dry_run, launching
from calls.models import Campaign, Contact, ContactAttempt, DryRun, Number
from compliance.models import DialPermit
from tests import all_day, on_campaign
from tests.faults.house import Exposed
from tests.journeys.house import NUMBERS

_SEND_EVERY_S = 0.5
_LOOK_EVERY_S = 0.25


def numbers_of(area: str, count: int, *, beginning: int = 0) -> list[str]:
    """So many numbers of an area code that could be somebody's."""
    found: list[str] = []
    for exchange in range(220, 990):
        if not phonenumbers.is_valid_number(phonenumbers.parse(f"+1{area}{exchange}{beginning:04d}")):
            continue
        found += [f"+1{area}{exchange}{beginning + k:04d}" for k in range(50)]
        if len(found) >= count:
            return found[:count]
    raise AssertionError(f"there are no {count} numbers in {area}")


def wait_until(look: Callable[[], bool], *, within_s: float, what: str) -> None:
    """Look now and then: whoever looks all the time takes the machine from those who are looked at."""
    pause, end = threading.Event(), time.monotonic() + within_s
    while not look():
        assert time.monotonic() < end, f"never came: {what}"
        pause.wait(_LOOK_EVERY_S)


@contextmanager
def books_of(house: Exposed, blocker: DjangoDbBlocker) -> Iterator[None]:
    """The tables of the running house, in this process."""
    connection = connections["default"]
    before = connection.settings_dict["NAME"]

    def look_into(name: str) -> None:
        connections.close_all()
        connection.close_pool()
        connection.settings_dict["NAME"] = name

    look_into(house.database)
    try:
        with blocker.unblock():
            yield
    finally:
        look_into(before)


class Dialler:
    """A campaign that is being rung by workers of its own, beside the one of the house."""

    def __init__(self, house: Exposed, *, dice: random.Random, workers: int) -> None:
        self.house, self.dice = house, dice
        self._names = [f"dialler-{n}" for n in range(workers)]
        self._begun: dict[str, subprocess.Popen[bytes]] = {}
        self._is_over = threading.Event()
        self.doubles = 0
        self._celery = Celery(broker=house.env["REDIS_URL"])

    def prepare(self, name: str, willing: list[str], others: list[str] = (), **fields: object) -> Campaign:  # type: ignore[assignment]
        """An approved campaign whose people are all busy; the others have not agreed to anything."""
        now = timezone.now()
        ours = Number.objects.get(e164=NUMBERS[0])
        words = {"name": name, "purpose": "informational", "topic": on_campaign.TOPIC, "seller": on_campaign.SELLER}
        words |= {"assistant": ours.assistant, "calls_per_second": 100, "max_concurrent": 200, "max_attempts": 1}
        words |= all_day.WINDOW
        campaign = launching.draft(fields=words | fields, numbers=[ours], by=on_campaign.AUTHOR, now=now)
        campaign.refresh_from_db()
        on_campaign.add(campaign, [*willing, *others], now=now)
        on_campaign.agree(willing, at=now - timedelta(days=5))
        for number in willing:
            self.house.ask("PUT", f"agents/%2B{number[1:]}", json={"pickup": "busy", "after_ms": 0})
        launching.submit(campaign=campaign, by=on_campaign.AUTHOR, now=now)
        launching.approve(campaign=campaign, by=on_campaign.APPROVER, now=now)
        return campaign

    def foresee(self, campaign: Campaign) -> DryRun:
        """What the gate says beforehand."""
        report = dry_run.begin(campaign=campaign, by=on_campaign.AUTHOR, now=timezone.now())
        while dry_run.ask(dry_run_id=report.pk):
            pass
        report.refresh_from_db()
        return report

    def start(self, campaign: Campaign) -> None:
        """Begin it."""
        launching.start(campaign=campaign, by=on_campaign.APPROVER, now=timezone.now())

    # --- workers ---

    def hire(self) -> None:
        """Start every worker, and the beat that sends tasks, some of them twice."""
        for name in self._names:
            self._hire(name)
        threading.Thread(target=self._beat, daemon=True).start()

    def _hire(self, name: str) -> None:
        command = [sys.executable, "-m", "celery", "-A", "contactcenter", "worker", "--concurrency", "3"]
        command += ["--without-gossip", "--without-mingle", "-l", "warning", "-n", f"{name}@%h"]
        self._begun[name] = self.house.run(name, command, BRIDGE_CALLS="1000")

    def kill_one(self, *, whole: bool) -> None:
        """Kill a worker in the middle of whatever it does: one of its processes, or all; others take their place."""
        name = self.dice.choice(self._names)
        processes = psutil.Process(self._begun[name].pid).children(recursive=True)
        if not whole and processes:
            self.dice.choice(processes).send_signal(signal.SIGKILL)
            return
        self._end(name)
        self._hire(name)

    def _end(self, name: str) -> None:
        worker = self._begun[name]
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(worker.pid).children(recursive=True):
                process.kill()
        worker.kill()
        worker.wait(20)

    def dismiss(self) -> None:
        """Stop the beat and all workers."""
        self._is_over.set()
        for name in self._begun:
            self._end(name)
        self._celery.close()

    def _beat(self) -> None:
        while not self._is_over.wait(_SEND_EVERY_S):
            self._celery.send_task("calls.campaigns.tasks.tick_all")
            if self.dice.random() < 0.3:
                self._celery.send_task("calls.campaigns.tasks.tick_all")
        connections.close_all()

    def double(self, campaign: Campaign) -> None:
        """Send tasks again that were sent before."""
        known = list(ContactAttempt.objects.filter(contact__campaign=campaign).values_list("pk", flat=True))
        for attempt_id in self.dice.sample(known, min(10, len(known))):
            self._celery.send_task("calls.campaigns.tasks.ring", kwargs={"attempt_id": attempt_id})
            self.doubles += 1

    def sweep(self) -> None:
        """What beat does every few seconds."""
        self._celery.send_task("calls.sweeps.settle_dials")
        self._celery.send_task("calls.campaigns.tasks.recover")
        self._celery.send_task("calls.sweeps.settle_outgoing")
        self._celery.send_task("calls.sweeps.reconcile_live_calls")  # of some calls the last report is lost

    # --- what became of it ---

    def dials(self, numbers: list[str]) -> Counter[str]:
        """How often the carrier was asked to ring each of these, by its own ledger."""
        wanted = set(numbers)
        entries = self.house.ask("GET", "ledger", params={"kind": "dial"})["entries"]
        return Counter(entry["to"] for entry in entries if entry["to"] in wanted)

    @staticmethod
    def open_contacts(campaign: Campaign) -> int:
        """How many are not over."""
        return Contact.objects.filter(campaign=campaign, state__in=("due", "claimed", "dialled")).count()

    def let_a_minute_pass(self, campaign: Campaign) -> None:
        """As far as anybody can tell by the books of this campaign."""
        minute = timedelta(minutes=1)
        for contact in Contact.objects.filter(campaign=campaign, state__in=("due", "claimed")):
            claimed_at = contact.claimed_at and contact.claimed_at - minute
            Contact.objects.filter(pk=contact.pk, state=contact.state).update(
                due_at=contact.due_at - minute, claimed_at=claimed_at
            )
        waiting = ContactAttempt.objects.filter(contact__campaign=campaign, outcome="open", begun_at__isnull=False)
        for attempt in waiting.select_related("permit"):
            ContactAttempt.objects.filter(pk=attempt.pk).update(begun_at=attempt.begun_at - minute)
            if attempt.permit is not None and attempt.permit.state in ("sent", "unknown"):
                DialPermit.objects.filter(pk=attempt.permit_id, state=attempt.permit.state).update(
                    sent_at=attempt.permit.sent_at - minute
                )

    def bring_to_an_end(self, campaign: Campaign, *, within_s: float) -> None:
        """Let the sweeps find whatever dead workers have left, until nobody is left to ring."""
        last, since = -1, time.monotonic()

        def is_over() -> bool:
            nonlocal last, since
            left = self.open_contacts(campaign)
            if left != last:
                last, since = left, time.monotonic()
            elif left and time.monotonic() - since > 1.5:
                self.let_a_minute_pass(campaign)
                self.sweep()
                since = time.monotonic()
            return not left

        wait_until(is_over, within_s=within_s, what="the end of the campaign")
