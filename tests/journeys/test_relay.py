"""Callers whose assistant comes by a line of text: the carrier listens and speaks, the assistant reads and writes."""

from collections.abc import Iterator
from typing import Any

import pytest

from calls.lifecycle import EndedReason, Phase
from calls.models import Call, UsageRecord
from tests.journeys import entering, minds, people
from tests.journeys.books import call_of, closed, kinds, said, words
from tests.journeys.house import House, eventually
from tests.journeys.people import phase_of, until

HOURS = "Hello. Could you tell me your opening hours?"
STORY = "Hi. Please tell me about your tents."


@pytest.fixture(autouse=True)
def _by_text(house: House) -> Iterator[None]:
    """The assistants read and write."""
    people.nobody_here()
    with entering.by_relay(house):
        yield
    people.nobody_here()


def greeted(house: House) -> tuple[str, Call]:
    """A caller who has heard the greeting."""
    sid = house.call()
    house.step_to_stream(sid)
    call = call_of(sid)
    until(house, lambda: said(call, "assistant"), what="the greeting")
    return sid, call


def say(house: House, sid: str, text: str) -> None:
    asked = house.ask("POST", f"calls/{sid}/say", json={"text": text})
    house.step(asked["ms"])


def line(house: House, sid: str) -> dict[str, Any]:
    """The carrier's record of the line of text."""
    return house.streams(sid)[-1]


def answers(house: House) -> list[dict[str, Any]]:
    return list(house.ask("GET", "responses", at=house.model)["responses"])


def test_a_caller_is_greeted_cuts_an_answer_short_is_answered_and_says_goodbye(house: House) -> None:
    sid, call = greeted(house)
    say(house, sid, STORY)
    until(house, lambda: len([m for m in line(house, sid)["received"] if m["type"] == "text"]) > 3, what="an answer")
    house.step(2_000)
    say(house, sid, HOURS)
    until(house, lambda: "from nine to six" in words(call, "assistant"), what="the next answer")
    (cut,) = [turn for turn in said(call, "assistant") if turn.is_cut]
    (told,) = [m for m in line(house, sid)["received"] if m["type"] == "interrupt"]
    assert cut.text == told["heard"]
    assert cut.unheard
    asked = answers(house)[-1]["request"]
    assert any("the caller interrupted" in item.get("content", "") for item in asked["input"])
    assert (asked["stream"], asked["store"]) == (True, False)

    say(house, sid, "No, that is all. Goodbye.")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="the end")
    done = closed(sid)
    assert done.ended_reason == EndedReason.ASSISTANT_ENDED
    assert "Goodbye." in words(call, "assistant")
    assert "opening hours" in words(call, "customer")
    stream = eventually(lambda: done.streams.filter(session_status="completed").first(), what="how it ended")
    assert (stream.door, stream.stream_sid) == ("relay", line(house, sid)["sid"])
    assert set(UsageRecord.objects.filter(call=call).values_list("kind", flat=True)) == {"response", "relay"}
    assert "relay_ended" in kinds(call)
    # Nothing the carrier was sent was misunderstood.
    assert [m for m in line(house, sid)["received"] if m["type"] == "misunderstood"] == []


def test_a_call_on_the_line_goes_on_with_another_version_of_the_prompt(house: House) -> None:
    with minds.as_before(house) as reception:
        sid, call = greeted(house)
        assert call.assistant == reception
        other = minds.published(reception, instructions="You sell nothing but umbrellas.", sections=[])
        supervisor = house.sign_in("ada@demo.test")
        page = house.press(supervisor, f"/prompts/versions/{other.pk}/swap/", call=str(call.pk))
        assert f"goes on with v{other.number}" in page.text
        before = len(answers(house))

        def is_said_by_it() -> bool:
            say(house, sid, HOURS)
            return any("umbrellas" in one["request"]["instructions"] for one in answers(house)[before:])

        until(house, is_said_by_it, what="an answer by the other version")
    assert Call.objects.get(pk=call.pk).prompt_version == other


def test_a_line_that_breaks_is_taken_up_on_a_new_one(house: House) -> None:
    house.ask("POST", "faults", json={"stream": {"tcp_close_at": 500}})
    sid, call = greeted(house)
    say(house, sid, HOURS)
    until(house, lambda: len(house.streams(sid)) == 2 and line(house, sid)["state"] == "open", what="a new line")
    house.ask("DELETE", "faults")
    say(house, sid, "Please tell me about your tents.")
    until(house, lambda: "three kinds" in words(call, "assistant"), what="an answer on it")
    assert "resumed" in kinds(call)
    assert "opening hours" in str(answers(house)[-1]["request"]["input"])
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(500)
    assert closed(sid).streams.filter(session_status="failed").count() == 1
