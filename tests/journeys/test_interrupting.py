"""Barge-in on the carrier's own clock: what the model is told was heard is what was played, to the frame.

The media clock ticks once in 20 ms, for the carrier's playing as for its frames: nothing finer can be known.
"""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import speech
from tests.journeys.books import closed, said
from tests.journeys.house import House, eventually

SERVERS = ("uvicorn", "picows")
FRAME_MS = 20
STORY = "Hi. Please tell me about your tents."


@pytest.mark.parametrize("into_ms", [1200, 5020])
def test_the_model_is_told_what_the_carrier_had_played(house: House, into_ms: int) -> None:
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    before = len(media(house, sid))
    asked = house.ask("POST", f"calls/{sid}/say", json={"text": STORY})
    house.step(asked["ms"])
    tick_until(house, lambda: media(house, sid)[before:])
    house.step(into_ms, quiet_ms=15)

    house.ask("POST", f"calls/{sid}/say", json={"text": "please note " + speech.WORDS[0]})
    (clear,) = tick_until(house, lambda: [m for m in received(house, sid) if m["type"] == "clear"])
    house.step(100)

    session = house.model_session()
    (truncated,) = [e for e in session["received"] if e["type"] == "conversation.item.truncate"]
    assert clear["played_of_filling_ms"] >= into_ms
    assert abs(truncated["audio_end_ms"] - clear["played_of_filling_ms"]) <= FRAME_MS
    assert session["errors"] == []
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(500)
    call = closed(sid)
    (cut,) = [turn for turn in said(call, "assistant") if turn.is_cut]
    assert cut.ended_ms - cut.started_ms == truncated["audio_end_ms"]


def tick_until(house: House, look: Callable[[], list[Any]]) -> list[Any]:
    """Let time pass frame by frame, each time until everybody has said what they have to say, until it is there."""

    def tick() -> list[Any]:
        house.step(20, quiet_ms=25)
        return look()

    return eventually(tick)


def received(house: House, sid: str) -> list[dict[str, Any]]:
    """What the carrier was sent on the call's stream."""
    return list(house.streams(sid)[0]["received"])


def media(house: House, sid: str) -> list[dict[str, Any]]:
    """The pieces of the assistant's voice the carrier was sent."""
    return [message for message in received(house, sid) if message["type"] == "media"]
