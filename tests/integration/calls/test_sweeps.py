"""What the sweeps delete."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls import sweeps
from calls.lifecycle import CallFact
from calls.models import ResumeDocument
from contactcenter.celery import app
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)


def test_how_a_call_could_have_gone_on_is_forgotten_a_day_after_its_end() -> None:
    now = timezone.now()
    kept = []
    for ended_ago in (None, timedelta(hours=23), timedelta(hours=25)):
        call = given.a_call(now=now - timedelta(days=2))
        ResumeDocument.objects.create(call=call, document={}, epoch=1, written_at=now)
        if ended_ago is not None:
            call.advance(CallFact.LEG_ENDED, at=now - ended_ago, source="carrier")
        kept.append(call.pk)
    sweeps.forget_conversations()
    assert list(ResumeDocument.objects.order_by("pk").values_list("pk", flat=True)) == kept[:2]


def test_every_sweep_has_its_time() -> None:
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} == {
        f"calls.sweeps.{name}" for name, task in vars(sweeps).items() if hasattr(task, "delay")
    }
