"""What the tests of campaigns share: a carrier to dial, and room for a hundred calls."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.carrier_on_loopback import Carrier, a_carrier


@pytest.fixture
def carrier(settings: Any) -> Iterator[Carrier]:
    """A carrier on loopback that our client talks to, with bridges for a hundred calls."""
    settings.BRIDGE_CALLS = 1000
    with a_carrier(settings) as carrier:
        yield carrier
