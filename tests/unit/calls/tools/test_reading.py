"""What of a server's answer fills in a variable: plain values at their places, on one line, and never too long."""

import json
from typing import Any

import pytest

from calls.tools.web import reading
from calls.tools.web.client import Reply


def an_answer(value: Any, *, status: int = 200, kind: str = "application/json") -> Reply:
    return Reply(status, kind, json.dumps(value).encode())


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("name", "Carol Baker"),
        ("address.city", "Oak Ridge"),
        ("orders.1.id", "442"),
        ("is_member", "yes"),
        ("spent", "12.5"),
        ("note", "first second"),
        ("address", None),
        ("orders.7.id", None),
        ("name.first", None),
        ("nothing", None),
        ("shoe_size", None),
    ],
)
def test_a_place_leads_to_a_plain_value_or_to_nothing(place: str, text: str | None) -> None:
    answer = {
        "name": "Carol Baker",
        "address": {"city": "Oak Ridge"},
        "orders": [{"id": 441}, {"id": 442}],
        "is_member": True,
        "spent": 12.5,
        "note": "first\r\n\x00second",
        "nothing": None,
    }
    found, trouble = reading.values(an_answer(answer), schema=None, places=[place])
    assert (found, trouble) == ({} if text is None else {place: text}, "")


def test_a_long_value_is_cut() -> None:
    found, _ = reading.values(an_answer({"name": "x" * 5000}), schema=None, places=["name"])
    assert len(found["name"]) == 200


@pytest.mark.parametrize(
    ("reply", "trouble"),
    [
        (an_answer({}, status=404), "HTTP 404"),
        (an_answer({}, kind="text/html"), "text/html instead of JSON"),
        (Reply(200, "", b""), "an empty answer"),
        (Reply(200, "", b"{"), "no JSON"),
        (an_answer({"name": 1}), "another shape"),
    ],
)
def test_an_answer_of_no_use_says_why_and_gives_nothing(reply: Reply, trouble: str) -> None:
    shape = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    found, said = reading.values(reply, schema=shape, places=["name"])
    assert found == {}
    assert trouble in said
