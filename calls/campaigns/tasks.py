"""Celery tasks of campaigns: thin, one call each. The database says what is due; one that comes twice does no harm."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from calls.campaigns import claiming, dry_run, launching, reading, recovery, runner
from calls.models import ContactImport, DryRun


@shared_task
def tick_all(**_: Any) -> None:
    """Claim whoever is to be rung now in every campaign that runs, and have them dialled side by side."""
    now = timezone.now()
    launching.start_due(now=now)
    among = claiming.wanting(now=now)
    for campaign_id in claiming.hungry(now=now):
        for attempt_id in claiming.claim(campaign_id=campaign_id, now=timezone.now(), among=among):
            ring.delay(attempt_id=attempt_id)


@shared_task
def ring(*, attempt_id: int, **_: Any) -> None:
    """Take one attempt through the door."""
    runner.ring(attempt_id=attempt_id, now=timezone.now())


@shared_task
def recover(**_: Any) -> None:
    """Bring on attempts whose worker died or whose report never came."""
    recovery.recover(now=timezone.now())


@shared_task
def read_contacts(*, import_id: int, **_: Any) -> None:
    """Read on in a file of contacts, for a while."""
    if reading.read(import_id=import_id):
        read_contacts.delay(import_id=import_id)


@shared_task
def ask_dry(*, dry_run_id: int, **_: Any) -> None:
    """Ask on for a dry run, for a while."""
    if dry_run.ask(dry_run_id=dry_run_id):
        ask_dry.delay(dry_run_id=dry_run_id)


@shared_task
def read_on(**_: Any) -> None:
    """Go on with files and dry runs whose worker died, or was never told."""
    for import_id in ContactImport.left_lying():
        read_contacts.delay(import_id=import_id)
    for dry_run_id in DryRun.left_lying():
        ask_dry.delay(dry_run_id=dry_run_id)
