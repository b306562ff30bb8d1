"""A supervisor sends a caller on without a word: to a number, a SIP address, an agent, a queue, or TaskRouter."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from agents.models import TransferDestination
from calls.lifecycle import EndedReason, Phase
from calls.lifecycle.transfer import Outcome
from calls.models import Call, Transfer
from tests.journeys import people
from tests.journeys.books import call_of, closed
from tests.journeys.house import WORKFLOW, House
from tests.journeys.people import offer_of, phase_of, transfer_of, until

BOB, TAILOR, PARTNER = "+14155550171", "+14155550181", "sip:desk@partner.example"


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    people.everybody_hangs_up(house)
    people.nobody_here()


def talking(house: House) -> tuple[str, Call]:
    """A caller in conversation with the assistant."""
    sid = house.call()
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid, call_of(sid)


def send(house: House, call: Call, to: str, kind: str = "cold", **form: str) -> None:
    """Sam sends the call there."""
    page = house.press(house.sign_in(), f"/calls/{call.pk}/transfer/", to=to, kind=kind, **form)
    assert page.status_code == 200
    assert transfer_of(call).requested_by_ref == "sam@demo.test"


def target(house: House, where: str, persona: str) -> str:
    """Somebody of this kind, who behaves like this, as the dialog names them."""
    if where in ("agent", "queue"):
        queue = people.a_queue()
        agent = people.an_agent(house, "bob", BOB, persona, queue=queue)
        return f"agent:{agent.pk}" if where == "agent" else f"queue:{queue.pk}"
    name, address = {"number": ("Tailor", TAILOR), "sip": ("Partner", PARTNER)}[where]
    place, _ = TransferDestination.objects.update_or_create(name=name, defaults={"address": address})
    house.ask("PUT", f"agents/{quote(address, safe='')}", json={"persona": persona})
    return f"number:{place.pk}"


@pytest.mark.parametrize("where", ["number", "sip", "agent", "queue"])
def test_whoever_picks_up_hears_the_caller_at_once(house: House, where: str) -> None:
    sid, call = talking(house)
    send(house, call, target(house, where, "clicks"))
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with somebody")
    offer = offer_of(call)
    assert offer.leg is not None
    assert "A call for you" not in people.words(house, offer.leg.leg_sid), "no brief"
    assert [each["message"] for each in house.on_line(sid)["problems"]] == []
    house.step(9000, tick_ms=100)
    house.ask("POST", f"calls/{offer.leg.leg_sid}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    assert transfer_of(call).outcome == Outcome.ACCEPTED
    assert house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 14_000})["silences"] == []


@pytest.mark.parametrize(
    ("where", "persona", "outcome"),
    [("number", "busy", Outcome.BUSY), ("sip", "never_answers", Outcome.NO_ANSWER), ("agent", "busy", Outcome.BUSY)],
)
def test_when_they_cannot_take_it_the_assistant_has_the_caller_again(
    house: House, where: str, persona: str, outcome: str
) -> None:
    sid, call = talking(house)
    send(house, call, target(house, where, persona))
    until(house, lambda: transfer_of(call).state == "ended", what="end of the transfer")
    assert offer_of(call).outcome == outcome
    until(house, lambda: call.streams.count() == 2 and call.streams.last().opened_at, what="the assistant's return")
    assert house.step(20_000, until={"call": sid, "silent_ms": 700})["reached"], "the assistant speaks first"
    assert phase_of(call) == Phase.WITH_ASSISTANT
    assert house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 4000})["silences"] == []


def in_line(house: House) -> tuple[str, Call]:
    """A caller in TaskRouter's line."""
    sid, call = talking(house)
    send(house, call, "workflow:1", reason="wants a tent", summary="Has asked for a two person tent.")
    until(house, lambda: people.told(house, f"/twilio/wait/{call.pk}/"), what="music")
    return sid, call


def test_taskrouter_is_told_why_and_nothing_else_and_who_was_not_served_comes_back(house: House) -> None:
    sid, call = in_line(house)
    (task,) = house.ask("GET", "ledger", params={"kind": "task", "call": sid})["entries"]
    assert task["workflow_sid"] == WORKFLOW
    assert task["attributes"] == {
        "call": call.pk,
        "reason": "wants a tent",
        "summary": "Has asked for a two person tent.",
    }
    assert call.customer_address not in json.dumps(task["attributes"])
    assert phase_of(call) == Phase.QUEUED
    Transfer.objects.filter(call=call).update(requested_at=call.started_at.replace(year=2020))
    until(house, lambda: call.streams.count() == 2 and call.streams.last().opened_at, what="the assistant's return")
    assert transfer_of(call).outcome == Outcome.NOBODY
    assert house.step(20_000, until={"call": sid, "silent_ms": 700})["reached"], "the assistant speaks first"
    assert phase_of(call) == Phase.WITH_ASSISTANT
    assert house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 4000})["silences"] == []
    assert [each["message"] for each in house.on_line(sid)["problems"]] == []


def test_a_caller_is_taken_back_from_taskrouters_line_or_hangs_up_in_it(house: House) -> None:
    sid, call = in_line(house)
    house.press(house.sign_in(), f"/calls/{call.pk}/control/cancel/")
    until(house, lambda: call.streams.count() == 2 and call.streams.last().opened_at, what="the assistant's return")
    assert phase_of(call) == Phase.WITH_ASSISTANT
    send(house, call, "workflow:1")
    until(house, lambda: phase_of(call) == Phase.QUEUED, what="in line again")
    house.step(1000)
    house.ask("POST", f"calls/{sid}/hangup")
    until(house, lambda: transfer_of(call).state == "ended", what="end of the transfer")
    assert transfer_of(call).outcome == Outcome.CALLER_LEFT
    assert closed(sid).ended_reason == EndedReason.CALLER_HUNG_UP
