"""A carrier for those who dial."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.carrier_on_loopback import Carrier, a_carrier


@pytest.fixture
def carrier(settings: Any) -> Iterator[Carrier]:
    """A carrier on loopback that our client talks to."""
    with a_carrier(settings) as carrier:
        yield carrier
