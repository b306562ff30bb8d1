"""Calls of a bridge that fell silent, and whoever takes them over."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.control import rescue
from calls.control.rescue import AGAIN_AFTER, GONE_AFTER, LOOKS
from calls.lifecycle import CallFact
from calls.models import BridgeWorker, Call, Stream
from tests.given import NOON
from tests.integration.calls.test_continuation import a_bridge, take_up
from tests.integration.calls.test_continuation import held as just_held

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def redirected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """The legs the carrier was asked to move, and where to."""
    asked: list[tuple[str, str]] = []

    def redirect(leg_sid: str, path: str) -> bool:
        asked.append((leg_sid, path))
        return True

    monkeypatch.setattr(rest, "redirect", redirect)
    return asked


def a_silent_bridge(name: str = "vm-1") -> None:
    a_bridge(name, now=timezone.now() - GONE_AFTER - timedelta(seconds=1))


def held(*, bridge: str, since: timedelta = timedelta(seconds=30)) -> tuple[Call, Stream]:
    """A call that has been held there for a while."""
    call, stream = just_held(bridge=bridge)
    Stream.objects.filter(pk=stream.pk).update(opened_at=timezone.now() - since)
    return call, stream


def test_its_calls_are_asked_to_come_to_us(redirected: list) -> None:
    call, _ = held(bridge="vm-1")
    a_silent_bridge()
    assert rescue.rescue() == 1
    assert redirected == [(call.customer_leg().leg_sid, "/twilio/voice/resume/")]
    assert not BridgeWorker.objects.exists()


def test_only_one_of_many_does_it(redirected: list) -> None:
    held(bridge="vm-1")
    a_silent_bridge()
    assert [rescue.rescue() for _ in range(3)] == [1, 0, 0]
    assert len(redirected) == 1


def test_a_bridge_that_speaks_keeps_its_calls(redirected: list) -> None:
    held(bridge="vm-1")
    a_bridge("vm-1")
    assert rescue.rescue() == 0
    assert redirected == []


def test_calls_of_others_and_streams_that_are_over_are_left_alone(redirected: list) -> None:
    _, over = held(bridge="vm-1")
    over.close(reason="carrier stopped", now=timezone.now())
    held(bridge="vm-2")
    a_bridge("vm-2")
    a_silent_bridge()
    assert rescue.rescue() == 0
    assert redirected == []


def test_what_the_carrier_did_not_do_is_asked_again_until_the_stream_is_closed(
    monkeypatch: pytest.MonkeyPatch, redirected: list
) -> None:
    call, stream = held(bridge="vm-1")
    a_silent_bridge()
    moves = rest.redirect

    def fails(*_: str) -> bool:
        raise CarrierError("away", is_permanent=False)

    monkeypatch.setattr(rest, "redirect", fails)
    assert rescue.rescue() == 0
    monkeypatch.setattr(rest, "redirect", moves)
    assert rescue.rescue() == 0, "not at once"
    Stream.objects.filter(pk=stream.pk).update(rescue_asked_at=timezone.now() - AGAIN_AFTER)
    assert rescue.rescue() == 1
    Stream.objects.filter(pk=stream.pk).update(rescue_asked_at=timezone.now() - AGAIN_AFTER)
    take_up(call)
    assert rescue.rescue() == 0, "it has come back"
    assert len(redirected) == 1


def test_a_call_that_is_over_or_talks_to_somebody_else_is_not_asked_back(redirected: list) -> None:
    for fact in (CallFact.LEG_ENDED, CallFact.FALLBACK_DIALLED):
        call, _ = held(bridge="vm-1")
        call.advance(fact, at=timezone.now(), source="carrier")
    a_silent_bridge()
    assert rescue.rescue() == 0
    assert redirected == []


def test_a_new_process_of_the_same_name_does_not_hold_what_was_opened_before_it(redirected: list) -> None:
    call, _ = held(bridge="vm-1")
    just_held(bridge="vm-1")
    a_bridge("vm-1", started_at=timezone.now() - timedelta(seconds=3))
    assert rescue.rescue() == 1
    assert [leg_sid for leg_sid, _ in redirected] == [call.customer_leg().leg_sid]


def test_who_reports_nothing_himself_looks_on_first(redirected: list) -> None:
    held(bridge="vm-1")
    held(bridge="vm-2")
    for name in ("vm-1", "vm-2"):
        a_silent_bridge(name)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == LOOKS // 2:
            a_bridge("vm-2")

    assert rescue.look_on_and_rescue(wait=wait) == 1
    assert sum(waited) > GONE_AFTER.total_seconds()
    assert [bridge.name for bridge in BridgeWorker.objects.all()] == ["vm-2"]
    assert len(redirected) == 1


def test_after_an_outage_of_the_database_nobody_is_judged_who_reports_again(redirected: list) -> None:
    held(bridge="vm-1")
    a_silent_bridge("vm-1")
    looks: list[float] = []
    assert rescue.look_on_and_rescue(wait=lambda s: (looks.append(s), a_bridge("vm-1"))) == 0
    assert len(looks) == 1, "and nobody is waited for any longer"
    assert redirected == []


def test_a_machine_s_own_clock_says_nothing_about_others(monkeypatch: pytest.MonkeyPatch, redirected: list) -> None:
    held(bridge="vm-1")
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    a_bridge("vm-1")
    assert BridgeWorker.heard_lately()
    assert rescue.rescue() == 0
    assert redirected == []
