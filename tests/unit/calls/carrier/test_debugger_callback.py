"""What the carrier's debugger tells of: a code and what it was about, and nothing of what callers said or keyed."""

import json
from dataclasses import astuple
from datetime import UTC, datetime

import pytest

from calls.carrier.debugger_callback import debugger_callback

SECRET = "4242424242424242"
PAYLOAD = {
    "resource_sid": "CA1",
    "service_sid": None,
    "error_code": "11200",
    "more_info": {"Msg": f"Digits={SECRET}"},
    "webhook": {"request": {"parameters": {"Digits": SECRET, "From": "+14155552671"}}},
}
FORM = {
    "AccountSid": "AC1",
    "Sid": "NO1",
    "ParentAccountSid": "",
    "Timestamp": "2026-11-20T12:00:00.123456Z",
    "Level": "ERROR",
    "PayloadType": "application/json",
    "Payload": json.dumps(PAYLOAD),
}


def test_an_error_is_read_without_what_callers_keyed_in() -> None:
    told = debugger_callback(FORM)
    assert (told.report_sid, told.account_sid, told.level, told.code) == ("NO1", "AC1", "error", 11200)
    assert told.resource_sid == "CA1"
    assert told.occurred_at == datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
    assert SECRET not in str(astuple(told))
    assert "+1415" not in str(astuple(told))


@pytest.mark.parametrize(
    "payload", ["", "nonsense", "[]", "null", '{"error_code": {}}', "[" * 5000, '{"error_code":-1}']
)
def test_a_payload_that_is_none_is_an_error_without_a_code(payload: str) -> None:
    told = debugger_callback(FORM | {"Payload": payload})
    assert told.code == 0


@pytest.mark.parametrize(
    ("code", "read"), [("32011", 32011), (32011, 32011), ("٣٢", 0), ("1" * 30, 0), (None, 0), ("11200 ", 0)]
)
def test_a_code_is_a_number_or_none(code: object, read: int) -> None:
    assert debugger_callback(FORM | {"Payload": json.dumps({"error_code": code})}).code == read


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-11-20T12:00:00"])
def test_a_moment_that_is_none_is_left_out(moment: str) -> None:
    assert debugger_callback(FORM | {"Timestamp": moment}).occurred_at is None


def test_levels_are_the_carriers() -> None:
    assert debugger_callback(FORM | {"Level": "WARNING"}).level == "warning"
    assert debugger_callback(FORM | {"Level": "<b>"}).level == "error"
