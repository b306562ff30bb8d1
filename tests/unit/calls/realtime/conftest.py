from typing import Any

import pytest

from tests.unit.calls.realtime.model_played import KEY


@pytest.fixture
def library(request: pytest.FixtureRequest, settings: Any) -> str:
    """The library of the model's sockets."""
    settings.WEBSOCKETS = request.param
    settings.OPENAI_API_KEY, settings.OPENAI_PROJECT_ID = KEY, "proj_1"
    return str(request.param)
