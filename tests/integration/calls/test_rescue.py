"""Calls of a bridge that fell silent, and whoever takes them over."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.control import rescue
from calls.control.rescue import GONE_AFTER
from calls.models import BridgeWorker
from tests.integration.calls.test_continuation import a_bridge, held

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


def test_its_calls_are_asked_to_come_to_us(redirected: list) -> None:
    call, _ = held(bridge="vm-1")
    a_silent_bridge()
    assert rescue.rescue(now=timezone.now()) == 1
    assert redirected == [(call.customer_leg().leg_sid, "/twilio/voice/resume/")]
    assert not BridgeWorker.objects.exists()


def test_only_one_of_many_does_it(redirected: list) -> None:
    held(bridge="vm-1")
    a_silent_bridge()
    assert [rescue.rescue(now=timezone.now()) for _ in range(3)] == [1, 0, 0]
    assert len(redirected) == 1


def test_a_bridge_that_speaks_keeps_its_calls(redirected: list) -> None:
    held(bridge="vm-1")
    a_bridge("vm-1")
    assert rescue.rescue(now=timezone.now()) == 0
    assert redirected == []


def test_calls_of_others_and_streams_that_are_over_are_left_alone(redirected: list) -> None:
    _, over = held(bridge="vm-1")
    over.close(reason="carrier stopped", now=timezone.now())
    held(bridge="vm-2")
    a_bridge("vm-2")
    a_silent_bridge()
    assert rescue.rescue(now=timezone.now()) == 0
    assert redirected == []


def test_a_carrier_that_cannot_be_asked_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    held(bridge="vm-1")
    a_silent_bridge()

    def fails(*_: str) -> bool:
        raise CarrierError("away", is_permanent=False)

    monkeypatch.setattr(rest, "redirect", fails)
    assert rescue.rescue(now=timezone.now()) == 0
