"""The health page: what is there, what is missing, and the last hour."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler
from redis import Redis

from calls.lifecycle import CallFact, EndedReason
from calls.models import BridgeWorker, Call, Stream, TranscriptTurn
from contactcenter import pulse
from contactcenter.celery import app
from contactcenter.dashboard import health
from tests import given
from tests.integration.calls.test_continuation import a_bridge, held

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def warm_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker of another run is heard."""
    monkeypatch.setattr(pulse, "workers", lambda: ["worker-1@vm"])


def checks() -> dict[str, health.Check]:
    return {check.name: check for check in health.look(now=timezone.now())["checks"]}


def figures() -> list[health.Figure]:
    return list(health.look(now=timezone.now())["figures"])


def test_an_empty_house_says_so_without_a_figure() -> None:
    page = Client()
    page.force_login(given.a_person("sam", "supervisor"))
    response = page.get("/health/")
    assert response.status_code == 200
    assert "None in the last hour." in response.content.decode()
    assert all(figure.median_ms is None for figure in figures())


def test_a_silent_bridge_is_told_from_one_that_is_there() -> None:
    a_bridge("vm-1")
    assert checks()["Bridges"].is_good
    a_bridge("vm-2", now=timezone.now() - timedelta(seconds=30))
    assert checks()["Bridges"] == health.Check("Bridges", False, "1 of 2 there")


def test_a_draining_bridge_is_no_fault() -> None:
    a_bridge("vm-1", is_draining=True)
    assert checks()["Bridges"] == health.Check("Bridges", True, "1 of 1 there, 1 draining")


def test_what_waits_for_the_database_is_added_up() -> None:
    a_bridge("vm-1", journal_depth=400)
    assert checks()["Journal"].is_good
    a_bridge("vm-2", journal_depth=300)
    assert checks()["Journal"] == health.Check("Journal", False, "700 entries wait for the database")


@pytest.mark.parametrize(("age_s", "is_good"), [(20, True), (300, False)])
def test_a_beat_that_stopped_is_seen(age_s: int, is_good: bool) -> None:
    every = IntervalSchedule.objects.create(every=20, period="seconds")
    PeriodicTask.objects.create(
        name="sweep", task="t", interval=every, last_run_at=timezone.now() - timedelta(seconds=age_s)
    )
    assert checks()["Beat"].is_good is is_good


def test_beat_keeps_the_time_of_each_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "send_task", lambda *_, **__: None)
    for task in app.tasks.values():
        monkeypatch.setattr(task, "apply_async", lambda *_, **__: None, raising=False)
    scheduler = DatabaseScheduler(app)
    scheduler._last_sync = time.monotonic()
    scheduler.apply_async(scheduler.schedule["save calls of bridges that fell silent"])
    assert PeriodicTask.objects.get(task="calls.sweeps.rescue_calls").last_run_at is not None
    assert checks()["Beat"].is_good


@pytest.mark.parametrize("cut", ["the page's own questions", "who asks"])
@pytest.mark.parametrize(("is_fragment", "status"), [(False, 503), (True, 200)])
def test_without_the_database_it_says_so_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, cut: str, is_fragment: bool, status: int
) -> None:
    page = Client()
    page.force_login(given.a_person("sam", "supervisor"))
    a_bridge("vm-1")

    def away(*_: object, **__: object) -> None:
        raise OperationalError("the database is away")

    if cut == "who asks":
        monkeypatch.setattr(SessionStore, "load", away)
    else:
        monkeypatch.setattr(BridgeWorker, "heard_lately", away)
    response = page.get("/health/", headers={"HX-Request": "true"} if is_fragment else {})
    body = response.content.decode()
    assert response.status_code == status
    assert "<b>Database</b> <span>does not answer</span>" in body
    assert "vm-1" not in body
    assert ("<html" in body) is not is_fragment


@pytest.mark.parametrize(("found", "is_good"), [([], False), (None, False), (["a"], True)])
def test_workers_that_say_nothing_are_missed(
    monkeypatch: pytest.MonkeyPatch, found: list[str] | None, is_good: bool
) -> None:
    monkeypatch.setattr(pulse, "workers", lambda: found)
    assert checks()["Workers"].is_good is is_good


def test_the_first_word_is_counted_from_the_first_stream() -> None:
    call, stream = held()
    Stream.objects.filter(pk=stream.pk).update(opened_at=call.started_at + timedelta(seconds=10))
    for item, started_ms in (("opening", 0), ("item_1", 10_700), ("item_2", 15_000)):
        TranscriptTurn.objects.create(call=call, item_id=item, party="assistant", started_ms=started_ms, text="x")
    assert figures()[1].median_ms == 700


def test_what_failed_is_grouped_by_its_cause_and_old_failures_are_forgotten() -> None:
    now = timezone.now()
    for age, reason in ((0, EndedReason.MODEL_LOST), (0, EndedReason.MODEL_LOST), (2, EndedReason.BRIDGE_FAILED)):
        call = given.a_call(now=now - timedelta(hours=age))
        call.advance(CallFact.LEG_ENDED, at=now, source="carrier", reason=reason)
    found = health.look(now=timezone.now())["ended"]
    assert [(row["ended_reason"], row["count"]) for row in found] == [("model_lost", 2)]
    assert Call.objects.count() == 3


def test_a_bridge_that_left_is_not_missed() -> None:
    a_bridge("vm-1")
    BridgeWorker.leave(name="vm-1")
    assert checks()["Bridges"].is_good


def test_a_worker_s_pulse_is_felt_and_forgotten(settings: object) -> None:
    sender = type("Heart", (), {"eventer": type("Eventer", (), {"hostname": "worker-9@here"})})
    pulse._felt(sender=sender)
    with Redis.from_url(settings.REDIS_URL) as redis:  # type: ignore[attr-defined]
        assert redis.get("pulse.worker.worker-9@here") == b"1"
        assert 0 < redis.ttl("pulse.worker.worker-9@here") <= 15
        redis.delete("pulse.worker.worker-9@here")
