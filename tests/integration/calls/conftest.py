"""What the tests of calls share."""

import pytest

from calls.carrier import rest
from tests.integration.calls.recorded_calls import Carrier


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    """Stands in for the carrier where recordings are changed: its own answers to that are played by the journeys."""
    found = Carrier()
    monkeypatch.setattr(rest, "change_recording", found.change)
    return found
