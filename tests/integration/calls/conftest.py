"""What the tests of calls share: a carrier for those who dial, and one for those who record."""

from collections.abc import Iterator
from typing import Any

import pytest

from calls.carrier import rest
from calls.webhooks import answering, pressure
from tests.carrier_on_loopback import Carrier, a_carrier
from tests.integration.calls import recorded_calls


@pytest.fixture(autouse=True)
def _webhooks_are_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a busy machine takes is judged nowhere; what a webhook says without the database has its own tests."""
    monkeypatch.setattr(answering, "ANSWER_LIMIT_S", 20.0)
    monkeypatch.setattr(answering, "REPORT_LIMIT_S", 20.0)
    monkeypatch.setattr(pressure, "A_FLOOD", 1_000_000)


@pytest.fixture
def carrier(settings: Any) -> Iterator[Carrier]:
    """A carrier on loopback that our client talks to."""
    with a_carrier(settings) as carrier:
        yield carrier


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> recorded_calls.Carrier:
    """Stands in for the carrier where recordings are changed: its own answers to that are played by the journeys."""
    found = recorded_calls.Carrier()
    monkeypatch.setattr(rest, "change_recording", found.change)
    return found
