"""A number whose callers reach the assistant by SIP: greeted, interrupted, served, put through; and what survives."""

from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from calls.lifecycle import EndedReason, Phase
from calls.lifecycle.sideband import SidebandState
from calls.models import Call, ModelWebhook, Sideband
from tests.journeys import entering
from tests.journeys.books import call_of, closed, kinds, said, stored
from tests.journeys.house import House, eventually
from tests.journeys.people import phase_of, until

NUMBER = "+14155550100"
GREETING = "Thank you for calling Marlow Outdoor. How can I help you today?"


@pytest.fixture(autouse=True)
def by_sip(house: House) -> Iterator[None]:
    """The first number's calls go by SIP, and two processes look after them."""
    with entering.by_sip(house):
        yield


def sip(house: House, **switches: Any) -> dict[str, Any]:
    """The model's SIP side, after these switches."""
    if not switches:
        return dict(house.ask("GET", "sip", at=house.model))
    return dict(house.ask("POST", "sip", json=switches, at=house.model))


def greeted(house: House) -> tuple[str, Call]:
    """A caller who has been greeted by SIP."""
    sid = house.call(to=NUMBER)
    house.step(200)
    call = call_of(sid)
    until(house, lambda: any(turn.text == GREETING for turn in said(call, "assistant")), what="the greeting")
    return sid, call


def says(house: House, sid: str, words: str) -> None:
    house.ask("POST", f"calls/{sid}/say", json={"text": words})


def answer(house: House, call: Call, text: str) -> None:
    """Wait until the assistant has said this."""
    until(house, lambda: any(text in turn.text for turn in said(call, "assistant")), what=text)


def test_a_caller_is_greeted_cuts_in_is_served_and_hangs_up(house: House) -> None:
    sid, call = greeted(house)
    call.refresh_from_db()
    assert (call.door, call.phase) == (Call.Door.OPENAI_SIP, Phase.WITH_ASSISTANT)
    assert call.streams.count() == 0
    (line,) = call.sidebands.all()
    assert (line.state, line.via, line.attachments) == (SidebandState.ACCEPTED, "dial", 1)
    (model_call,) = [each for each in sip(house)["calls"] if each["id"] == line.model_call_id]
    assert model_call["accepts"] == 1
    assert {"name": "X-Call-Token", "value": line.token} in model_call["headers"]
    says(house, sid, "Hi. Please tell me about your tents.")
    house.step(4_000)
    says(house, sid, "Please remember the word tiger.")
    answer(house, call, "I will remember tiger.")
    assert [turn for turn in said(call, "assistant") if turn.is_cut], "the tents were cut short"
    house.ask("POST", f"calls/{sid}/press", json={"digits": "42"})
    until(house, lambda: "key_pressed" in kinds(call), what="the keys")
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    call = closed(sid)
    assert (call.ended_reason, call.failure_class) == (EndedReason.CALLER_HUNG_UP, "")
    eventually(lambda: call.sidebands.filter(state=SidebandState.ENDED).exists(), what="the line's end")
    assert stored(call).is_playable
    assert call.usage.filter(kind="response").exists()
    session = house.model_session(model_call["session"])
    assert session["errors"] == []
    assert not [each for each in session["received"] if each["type"] == "conversation.item.truncate"]
    assert ModelWebhook.objects.get(model_call_id=line.model_call_id).outcome == "incoming"
    page = house.sign_in().get(f"{house.url}/calls/{call.pk}/", timeout=20).text
    assert "OpenAI SIP" in page
    assert "I will remember tiger." in page


@pytest.mark.rarely
def test_whoever_is_back_from_hold_gets_another_line_that_knows_the_conversation(house: House) -> None:
    sid, call = greeted(house)
    says(house, sid, "Please remember the word tiger.")
    answer(house, call, "I will remember tiger.")
    supervisor = house.sign_in()
    house.press(supervisor, f"/calls/{call.pk}/control/hold/")
    until(house, lambda: phase_of(call) == Phase.ON_HOLD, what="on hold")
    house.step(3_000)
    house.press(supervisor, f"/calls/{call.pk}/control/resume/")
    until(house, lambda: call.sidebands.filter(is_resumption=True, attachments=1).exists(), what="another line")
    says(house, sid, "Which word did I tell you?")
    answer(house, call, "You told me the word tiger.")
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)
    assert [turn.text for turn in said(call, "assistant")].count(GREETING) == 1
    assert (call.sidebands.count(), call.streams.count()) == (2, 0)


def test_when_the_process_that_leads_it_is_killed_another_joins_within_three_seconds(house: House) -> None:
    sid, call = greeted(house)
    says(house, sid, "Please remember the word tiger.")
    answer(house, call, "I will remember tiger.")
    line = call.sidebands.get()
    killed = psutil.Process(int(line.held_by.rpartition("-")[2]))
    killed.kill()
    eventually(
        lambda: Sideband.objects.filter(pk=line.pk, attachments=2).exists(), within_s=3.0, what="another process"
    )
    says(house, sid, "Which word did I tell you?")
    answer(house, call, "You told me the word tiger.")
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    done = closed(sid)
    assert done.ended_reason == EndedReason.CALLER_HUNG_UP
    assert [turn.text for turn in said(call, "assistant")].count(GREETING) == 1
    assert len(said(call, "customer")) == 2
    (model_call,) = [each for each in sip(house)["calls"] if each["id"] == line.model_call_id]
    assert (model_call["accepts"], model_call["attachments"]) == (1, 2)


def test_where_the_model_s_side_does_not_answer_the_stream_takes_the_call(house: House) -> None:
    sip(house, is_unreachable=True)
    sid = house.call(to=NUMBER)
    house.step(200)
    call = call_of(sid)
    until(house, lambda: any(turn.text == GREETING for turn in said(call, "assistant")), what="the greeting")
    call.refresh_from_db()
    assert call.door == Call.Door.MEDIA_STREAM
    assert call.streams.count() == 1
    line = call.sidebands.get()
    assert (line.state, line.dial_status, line.sip_code) == (SidebandState.ENDED, "failed", 408)
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1500)
    closed(sid)
