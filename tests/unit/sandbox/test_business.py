"""The sandbox's business: a calendar that books once for each key, and a customer file that is strict about MCP."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.business.app import KEY
from tests.business_on_loopback import Business, a_business

TUESDAY = dt.date(2026, 12, 1)
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
NEWEST = {"MCP-Protocol-Version": "2026-07-28"}


@pytest.fixture
def business() -> Iterator[Business]:
    with a_business(today=TUESDAY) as business:
        yield business


def ask(business: Business, verb: str, path: str, body: Any = None, **headers: str) -> requests.Response:
    whole = {"Authorization": f"Bearer {KEY}", "Accept": "application/json, text/event-stream"} | headers
    return requests.request(verb, f"{business.url}{path}", json=body, headers=whole, timeout=10)


def free(business: Business, day: str = "2026-12-01") -> Any:
    return ask(business, "GET", f"/calendar/slots?day={day}").json().get("free")


def booking(time: str, **more: Any) -> dict[str, Any]:
    return {"day": "2026-12-01", "time": time, "name": "Carol Ames", "about": "A torn zip."} | more


def test_nobody_is_let_in_without_the_key(business: Business) -> None:
    assert ask(business, "GET", "/calendar/slots?day=2026-12-01", Authorization="Bearer x").status_code == 401
    assert ask(business, "POST", "/mcp", {}, Authorization="").status_code == 401


def test_free_hours_are_the_same_each_time_and_none_on_a_sunday_in_the_past_or_far_ahead(business: Business) -> None:
    assert free(business)
    assert free(business) == free(business)
    assert free(business, "2026-12-06") == []
    for day in ("2026-11-30", "2027-03-01", "1.12.2026", "20261201"):
        assert ask(business, "GET", f"/calendar/slots?day={day}").status_code == 422
    assert ask(business, "GET", "/calendar/slots").status_code == 400


def test_an_hour_is_booked_once_for_each_key_and_never_twice(business: Business) -> None:
    hour = free(business)[0]
    first = ask(business, "POST", "/calendar/bookings", booking(hour), **{"Idempotency-Key": "k1"})
    assert (first.status_code, first.json()["time"]) == (201, hour)
    assert (
        ask(business, "POST", "/calendar/bookings", booking(hour), **{"Idempotency-Key": "k1"}).json() == first.json()
    )
    other = ask(business, "POST", "/calendar/bookings", booking(hour, name="Ben"), **{"Idempotency-Key": "k1"})
    assert other.status_code == 422
    assert ask(business, "POST", "/calendar/bookings", booking(hour), **{"Idempotency-Key": "k2"}).status_code == 409
    assert len(business.calendar.booked) == 1
    assert hour not in free(business)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (booking("09:00"), {}, 400),
        (booking("09:30"), {"Idempotency-Key": "k"}, 422),
        (booking("09:00", day="2026-11-30"), {"Idempotency-Key": "k"}, 422),
        (booking("09:00", name=""), {"Idempotency-Key": "k"}, 422),
        (booking("09:00", more=1), {"Idempotency-Key": "k"}, 422),
        ([], {"Idempotency-Key": "k"}, 422),
    ],
)
def test_a_booking_that_is_none(business: Business, body: Any, headers: dict[str, str], status: int) -> None:
    assert ask(business, "POST", "/calendar/bookings", body, **headers).status_code == status
    assert business.calendar.booked == {}


def rpc(business: Business, method: str, params: Any = None, number: Any = 1, **headers: str) -> requests.Response:
    message = {"jsonrpc": "2.0", "id": number, "method": method, **({} if params is None else {"params": params})}
    return ask(business, "POST", "/mcp", message, **headers)


def begin(business: Business, version: str = "2025-11-25") -> dict[str, str]:
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    begun = rpc(business, "initialize", params)
    agreed = begun.json()["result"]["protocolVersion"]
    headers = {"Mcp-Session-Id": begun.headers["Mcp-Session-Id"], "MCP-Protocol-Version": agreed}
    told = ask(business, "POST", "/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"}, **headers)
    assert (told.status_code, told.content) == (202, b"")
    return headers


def test_a_session_is_begun_used_and_ended(business: Business) -> None:
    session = begin(business)
    first = rpc(business, "tools/list", **session).json()["result"]
    second = rpc(business, "tools/list", {"cursor": first["nextCursor"]}, **session).json()["result"]
    assert [tool["name"] for tool in (*first["tools"], *second["tools"])] == ["find_contact", "write_note"]
    used = {"name": "find_contact", "arguments": {}}
    said = rpc(business, "tools/call", used, 7, **session, **{"X-Caller": "+14155550123"})
    assert said.headers["Content-Type"] == "text/event-stream"
    answer = json.loads(said.text.strip().rpartition("data: ")[2])
    assert (answer["id"], answer["result"]["structuredContent"]["name"]) == (7, "Carol Ames")
    assert ask(business, "DELETE", "/mcp", **session).status_code == 204
    assert rpc(business, "tools/list", **session).status_code == 404


def test_an_unknown_version_gets_one_that_is_spoken(business: Business) -> None:
    assert begin(business, "1999-01-01")["MCP-Protocol-Version"] == "2025-11-25"


@pytest.mark.parametrize("without", ["Mcp-Session-Id", "MCP-Protocol-Version"])
def test_a_request_that_forgets_its_session_is_refused(business: Business, without: str) -> None:
    session = {name: value for name, value in begin(business).items() if name != without}
    assert rpc(business, "tools/list", **session).status_code == 400


def test_nothing_is_done_before_the_session_is_ready(business: Business) -> None:
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {}}
    session = rpc(business, "initialize", params).headers["Mcp-Session-Id"]
    headers = {"Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-11-25"}
    assert rpc(business, "tools/list", **headers).json()["error"]["code"] == -32600


@pytest.mark.parametrize(
    ("params", "headers", "code"),
    [
        ({"_meta": META}, {"Mcp-Method": "tools/list"}, None),
        ({}, {"Mcp-Method": "tools/list"}, -32602),
        ({"_meta": META}, {}, -32020),
        ({"_meta": META}, {"Mcp-Method": "tools/call"}, -32020),
        ({"_meta": META}, {"Mcp-Method": "tools/list", "Mcp-Session-Id": "s"}, -32600),
    ],
)
def test_without_a_session_headers_say_what_the_body_says(
    business: Business, params: Any, headers: dict[str, str], code: int | None
) -> None:
    answer = rpc(business, "tools/list", params, **NEWEST, **headers).json()
    assert answer.get("error", {}).get("code") == code


def test_what_accepts_no_stream_is_refused(business: Business) -> None:
    assert ask(business, "POST", "/mcp", {}, Accept="application/json").status_code == 406
    assert ask(business, "GET", "/mcp").status_code == 405


def test_a_note_is_written_once_for_each_key_and_wrong_ones_are_refused(business: Business) -> None:
    crm = business.mcp.crm
    for _ in range(2):
        crm.use("write_note", {"text": "Wants a call."}, caller="+1", key="k")
    assert [note["text"] for note in crm.notes] == ["Wants a call."]
    session = begin(business)
    for arguments in ({}, {"text": "x"}, {"text": "Fine.", "kind": "odd"}, {"text": "Fine.", "to": "all"}):
        wrong = rpc(business, "tools/call", {"name": "write_note", "arguments": arguments}, **session)
        assert wrong.json()["error"]["code"] == -32602
    assert rpc(business, "tools/call", {"name": "erase_all", "arguments": {}}, **session).json()["error"]
