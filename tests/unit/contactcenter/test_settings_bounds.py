"""A setting outside its bounds stops the start with a sentence, and is not found out when somebody calls."""

import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from contactcenter import settings

SETTINGS = Path(settings.__file__)
NEEDED = {"DATABASE_URL": "postgresql://a@/c", "REDIS_URL": "redis://127.0.0.1:1/0", "SECRET_KEY": "x" * 50}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ANSWER_LIMIT_S", "0"),
        ("ANSWER_LIMIT_S", "-1"),
        ("ANSWER_LIMIT_S", "5.1"),
        ("BRIDGE_RECORDING", "sometimes"),
    ],
)
def test_it_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    for name, usual in NEEDED.items():
        monkeypatch.setenv(name, usual)
    assert runpy.run_path(str(SETTINGS))["ANSWER_LIMIT_S"] <= 5
    monkeypatch.setenv(variable, value)
    with pytest.raises(ImproperlyConfigured, match=f"{variable} must be"):
        runpy.run_path(str(SETTINGS))
