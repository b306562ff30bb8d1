"""How the launcher names what is real and what is not."""

import pytest

from deploy import levels

TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "token"}
OPENAI = {"OPENAI_API_KEY": "sk-1"}
SANDBOX_PHONE = {"TWILIO_API_BASE": "http://127.0.0.1:8001"}
SANDBOX_MODEL = {"OPENAI_BASE_URL": "http://127.0.0.1:8002/v1"}
PUBLIC = {"PUBLIC_URL": "https://voice.example.com"}


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({}, "no accounts yet"),
        (TWILIO | OPENAI, "real accounts"),
        (TWILIO | OPENAI | SANDBOX_PHONE | SANDBOX_MODEL, "simulated phone network and model"),
        (TWILIO | OPENAI | SANDBOX_PHONE, "simulated phone network, real model"),
        (OPENAI, "no phone network, real model"),
        (TWILIO, "real phone network, no model"),
        (TWILIO | {"OPENAI_API_KEY": ""}, "real phone network, no model"),
        ({"TWILIO_ACCOUNT_SID": "AC1"} | OPENAI, "no phone network, real model"),
        (OPENAI | TWILIO | {"OPENAI_BASE_URL": "https://eu.api.openai.com/v1"}, "real accounts"),
    ],
)
def test_level(env: dict[str, str], name: str) -> None:
    assert levels.name(env) == name


def test_nothing_is_missing_with_both_accounts_and_an_address() -> None:
    assert levels.missing_lines(TWILIO | OPENAI | PUBLIC) == []


@pytest.mark.parametrize(
    ("env", "named"),
    [
        (OPENAI | PUBLIC, ["TWILIO_ACCOUNT_SID"]),
        (TWILIO | PUBLIC, ["OPENAI_API_KEY"]),
        (TWILIO | OPENAI | {"PUBLIC_URL": "http://127.0.0.1:8000"}, ["PUBLIC_URL"]),
        ({}, ["TWILIO_ACCOUNT_SID", "OPENAI_API_KEY"]),
    ],
)
def test_each_missing_thing_has_its_own_line(env: dict[str, str], named: list[str]) -> None:
    lines = levels.missing_lines(env)
    assert len(lines) == len(named)
    assert all(name in line for name, line in zip(named, lines, strict=True))


def test_no_line_repeats_a_secret() -> None:
    secret = {"TWILIO_ACCOUNT_SID": "AC-secret", "OPENAI_API_KEY": "sk-secret"}
    assert "secret" not in "".join([*levels.missing_lines(secret), levels.name(secret), levels.simulated_line(secret)])


def test_the_demo_says_whether_anything_leaves_the_machine() -> None:
    simulated = TWILIO | OPENAI | SANDBOX_PHONE | SANDBOX_MODEL
    assert levels.simulated_line(simulated).endswith("Nothing leaves this machine.")
    assert "Nothing leaves" not in levels.simulated_line(TWILIO | OPENAI | SANDBOX_PHONE)
