"""What the sweeps delete."""

from datetime import timedelta
from inspect import signature
from types import ModuleType

import pytest
from celery import Task
from django.utils import timezone

from calls import sweeps
from calls.campaigns import tasks as campaign_tasks
from calls.lifecycle import CallFact
from calls.models import ResumeDocument, TranscriptTurn
from compliance import tasks as compliance_tasks
from contactcenter.celery import app
from contactcenter.privacy import tasks as privacy_tasks
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


def test_turns_that_nobody_will_finish_stay_as_they_were_heard() -> None:
    now = timezone.now()
    for is_over in (False, True):
        call = given.a_call(now=now)
        TranscriptTurn.keep_all(
            [TranscriptTurn(call=call, item_id="i1", party="assistant", started_ms=0, text="We have", is_final=False)]
        )
        if is_over:
            call.advance(CallFact.LEG_ENDED, at=now, source="carrier")
    sweeps.finish_turns()
    assert list(TranscriptTurn.objects.order_by("pk").values_list("is_final", flat=True)) == [False, True]


@pytest.mark.parametrize("module", [sweeps, campaign_tasks, compliance_tasks, privacy_tasks])
def test_every_sweep_has_its_time(module: ModuleType) -> None:
    timed = {entry["task"] for entry in app.conf.beat_schedule.values()}
    tasks = [task for task in vars(module).values() if isinstance(task, Task)]
    asks_for_nothing = {task.name for task in tasks if set(signature(task.run).parameters) == {"_"}}
    assert {name for name in timed if name.startswith(f"{module.__name__}.")} == asks_for_nothing
