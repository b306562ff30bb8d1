"""Ordinary keys: digits that were asked for, digits sent to a menu, and a key that acts by itself."""

from collections.abc import Iterator

import pytest

from agents.models import KeyBinding
from calls.lifecycle import EndedReason
from calls.models import Call
from sandbox import signals
from tests.journeys.books import call_of, closed, kinds, said
from tests.journeys.house import House
from tests.journeys.people import until

COLLECT = {"min_digits": 6, "max_digits": 6, "retry_words": "Six digits, please.", "tries": 2}
RULES = {
    "rules": [
        {
            "hears": "my order number",
            "says": "Please key it in.",
            "calls": [{"tool": "collect_digits", "arguments": COLLECT}],
        },
        {
            "hears": "press one for sales",
            "says": "One moment.",
            "calls": [{"tool": "send_digits", "arguments": {"digits": "1w2#"}}],
        },
    ]
}


@pytest.fixture
def call(house: House) -> Iterator[tuple[str, Call]]:
    """A caller of an assistant whose key 9 ends the call."""
    house.ask("POST", "script", at=house.model, json=RULES)
    sid = house.call()
    house.step_to_stream(sid)
    made = call_of(sid)
    yield sid, made
    KeyBinding.objects.all().delete()
    house.behave()


@pytest.fixture(autouse=True)
def _bound(house: House) -> None:
    from agents.models import Assistant

    KeyBinding.objects.all().delete()
    for assistant in Assistant.objects.all():
        KeyBinding.objects.create(assistant=assistant, key="9", tool="end_call", arguments={"reason": "caller_done"})


def test_digits_are_collected_sent_and_a_key_acts_in_one_call(house: House, call: tuple[str, Call]) -> None:
    sid, made = call
    assert house.step(15_000, until={"call": sid, "silent_ms": 700})["reached"]

    # Asked for, keyed once too short, then right.
    house.ask("POST", f"calls/{sid}/say", json={"text": "I want to tell you my order number."})
    until(house, lambda: "digits_asked" in kinds(made), what="digits asked for")
    house.ask("POST", f"calls/{sid}/press", json={"digits": "12#"})
    until(house, lambda: "Six digits, please." in words(made), what="asked again")
    house.ask("POST", f"calls/{sid}/press", json={"digits": "271828"})
    until(house, lambda: "digits_collected" in kinds(made), what="digits collected")
    (collected,) = made.events.filter(kind="digits_collected")
    assert collected.data == {"digits": "271828", "tries": 2}
    outputs = [item["output"] for item in house.model_session()["items"] if item["type"] == "function_call_output"]
    assert outputs == ["The caller keyed in 271828."]
    assert not any("[keypad]" in repr(item) for item in house.model_session()["items"])
    assert house.step(15_000, until={"call": sid, "silent_ms": 900})["reached"]

    # Sent to a menu, which speaks over them and does not cut them.
    house.ask("POST", f"calls/{sid}/say", json={"text": "Please press one for sales."})
    until(house, lambda: "digits_sent" in kinds(made), what="digits sent")
    house.ask("POST", f"calls/{sid}/say", json={"text": "Hello."})
    until(house, lambda: len(outputs_of(house)) == 2, what="sent to the end")
    keys = [heard.key for heard in signals.find_keys(house.sound(sid, "heard"))]
    assert "".join(keys).endswith("12#")

    # Bound to a tool: it acts without the model, which is told, and the goodbye is heard.
    house.step(2000)
    house.ask("POST", f"calls/{sid}/press", json={"digits": "9"})
    house.step_to_end(sid)
    done = closed(sid)
    assert done.ended_reason == EndedReason.ASSISTANT_ENDED
    assert [event.data["tool"] for event in done.events.filter(kind="key_acted")] == ["end_call"]
    assert done.events.get(kind="end_decided").data["reason"] == "caller_done"
    assert words(made)[-1] == "Thank you for calling. Goodbye."
    assert any("The caller pressed 9" in repr(item) for item in house.model_session()["items"])
    assert house.model_session()["errors"] == []


def words(call: Call) -> list[str]:
    return [turn.text for turn in said(call, "assistant")]


def outputs_of(house: House) -> list[str]:
    return [item["output"] for item in house.model_session()["items"] if item["type"] == "function_call_output"]
