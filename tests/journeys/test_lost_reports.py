"""What the carrier reports of a transfer is lost, late, doubled or out of order: it ends as it would have."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from agents.models import Agent
from calls.lifecycle import Phase
from calls.lifecycle.transfer import Outcome
from calls.models import Call, Offer
from tests.journeys import people
from tests.journeys.books import kinds
from tests.journeys.house import House
from tests.journeys.people import offer_of, phase_of, transfer_of, until

BOB = "+14155550171"
KINDS = ("conference", "status", "amd")


def rules(action: str, delay_ms: int = 1500) -> list[dict[str, Any]]:
    """This happens to every report of every kind."""
    return [{"action": action, "kind": kind, "event": "any", "delay_ms": delay_ms} for kind in KINDS]


MISHAPS = {
    "late": rules("delay"),
    "doubled": rules("duplicate"),
    "shuffled": rules("shuffle", 3000),
    "doubled and shuffled": rules("duplicate") + rules("shuffle", 2500),
}


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    house.behave()
    people.everybody_hangs_up(house)
    people.nobody_here()


def misbehave(house: House, callbacks: list[dict[str, Any]]) -> None:
    house.ask("POST", "faults", json={"seed": 7, "callbacks": callbacks})


@pytest.mark.rarely
@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_call_that_is_taken_by_key_is_taken(house: House, mishap: str) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, "listens", queue=queue)
    misbehave(house, MISHAPS[mishap])
    _, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    house.step(9000, tick_ms=100)
    house.ask("POST", f"calls/{offer_of(call).leg.leg_sid}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    house.step(4000, tick_ms=100)
    assert (transfer_of(call).state, transfer_of(call).outcome) == ("ended", Outcome.ACCEPTED)
    (offer,) = people.offers_of(call)
    assert (offer.outcome, offer.accepted_by) == (Outcome.ACCEPTED, "key")
    assert kinds(call).count("agent_joined") == 1
    bob.refresh_from_db()
    assert bob.state == Agent.State.WRAP_UP


@pytest.mark.rarely
@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_call_that_nobody_answers_comes_back(house: House, mishap: str) -> None:
    queue = people.a_queue(ring_s=5)
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, "never_answers", queue=queue)
    misbehave(house, MISHAPS[mishap])
    _, call = people.asking(house)
    until(house, lambda: transfer_of(call).state == "ended", what="end of the transfer")
    until(house, lambda: call.streams.count() == 2 and call.streams.last().opened_at, what="the assistant's return")
    house.step(4000, tick_ms=100)
    assert transfer_of(call).outcome == Outcome.NOBODY
    (offer,) = people.offers_of(call)
    assert offer.outcome == Outcome.NO_ANSWER
    assert phase_of(call) == Phase.WITH_ASSISTANT
    bob.refresh_from_db()
    assert bob.state == Agent.State.AWAY


@pytest.mark.parametrize("whose", ["agent", "customer"])
def test_who_is_in_the_room_and_was_not_reported_is_found(house: House, whose: str) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, "listens", queue=queue)
    label = f"agent-{bob.pk}" if whose == "agent" else "customer"
    where = f"ParticipantLabel={label}"
    misbehave(house, [{"action": "drop", "kind": "conference", "event": "participant-join", "where": where}])
    sid, call = people.asking(house)
    until(house, lambda: together(house, call), what="both in the room")
    house.step(1000)
    assert phase_of(call) == Phase.TRANSFERRING
    Offer.objects.filter(transfer__call=call).update(accepted_at=people.now() - timedelta(seconds=6))
    house.sweep("drive_transfers")
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="found")
    assert house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 20_000})["silences"] == []


def together(house: House, call: Call) -> bool:
    rooms = [each for each in house.ask("GET", "rooms")["rooms"] if each["name"] == f"call-{call.pk}"]
    return bool(rooms) and len(rooms[0]["members"]) == 2


def test_a_person_who_is_lost_leaves_the_caller_with_words_and_music(house: House) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    people.an_agent(house, "bob", BOB, "leaves_room", queue=queue)
    people.an_agent(house, "ivy", "+14155550172", "accepts", queue=queue, after_ms=12_000)
    sid, call = people.asking(house)
    until(house, lambda: len(people.offers_of(call)) == 2 and phase_of(call) == Phase.WITH_AGENT, what="the second")
    assert house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 4000})["silences"] == []
