"""A caller asks for a person: what becomes of them, whatever the person does."""

from collections.abc import Iterator

import pytest

from agents.models import Agent
from calls.lifecycle import EndedReason, Phase
from calls.lifecycle.transfer import Outcome
from tests.journeys import people
from tests.journeys.books import closed, kinds, said
from tests.journeys.house import House
from tests.journeys.people import offer_of, phase_of, transfer_of, until

BOB, IVY = "+14155550171", "+14155550172"


@pytest.fixture(autouse=True)
def _quiet_house(house: House) -> Iterator[None]:
    people.nobody_here()
    yield
    people.nobody_here()


def test_a_person_is_briefed_accepts_by_key_talks_and_hangs_up(house: House) -> None:
    queue = people.a_queue()
    people.reached_by(queue)
    bob = people.an_agent(house, "bob", BOB, "accepts", queue=queue)
    sid, call = people.asking(house)
    until(house, lambda: phase_of(call) == Phase.WITH_AGENT, what="with a person")
    offer = offer_of(call)
    assert offer is not None
    assert offer.leg is not None
    assert offer.accepted_by == "key"
    bob.refresh_from_db()
    assert bob.state == Agent.State.ON_CALL
    until(house, lambda: said(call, "agent"), what="the person's words")
    assert "harbor" in said(call, "agent")[0].text.lower()
    house.ask("POST", f"calls/{sid}/say", json={"text": "Thank you very much."})
    until(
        house, lambda: "thank you very much" in " ".join(t.text for t in said(call, "customer")).lower(), what="words"
    )
    house.ask("POST", f"calls/{offer.leg.leg_sid}/hangup")
    until(house, lambda: phase_of(call) == Phase.CLOSED, what="end")
    done = closed(sid)
    assert done.ended_reason == EndedReason.AGENT_ENDED
    transfer = transfer_of(call)
    assert (transfer.state, transfer.outcome) == ("ended", Outcome.ACCEPTED)
    bob.refresh_from_db()
    assert bob.state == Agent.State.WRAP_UP
    assert {"transfer_requested", "offered", "agent_joined"} <= set(kinds(call))
    assert house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 4000})["silences"] == []
