"""Periodic reconciliation: the database says what is due, whatever messages were lost."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from calls import tasks
from calls.control import recordings
from calls.lifecycle import Phase
from calls.models import Call, Recording

# A call without a fact for this long is looked up at the carrier.
_QUIET = timedelta(seconds=60)
_BATCH = 200


@shared_task
def copy_due_recordings(**_: Any) -> None:
    """Try every copy, and every deletion at the carrier, that is due now."""
    for recording_id in Recording.due_ids(now=timezone.now(), limit=_BATCH):
        tasks.copy_recording.delay(recording_id=recording_id)


@shared_task
def find_missing_recordings(**_: Any) -> None:
    """Ask the carrier about recordings of ended calls whose last callback never came."""
    now = timezone.now()
    for recording in Recording.unheard_of(before=now - _QUIET, limit=_BATCH):
        recordings.find(recording=recording, now=now)


@shared_task
def reconcile_open_calls(**_: Any) -> None:
    """Look up calls that seem to be going on without anything happening on them."""
    quiet_since = timezone.now() - _QUIET
    calls = (
        Call.objects.exclude(phase=Phase.CLOSED)
        .filter(started_at__lt=quiet_since)
        .exclude(streams__opened_at__isnull=False, streams__closed_at=None)
        .values_list("pk", flat=True)[:_BATCH]
    )
    for call_id in calls:
        tasks.look_up_leg.delay(call_id=call_id)
