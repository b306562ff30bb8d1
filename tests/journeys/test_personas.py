"""Five callers at once, each in their own manner, from the ring to the recording."""

from dataclasses import dataclass
from typing import Any

import pytest

from calls.lifecycle import EndedReason
from calls.models import Call
from tests.journeys.books import closed, kinds, said, stored
from tests.journeys.conftest import Standing
from tests.journeys.house import eventually

SERVERS = ("uvicorn",)
OPENING = "Hello, this is an AI assistant answering for Marlow Outdoor."
PERSONAS = ("polite", "interrupter", "keys", "hangs_up", "silent")


@dataclass(frozen=True, slots=True)
class Held:
    """A call that was held: the carrier's record, ours, and the model's."""

    line: dict[str, Any]
    streams: list[dict[str, Any]]
    call: Call
    session: dict[str, Any]


@pytest.fixture(scope="module")
def five(running: Standing) -> dict[str, Held]:
    """All five call, one ring after another, and talk at the same time."""
    house = running.house()
    house.behave()
    sids, sessions = {}, {}
    for persona in PERSONAS:
        before = house.model_session_ids()
        sids[persona] = house.call(persona=persona)
        (sessions[persona],) = eventually(lambda known=before: house.model_session_ids() - known)
    assert house.step(120_000, until={"idle": True})["reached"]
    house.step(2000)
    return {
        persona: Held(house.on_line(sid), house.streams(sid), closed(sid), house.model_session(sessions[persona]))
        for persona, sid in sids.items()
    }


def test_a_polite_caller_asks_is_answered_and_is_said_goodbye(five: dict[str, Held]) -> None:
    call = five["polite"].call
    assert call.ended_reason == EndedReason.ASSISTANT_ENDED
    assert call.turns.get(item_id="opening").text.startswith(OPENING)
    assert [turn.text for turn in said(call, "customer")] == [
        "Hello. Could you tell me your opening hours, please?",
        "Thank you very much.",
        "No, that is all. Goodbye.",
    ]
    assert any("nine to six" in turn.text for turn in said(call, "assistant"))
    assert said(call)[-1].text.endswith("Goodbye.")
    assert not any(turn.is_cut for turn in said(call))
    assert {"tool_called", "end_decided", "hang_up_requested", "hang_up_accepted", "leg_ended"} <= set(kinds(call))
    assert call.usage.filter(kind="response", output_audio_tokens__gt=0).count() >= 4
    assert call.usage.filter(kind="transcription").count() == 3


def test_the_goodbye_was_heard_to_its_last_sample(five: dict[str, Held]) -> None:
    (stream,) = five["polite"].streams
    media = [message for message in stream["received"] if message["type"] == "media"]
    last = stream["marks_returned"][-1]
    assert stream["received"][-1]["type"] == "mark"
    assert last["why"] == "played"
    assert (last["played_ms"] - media[0]["played_ms"]) * 8 == sum(message["bytes"] for message in media)


def test_a_caller_who_interrupts_is_listened_to_at_once(five: dict[str, Held]) -> None:
    held = five["interrupter"]
    cut = [turn for turn in said(held.call, "assistant") if turn.is_cut]
    assert held.call.cuts == len(cut) >= 1
    assert "three kinds of tents" in f"{cut[0].text} {cut[0].unheard}"
    assert cut[0].unheard
    truncations = [event for event in held.session["received"] if event["type"] == "conversation.item.truncate"]
    clears = [message for message in held.streams[0]["received"] if message["type"] == "clear"]
    assert len(clears) == len(truncations) == len(cut)
    assert all(clear["dropped_ms"] > 0 for clear in clears)
    assert said(held.call)[-1].text.endswith("Goodbye.")


def test_a_caller_who_presses_keys_is_understood(five: dict[str, Held]) -> None:
    held = five["keys"]
    keys = [event.data["digit"] for event in held.call.events.filter(kind="key_pressed").order_by("at")]
    assert keys == ["2", "9"]
    answers = " ".join(turn.text for turn in said(held.call, "assistant"))
    assert "Repairs" in answers
    assert "not one of the options" in answers


def test_a_caller_who_hangs_up_in_mid_sentence_leaves_their_words(five: dict[str, Held]) -> None:
    held = five["hangs_up"]
    assert held.call.ended_reason == EndedReason.CALLER_HUNG_UP
    assert held.line["ended_by"] == "caller"
    assert said(held.call, "customer")[-1].text


def test_a_silent_caller_is_asked_and_let_go_politely(five: dict[str, Held]) -> None:
    held = five["silent"]
    assert held.call.ended_reason == EndedReason.CALLER_SILENT
    words = [turn.text for turn in said(held.call, "assistant")]
    assert words.count("Are you still there?") == 2
    assert words[-1] == "I cannot hear you, so I will end the call now. Goodbye."
    assert said(held.call, "customer") == []


@pytest.mark.parametrize("persona", PERSONAS)
def test_nobody_was_refused_anything_and_every_model_socket_was_closed(five: dict[str, Held], persona: str) -> None:
    held = five[persona]
    assert held.line["problems"] == []
    assert held.session["errors"] == []
    assert held.session["closed_at_ms"] is not None
    assert all(callback["status"] == 200 for callback in held.line["callbacks"])


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_call_is_recorded_brought_home_and_deleted_at_the_carrier(five: dict[str, Held], persona: str) -> None:
    recording = stored(five[persona].call)
    assert recording.is_playable
    assert len(recording.sha256) == 64
    assert recording.removed_at is not None


@pytest.mark.parametrize("persona", PERSONAS)
def test_turns_lie_on_the_calls_clock_in_order_and_inside_the_call(five: dict[str, Held], persona: str) -> None:
    call = five[persona].call
    turns = list(call.turns.order_by("started_ms"))
    assert turns[0].item_id == "opening"
    assert all(turn.ended_ms is not None and turn.started_ms <= turn.ended_ms for turn in turns)
    answered = [turn.response_ms for turn in turns if turn.response_ms is not None]
    assert all(0 < wait < 2000 for wait in answered)
