"""Celery tasks of campaigns: thin, one call each. The database says what is due; one that comes twice does no harm."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from calls.campaigns import claiming, launching, recovery, runner


@shared_task
def tick_all(**_: Any) -> None:
    """Claim whoever is to be rung now in every campaign that runs, and have them dialled side by side."""
    now = timezone.now()
    launching.start_due(now=now)
    campaigns = claiming.hungry(now=now)
    for campaign_id in campaigns:
        for attempt_id in claiming.claim(campaign_id=campaign_id, now=timezone.now(), among=len(campaigns)):
            ring.delay(attempt_id=attempt_id)


@shared_task
def ring(*, attempt_id: int, **_: Any) -> None:
    """Take one attempt through the door."""
    runner.ring(attempt_id=attempt_id, now=timezone.now())


@shared_task
def recover(**_: Any) -> None:
    """Bring on attempts whose worker died or whose report never came."""
    recovery.recover(now=timezone.now())
